/**
 * A signal that is aborted once the process is told to end: by a supervisor with SIGTERM, from a keyboard with SIGINT.
 * Whoever is told the same a second time ends at once.
 */
export function untilStopped(): AbortSignal {
  const stop = new AbortController()
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort())
  return stop.signal
}

/** Resolves once a signal is aborted. */
export const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener("abort", () => resolve(), { once: true })
  })
