/** Work under way: `done` of `all` pieces since it began, milliseconds ago. */
export type Pace = { readonly done: number; readonly all: number; readonly elapsedMs: number }

/**
 * `119 s left`: what the rest takes at the pace so far, never rounded down, in the largest unit of which there are two. Null
 * where nothing is done yet, which gives no pace, and where nothing is left.
 */
export function timeLeft({ done, all, elapsedMs }: Pace): string | null {
  if (done === 0 || done >= all) return null
  const seconds = (elapsedMs / 1000 / done) * (all - done)
  if (seconds < 120) return `${Math.ceil(seconds)} s left`
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min left` : `${Math.ceil(seconds / 3600)} h left`
}
