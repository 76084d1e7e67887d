import { GRADES } from "@wattest/protocol"
import { accuracy, SURFACE_ACCURACY } from "../accuracy.ts"
import { meterFromOptions } from "../meter.ts"
import { pageFromOptions } from "../net/scrape.ts"
import type { Options } from "../options.ts"
import type { Quantity, Source } from "../source.ts"
import { UNITS, unitFromOptions } from "../units.ts"
import { createExporter } from "./exporter.ts"
import type { Selector } from "./series.ts"

const QUANTITIES = Object.keys(UNITS) as Quantity[]
const WORK: ReadonlySet<Quantity> = new Set(["work", "accepted", "prefillWork", "decodeWork"])
const FACTORS: ReadonlySet<Quantity> = new Set(["carbonIntensity", "waterIntensity", "siteWater"])

/** `labels`: label to text, or to a list of texts of which one must be there. */
export const labelsFromOptions = (options: Options, name = "labels"): Selector["labels"] => {
  const labels = options.object(name)
  if (labels === undefined) return {}
  return Object.fromEntries(labels.names().map((label) => [label, labels.textOrTexts(label)]))
}

export const expectFromOptions = (options: Options): number | null =>
  options.has("expect") ? options.integer("expect", { lo: 1, hi: 4096 }) : null

/**
 * `url`, `tls`, `bearer`; `values`: a list of `{ "metric", "labels"?, "quantity", "unit", "exponent"?, "part"?,
 * "expect"? }`; and the meter. What engines count is declared, intensities are estimated at best.
 */
export const prometheusFromOptions = (id: string, periodMs: number, options: Options): Source => {
  const page = pageFromOptions(options)
  const entries = options.objects("values")
  const meter = meterFromOptions(options, "node", accuracy(SURFACE_ACCURACY.unstated))
  const selectors = entries.map((entry): Selector => {
    const quantity = entry.choice("quantity", QUANTITIES)
    const { unit, exponent } = unitFromOptions(entry, quantity)
    const selector = {
      metrics: [entry.text("metric")],
      labels: labelsFromOptions(entry),
      parts: entry.texts("part", undefined, []),
      quantity,
      unit,
      exponent: entry.number("exponent", { lo: -12, hi: 12, default: 0 }) + exponent,
      expect: expectFromOptions(entry),
      required: true,
    }
    entry.end()
    return { ...selector, ...placeOf(quantity, meter) }
  })
  return createExporter({ id, periodMs, page, surface: "prometheus" }, selectors)
}

function placeOf(
  quantity: Quantity,
  meter: ReturnType<typeof meterFromOptions>,
): Pick<Selector, "grade" | "accuracy" | "covers"> {
  const counted = accuracy({ step: 1, origin: "counted by the workload" })
  if (WORK.has(quantity)) return { grade: "declared", accuracy: counted, covers: "workload" }
  if (!FACTORS.has(quantity)) return meter
  const isBetter = GRADES.indexOf(meter.grade) < GRADES.indexOf("estimated")
  return { ...meter, grade: isBetter ? "estimated" : meter.grade, covers: "grid" }
}
