import { type Source, SourceError } from "./source.ts"

/**
 * Bounds a source in time: a read that takes longer than `timeoutMs`, or whose signal aborts, ends in a `timeout`
 * fault even if the sensor never answers (a hung driver call cannot be cancelled). While such a read still hangs,
 * further ones are refused at once, so that calls do not pile up behind a dead sensor.
 */
export const guard = (source: Source, timeoutMs: number): Source => {
  let hanging = false
  return {
    ...source,
    close: () => source.close(),
    read: (signal) => {
      const fault = (detail: string) => new SourceError(source.id, "timeout", detail)
      if (hanging) return Promise.reject(fault("the read before this one has not returned yet"))
      hanging = true
      return new Promise((resolve, reject) => {
        const limit = new AbortController()
        const abort = () => {
          clearTimeout(timer)
          limit.abort()
          reject(fault(`no answer within ${timeoutMs} ms`))
        }
        const timer = setTimeout(abort, timeoutMs)
        signal.addEventListener("abort", abort, { once: true })
        const settle = () => {
          hanging = false
          clearTimeout(timer)
          signal.removeEventListener("abort", abort)
        }
        if (signal.aborted) abort()
        const read = async () => source.read(limit.signal)
        read()
          .finally(settle)
          .then(resolve, (error: unknown) => reject(toSourceError(source.id, error)))
      })
    },
  }
}

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
