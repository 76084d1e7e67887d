import { accuracy } from "../sources/accuracy.ts"
import { numberToDecimal } from "../sources/decimal.ts"
import type { Options } from "../sources/options.ts"
import type { Source } from "../sources/source.ts"

/** The source of what no sensor of a sum sees. */
export const REST = "rest"

/** Surface of what the operator states: no sensor is behind it. */
export const STATED_SURFACE = "stated"

const PERIOD_MS = 5_000

/**
 * `{ "watts", "gainLimit", "origin" }`: what the parts of a sum leave out (fans, boards, disks, losses of the supplies),
 * as a power that the operator answers for. It is an estimate, and with it all of the sum is.
 */
export function createRest(options: Options): Source {
  const watts = options.number("watts", { lo: 0, hi: 1e7 })
  const known = accuracy({ gainLimit: options.number("gainLimit", { lo: 0, hi: 1 }), origin: options.text("origin") })
  options.end()
  return {
    id: REST,
    periodMs: PERIOD_MS,
    covers: "rest",
    close: async () => {},
    read: async () => [
      {
        sensor: "power",
        surface: STATED_SURFACE,
        quantity: "power",
        unit: "W",
        value: numberToDecimal(watts) ?? "0",
        timeMs: Date.now(),
        grade: "estimated",
        accuracy: known,
        covers: "rest",
      },
    ],
  }
}
