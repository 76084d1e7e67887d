import { type SensorValue, type Source, SourceError } from "./source.ts"

/**
 * Bounds a source in time: a read that takes longer than `timeoutMs`, or whose signal aborts, ends in a `timeout`
 * fault even if the sensor never answers (a hung driver call cannot be cancelled). While such a read still hangs,
 * further ones are refused at once, so that calls do not pile up behind a dead sensor.
 */
export const guard = (source: Source, timeoutMs: number): Source => {
  let hanging: Promise<unknown> | undefined
  return {
    id: source.id,
    periodMs: source.periodMs,
    close: () => source.close(),
    read: async (signal) => {
      if (hanging) throw new SourceError(source.id, "timeout", "the read before this one has not returned yet")
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      const reading = source.read(limit).catch((error: unknown) => {
        throw toSourceError(source.id, error)
      })
      hanging = reading
      const settled = () => {
        hanging = undefined
      }
      reading.then(settled, settled)
      return raceAbort(source.id, reading, limit, timeoutMs)
    },
  }
}

const raceAbort = (
  id: string,
  reading: Promise<SensorValue[]>,
  limit: AbortSignal,
  timeoutMs: number,
): Promise<SensorValue[]> =>
  new Promise((resolve, reject) => {
    const abort = () => reject(new SourceError(id, "timeout", `no answer within ${timeoutMs} ms`))
    if (limit.aborted) abort()
    limit.addEventListener("abort", abort, { once: true })
    reading.then(resolve, reject).finally(() => limit.removeEventListener("abort", abort))
  })

/** Whatever a library throws becomes a `SourceError`, so that the caller has one thing to catch. */
export const toSourceError = (id: string, error: unknown): SourceError => {
  if (error instanceof SourceError) return error
  const { code, name, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) }
  if (name === "AbortError" || name === "TimeoutError") return new SourceError(id, "timeout", "read was cut off")
  if (code !== undefined && MISSING.has(code)) return new SourceError(id, "missing", message)
  if (code === "EACCES" || code === "EPERM") return new SourceError(id, "denied", message)
  if (code === "ETIMEDOUT") return new SourceError(id, "timeout", message)
  return new SourceError(id, "failed", message)
}

const MISSING = new Set(["ENOENT", "ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH", "ENODEV", "EAI_AGAIN"])
