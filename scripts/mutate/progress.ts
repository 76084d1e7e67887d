/** Says every few seconds how far a campaign is and how long the rest will take, where a person looks on. */
export function createProgress(): (done: number, of: number) => void {
  const started = Date.now()
  let spoken = started
  let first: number | null = null
  return (done, of) => {
    first ??= done - 1
    if (Date.now() - spoken < EVERY_MS) return
    spoken = Date.now()
    const minutes = (((spoken - started) / (done - first)) * (of - done)) / 60_000
    console.error(`mutate: ${done} of ${of} mutants, about ${Math.ceil(minutes)} min left`)
  }
}

const EVERY_MS = 10_000
