import { REST } from "../boundary/rest.ts"
import { numberToDecimal } from "./decimal.ts"
import { boardsFromOptions } from "./entrance/boards.ts"
import { entrance, type Stated } from "./entrance/entrance.ts"
import { PRESET_NAMES, presetCovers, presetFromOptions } from "./exporter/presets.ts"
import { prometheusFromOptions } from "./exporter/prometheus.ts"
import { electricityMapsFromOptions, nesoFromOptions, wattTimeFromOptions } from "./facility/carbon.ts"
import { csvFromOptions } from "./facility/csv-feed.ts"
import { factorFromOptions } from "./facility/factor.ts"
import { jsonFromOptions } from "./facility/json-feed.ts"
import { amdSmiFromOptions } from "./gpu/amd-smi.ts"
import { dcgmFromOptions } from "./gpu/dcgm.ts"
import { hwmonFromOptions } from "./gpu/hwmon.ts"
import { nvidiaFromOptions } from "./gpu/nvidia.ts"
import { nvidiaSmiFromOptions } from "./gpu/nvidia-smi.ts"
import { nvmlFromOptions } from "./gpu/nvml.ts"
import { guard } from "./guard.ts"
import { field, list } from "./net/json.ts"
import { ipmiFromOptions } from "./node/ipmi.ts"
import { keplerFromOptions } from "./node/kepler.ts"
import { raplFromOptions } from "./node/rapl.ts"
import { redfishFromOptions } from "./node/redfish.ts"
import { ConfigError, Options } from "./options.ts"
import { modbusFromOptions } from "./rack/modbus.ts"
import { pduFromOptions } from "./rack/pdu.ts"
import { COVERAGES, type Coverage, type Source } from "./source.ts"
import { otlpFromOptions } from "./work/otlp.ts"
import {
  llamaCppFromOptions,
  nimFromOptions,
  sglangFromOptions,
  tensorRtLlmFromOptions,
  tgiFromOptions,
  tritonFromOptions,
  vllmFromOptions,
} from "./work/serving.ts"

/** Makes one kind of source from its own options; `end` has not been called on them yet. */
type Factory = (id: string, periodMs: number, options: Options) => Source

/** Every kind of source: the period at which reading it usually makes sense, in ms, and what its kind always meters. */
const KINDS = new Map<string, readonly [factory: Factory, periodMs: number, covers?: Coverage]>([
  ["nvidia", [nvidiaFromOptions, 1000, "accelerator"]],
  ["nvml", [nvmlFromOptions, 100, "accelerator"]],
  ["nvidia-smi", [nvidiaSmiFromOptions, 1000, "accelerator"]],
  ["dcgm", [dcgmFromOptions, 1000, "accelerator"]],
  ["hwmon", [hwmonFromOptions, 100, "accelerator"]],
  ["amd-smi", [amdSmiFromOptions, 5000, "accelerator"]],
  ["rapl", [raplFromOptions, 1000]],
  ["kepler", [keplerFromOptions, 5000]],
  ["ipmi", [ipmiFromOptions, 5000, "node"]],
  ["redfish", [redfishFromOptions, 5000, "node"]],
  ["pdu", [pduFromOptions, 5000, "rack"]],
  ["modbus", [modbusFromOptions, 1000, "rack"]],
  ["csv", [csvFromOptions, 60_000]],
  ["json", [jsonFromOptions, 60_000]],
  ["electricity-maps", [electricityMapsFromOptions, 900_000]],
  ["neso", [nesoFromOptions, 900_000]],
  ["watttime", [wattTimeFromOptions, 300_000]],
  ["vllm", [vllmFromOptions, 1000]],
  ["tgi", [tgiFromOptions, 1000]],
  ["triton", [tritonFromOptions, 1000]],
  ["sglang", [sglangFromOptions, 1000]],
  ["tensorrt-llm", [tensorRtLlmFromOptions, 1000]],
  ["nim", [nimFromOptions, 1000]],
  ["llama-cpp", [llamaCppFromOptions, 1000]],
  ["prometheus", [prometheusFromOptions, 5000]],
  ...PRESET_NAMES.map((name): [string, [Factory, number, Coverage]] => [
    name,
    [presetFromOptions(name), 5000, presetCovers(name)],
  ]),
  ["otlp", [otlpFromOptions, 1000]],
  ["factor", [factorFromOptions, 3_600_000]],
])

/** The kinds that a configuration may name. */
export const sourceKinds = (): string[] => [...KINDS.keys()]

const HOUR_MS = 3_600_000
const MAX_WATTS = 1e9

/** A meter of water or of temperatures alone: that it gives no energy is no silence. */
function isWithoutEnergy(config: unknown): boolean {
  const entries = ["registers", "values"].flatMap((name) => list(field(config, name)))
  const carries = (entry: unknown) => ["power", "energy"].includes(String(field(entry, "quantity")))
  return entries.length > 0 && !entries.some(carries)
}

/** What may be stated of any source: what it covers is among its own options, where it takes that. */
function statedOf(options: Options, config: unknown, always: Coverage | undefined): Stated {
  const given = COVERAGES.find((known) => known === field(config, "covers"))
  const rating = options.has("ratingWatts") ? options.number("ratingWatts", { lo: 1, hi: MAX_WATTS }) : undefined
  const boards = always === "accelerator" ? boardsFromOptions(options) : null
  const ratingWatts = rating === undefined ? undefined : (numberToDecimal(rating) ?? undefined)
  return { covers: isWithoutEnergy(config) ? undefined : (given ?? always), ratingWatts, boards }
}

/**
 * Makes a source from one entry of the configuration: `{ "kind", "id"?, "periodMs"?, "timeoutMs"?, "ratingWatts"?, …own
 * options }`. Nothing is contacted. Throws `ConfigError` naming the field.
 */
export const createSource = (config: unknown, path = "source"): Source => {
  const options = new Options(config, path)
  const kind = options.choice("kind", sourceKinds())
  const [factory, defaultPeriod, covers] = KINDS.get(kind) ?? options.fail("kind", "is not known")
  const id = options.text("id", kind)
  const periodMs = options.integer("periodMs", { lo: 10, hi: 24 * HOUR_MS, default: defaultPeriod })
  const timeoutMs = options.integer("timeoutMs", {
    lo: 10,
    hi: HOUR_MS,
    default: Math.max(2000, Math.min(periodMs, 10_000)),
  })
  const stated = statedOf(options, config, covers)
  const source = factory(id, periodMs, options)
  options.end()
  return guard(entrance(source, stated), timeoutMs)
}

/** Two entries that read the same thing are one; adding them would count it twice. */
function refuseTwins(list: readonly unknown[]): void {
  const texts = list.map((config) => {
    const { id: _, periodMs: _period, timeoutMs: _timeout, ...rest } = config as Record<string, unknown>
    return JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
  const second = texts.findIndex((text, i) => texts.indexOf(text) !== i)
  const first = texts.indexOf(texts[second] ?? "")
  if (second >= 0) throw new ConfigError(`config.sources[${second}]: reads what config.sources[${first}] reads`)
}

/** Makes all sources of a configuration `{ "sources": [ … ] }`; their ids must differ. Throws `ConfigError`. */
export const createSources = (config: unknown): Source[] => {
  const options = new Options(config, "config")
  const list = options.take("sources")
  options.end()
  if (!Array.isArray(list) || list.length === 0)
    throw new ConfigError("config.sources: must be a list of at least one source")
  const sources = list.map((item, index) => createSource(item, `config.sources[${index}]`))
  const ids = new Set<string>()
  for (const [index, { id }] of sources.entries()) {
    if (ids.has(id)) throw new ConfigError(`config.sources[${index}].id: ${id} is taken by another source`)
    if (id === REST) throw new ConfigError(`config.sources[${index}].id: ${id} is the name of what no source meters`)
    ids.add(id)
  }
  refuseTwins(list)
  return sources
}
