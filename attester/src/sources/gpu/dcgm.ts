import type { Sample } from "../net/prometheus.ts"
import { type Page, pageFromOptions, scrape } from "../net/scrape.ts"
import type { Options } from "../options.ts"
import { skuOf } from "../sku.ts"
import { type Accuracy, type Quantity, type SensorValue, type Source, SourceError, type Unit } from "../source.ts"
import {
  activityAccuracy,
  energyAccuracy,
  plainPowerKind,
  powerAccuracy,
  temperatureAccuracy,
  utilisationAccuracy,
} from "./nvidia-accuracy.ts"

type Metric = { readonly quantity: Quantity; readonly unit: Unit; readonly accuracy: (board: string) => Accuracy }

/** DCGM's own sampling period, and so the time over which its profiling shares are means. */
const PROFILING_MS = 1000
const share = (quantity: Quantity): Metric => ({ quantity, unit: "1", accuracy: () => activityAccuracy(PROFILING_MS) })
const percent = (quantity: Quantity): Metric => ({ quantity, unit: "%", accuracy: () => utilisationAccuracy })
const celsius = (quantity: Quantity): Metric => ({ quantity, unit: "Cel", accuracy: () => temperatureAccuracy })

/** Fields of dcgm-exporter by name (dcgm_fields.h). */
const METRICS: ReadonlyMap<string, Metric> = new Map<string, Metric>([
  [
    "DCGM_FI_DEV_POWER_USAGE",
    { quantity: "power", unit: "W", accuracy: (board) => powerAccuracy(board, plainPowerKind(board), 1, 0.001) },
  ],
  [
    "DCGM_FI_DEV_POWER_USAGE_INSTANT",
    { quantity: "power", unit: "W", accuracy: (board) => powerAccuracy(board, "instant", 1, 0.001) },
  ],
  ["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", { quantity: "energy", unit: "mJ", accuracy: energyAccuracy }],
  ["DCGM_FI_DEV_GPU_TEMP", celsius("acceleratorTemperature")],
  ["DCGM_FI_DEV_MEMORY_TEMP", celsius("memoryTemperature")],
  ["DCGM_FI_DEV_GPU_UTIL", percent("kernelTime")],
  ["DCGM_FI_DEV_MEM_COPY_UTIL", percent("memoryTime")],
  ["DCGM_FI_PROF_SM_ACTIVE", share("smActivity")],
  ["DCGM_FI_PROF_SM_OCCUPANCY", share("smOccupancy")],
  ["DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", share("computeActivity")],
  ["DCGM_FI_PROF_DRAM_ACTIVE", share("dramActivity")],
])

/** Names of dcgm-exporter 1.x, whose pages name boards by `uuid` and no model. */
const OLD_NAMES: ReadonlyMap<string, string> = new Map([
  ["dcgm_power_usage", "DCGM_FI_DEV_POWER_USAGE"],
  ["dcgm_total_energy_consumption", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"],
  ["dcgm_gpu_temp", "DCGM_FI_DEV_GPU_TEMP"],
  ["dcgm_memory_temp", "DCGM_FI_DEV_MEMORY_TEMP"],
  ["dcgm_gpu_utilization", "DCGM_FI_DEV_GPU_UTIL"],
  ["dcgm_mem_copy_utilization", "DCGM_FI_DEV_MEM_COPY_UTIL"],
])

/** A field by its own name, the one of 1.x, or with the suffix that OpenMetrics gives counters. */
const metricOf = (name: string): Metric | undefined => {
  const plain = name.replace(/_total$/, "")
  return METRICS.get(OLD_NAMES.get(plain) ?? plain)
}

/** Quantities of the board that dcgm-exporter repeats on the line of every MIG instance. */
const OF_BOARD: ReadonlySet<Quantity> = new Set(["power", "energy", "acceleratorTemperature", "memoryTemperature"])

export const dcgmFromOptions = (id: string, periodMs: number, options: Options): Source =>
  createDcgm(id, periodMs, pageFromOptions(options))

/** NVIDIA boards through the page of dcgm-exporter. Grades as for NVML: what belongs to a MIG board is allocated. */
export const createDcgm = (id: string, periodMs: number, page: Page): Source => ({
  id,
  periodMs,
  close: async () => {},
  read: async (signal) => readDcgm(id, await scrape(id, page, signal)),
})

/** The values of a parsed page. Throws `unsupported` when it has none of the known fields. */
export const readDcgm = (id: string, samples: readonly Sample[]): SensorValue[] => {
  const values = new Map<string, SensorValue>()
  const boards = new Set(samples.flatMap((sample) => (metricOf(sample.name) ? boardOf(sample) : [])))
  for (const sample of samples) {
    const value = toValue(id, sample)
    if (value && !values.has(value.sensor)) values.set(value.sensor, value)
  }
  if (values.size === 0)
    throw new SourceError(id, "unsupported", "the page has no field of dcgm-exporter that is known")
  const found = [...values.values()]
  // A page may name a board and have no number of it: NaN, or one of DCGM's marks.
  const metered = new Set(found.filter(isMetered).map(({ part }) => part))
  const silent = metered.size === 0 ? [] : [...boards].filter((uuid) => !metered.has(uuid))
  if (silent.length > 0)
    throw new SourceError(id, "missing", `${silent.join(", ")} has neither power nor energy on the page`, found)
  return found
}

const isMetered = ({ quantity }: SensorValue): boolean => quantity === "power" || quantity === "energy"

const boardOf = ({ labels }: Sample): readonly string[] => {
  const uuid = labels.get("UUID") ?? labels.get("uuid")
  return uuid === undefined ? [] : [uuid]
}

const toValue = (id: string, { name, labels, value, timeMs }: Sample): SensorValue | null => {
  const metric = metricOf(name)
  if (!metric || value === null || isBlank(value)) return null
  const uuid = labels.get("UUID") ?? labels.get("uuid")
  if (!uuid) throw new SourceError(id, "malformed", `${name} has no label UUID`)
  const instance = labels.get("GPU_I_ID") || undefined
  const board = labels.get("modelName") ?? ""
  const part = instance === undefined || OF_BOARD.has(metric.quantity) ? uuid : `${uuid}/${instance}`
  return {
    sensor: `${part}/${name}`,
    surface: "dcgm",
    quantity: metric.quantity,
    unit: metric.unit,
    value,
    timeMs: timeMs ?? Date.now(),
    grade: instance !== undefined && OF_BOARD.has(metric.quantity) ? "allocated" : "measured",
    accuracy: metric.accuracy(board),
    covers: "accelerator",
    part,
    ...skuOf(board),
    ...indexOf(labels),
  }
}

const indexOf = (labels: Sample["labels"]): Pick<SensorValue, "index"> => {
  const number = /^\d{1,4}$/.exec(labels.get("gpu") ?? "")?.[0]
  return number === undefined ? {} : { index: Number(number) }
}

/**
 * DCGM's marks for "no value" (dcgm_structs.h): 0x7ffffff0 and 15 codes above for 32-bit fields, 2^47 for doubles,
 * near 2^63 for 64-bit ones. No board has used 2^47 mJ, which is 39 MWh.
 */
const isBlank = (decimal: string): boolean => {
  const value = Number(decimal)
  return (value >= 0x7ffffff0 && value <= 0x7fffffff) || value >= 2 ** 47
}
