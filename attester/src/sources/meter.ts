import { GRADES, type Grade } from "@wattest/protocol"
import type { Options } from "./options.ts"
import { type Accuracy, COVERAGES, type Coverage } from "./source.ts"

/** What only the owner of a meter knows: what hangs on it, how good it is, and whether somebody calibrated it. */
export type Meter = { readonly covers: Coverage; readonly grade: Grade; readonly accuracy: Accuracy }

/**
 * `covers`; `grade`, measured unless said otherwise; and `accuracy` with any of its fields in place of the defaults,
 * where `origin` (data sheet, calibration certificate) is then required.
 */
export const meterFromOptions = (options: Options, covers: Coverage, defaults: Accuracy): Meter => ({
  covers: options.choice(
    "covers",
    COVERAGES,
    COVERAGES.find((known) => known === covers),
  ),
  grade: options.choice("grade", GRADES, "measured"),
  accuracy: accuracyFromOptions(options, defaults),
})

const accuracyFromOptions = (options: Options, defaults: Accuracy): Accuracy => {
  const given = options.object("accuracy")
  if (!given) return defaults
  const limit = (name: keyof Accuracy, hi: number) => given.number(name, { lo: 0, hi, default: Number(defaults[name]) })
  const accuracy = {
    gainLimit: limit("gainLimit", 1),
    offsetLimit: limit("offsetLimit", 1e9),
    step: limit("step", 1e9),
    windowMs: limit("windowMs", 86_400_000),
    updateMs: limit("updateMs", 86_400_000),
    gapMs: limit("gapMs", 86_400_000),
    origin: given.text("origin"),
  }
  given.end()
  return accuracy
}
