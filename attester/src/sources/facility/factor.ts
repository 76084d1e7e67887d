import { accuracy } from "../accuracy.ts"
import { toDecimal } from "../decimal.ts"
import type { Options } from "../options.ts"
import type { SensorValue, Source } from "../source.ts"
import { UNITS } from "../units.ts"

/**
 * A factor that somebody declares: `quantity` carbonIntensity, waterIntensity (water used in making the electricity)
 * or siteWater (WUE, water that the site evaporates), `unit`, `value` as text, `gainLimit`, and `origin`, the report
 * it stands in.
 */
export const factorFromOptions = (id: string, periodMs: number, options: Options): Source => {
  const quantity = options.choice("quantity", ["carbonIntensity", "waterIntensity", "siteWater"])
  const unit = options.choice("unit", UNITS[quantity])
  const value = toDecimal(options.text("value"))
  if (value === null || value.startsWith("-")) options.fail("value", "must be a decimal number as text, not below 0")
  const gainLimit = options.number("gainLimit", { lo: 0, hi: 1 })
  const known = accuracy({ gainLimit, origin: options.text("origin") })
  const common = { surface: "declared", grade: "declared", accuracy: known, covers: "grid" } as const
  const factor = (): SensorValue => ({ sensor: quantity, quantity, unit, value, timeMs: Date.now(), ...common })
  return { id, periodMs, read: async () => [factor()], close: async () => {} }
}
