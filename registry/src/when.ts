/** In the registry's times and counts: it has not happened. */
export const NEVER = 2n ** 64n - 1n

/** A time or a count as a number; null: it has not happened. */
export const orNull = (value: bigint): number | null => (value === NEVER ? null : Number(value))

/** A time of the chain, Unix seconds, as people read it. */
export function when(seconds: bigint | number | null): string {
  if (seconds === NEVER || seconds === null) return "never"
  if (Number(seconds) === 0) return "-"
  return new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z")
}
