import type { Options } from "../options.ts"
import { type SensorValue, type Source, SourceError } from "../source.ts"
import { createNvidiaSmi } from "./nvidia-smi.ts"
import { createNvml } from "./nvml.ts"

/** How long nvidia-smi stands in before the library is tried again. */
const RETRY_MS = 60_000

/** `library`, `command`: as for nvml and nvidia-smi. */
export const nvidiaFromOptions = (id: string, periodMs: number, options: Options): Source => {
  const library = options.text("library", "libnvidia-ml.so.1")
  const command = options.text("command", "nvidia-smi")
  return withFallback(createNvml({ id, periodMs, library }), createNvidiaSmi({ id, periodMs, command }))
}

/**
 * NVIDIA boards by the best way there is: the library, and nvidia-smi while the library is missing (a container without
 * it, a driver being replaced). Each value names the surface it came from, so the change shows in the record.
 */
export const withFallback = (first: Source, second: Source): Source => {
  let retryAt = Number.NEGATIVE_INFINITY
  return {
    id: first.id,
    periodMs: first.periodMs,
    close: async () => {
      await Promise.all([first.close(), second.close()])
    },
    read: async (signal): Promise<readonly SensorValue[]> => {
      if (performance.now() < retryAt) return second.read(signal)
      try {
        return await first.read(signal)
      } catch (error) {
        const gone = error instanceof SourceError && error.fault === "missing" && error.values.length === 0
        if (!gone) throw error
        retryAt = performance.now() + RETRY_MS
        return second.read(signal).catch((also: unknown) => {
          throw also instanceof SourceError
            ? new SourceError(first.id, also.fault, `${error.detail}; ${also.detail}`)
            : also
        })
      }
    },
  }
}
