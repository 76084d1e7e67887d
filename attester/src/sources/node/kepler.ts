import type { Grade } from "@wattest/protocol"
import { accuracy, SURFACE_ACCURACY } from "../accuracy.ts"
import type { Sample } from "../net/prometheus.ts"
import { type Page, pageFromOptions, scrape } from "../net/scrape.ts"
import type { Options } from "../options.ts"
import { type Coverage, type SensorValue, type Source, SourceError } from "../source.ts"

/** Node totals of Kepler below 0.10, one metric per domain, and what each covers. */
const OLD_NODE: ReadonlyMap<string, Coverage> = new Map<string, Coverage>([
  ["kepler_node_platform_joules_total", "node"],
  ["kepler_node_package_joules_total", "processor"],
  ["kepler_node_dram_joules_total", "memory"],
  ["kepler_node_gpu_joules_total", "accelerator"],
])
/** Zones of `kepler_node_cpu_joules_total` since 0.10. `core` and `uncore` lie within `package` and are left out. */
const ZONES: ReadonlyMap<string, Coverage> = new Map<string, Coverage>([
  ["package", "processor"],
  ["dram", "memory"],
  ["psys", "node"],
])
/** Labels that tell one counter of a metric from another. */
const PARTS = ["instance", "package", "path", "zone", "mode", "gpu", "source"]

/** Kepler hands on what RAPL, a BMC or a board's driver counted: it is no better than the sensor behind it. */
const ACCURACY = accuracy({
  ...SURFACE_ACCURACY.rapl,
  step: 0.000001,
  updateMs: 3000,
  origin: "Kepler's interval; the sensor behind it: RAPL, gain not stated, assumed",
})

export const keplerFromOptions = (id: string, periodMs: number, options: Options): Source =>
  createKepler(id, periodMs, pageFromOptions(options))

/**
 * Node energy through Kepler's page, in joules. Its split among containers is left aside: the attester allocates by
 * its own declared rule. What Kepler's trained models guessed counts as estimated.
 */
export const createKepler = (id: string, periodMs: number, page: Page): Source => ({
  id,
  periodMs,
  close: async () => {},
  read: async (signal) => readKepler(id, await scrape(id, page, signal)),
})

/** The node totals of a parsed page. Throws `unsupported` when it has none. */
export const readKepler = (id: string, samples: readonly Sample[]): SensorValue[] => {
  const values = samples.flatMap((sample) => {
    const covers = coverage(sample)
    return covers === undefined || sample.value === null ? [] : [toValue(sample, sample.value, covers)]
  })
  if (values.length === 0) throw new SourceError(id, "unsupported", "the page has no node energy of Kepler")
  return values
}

const coverage = ({ name, labels }: Sample): Coverage | undefined =>
  name === "kepler_node_cpu_joules_total" ? ZONES.get(labels.get("zone") ?? "") : OLD_NODE.get(name)

const toValue = ({ name, labels, timeMs }: Sample, value: string, covers: Coverage): SensorValue => {
  const part = PARTS.flatMap((label) => labels.get(label) || []).join("/")
  return {
    sensor: part === "" ? name : `${name}/${part}`,
    surface: "kepler",
    quantity: "energy",
    unit: "J",
    value,
    timeMs: timeMs ?? Date.now(),
    grade: gradeOf(labels),
    accuracy: ACCURACY,
    covers,
    ...(part !== "" && { part }),
  }
}

const gradeOf = (labels: ReadonlyMap<string, string>): Grade =>
  /model|estimat/i.test(labels.get("source") ?? "") ? "estimated" : "measured"
