import type { TotalName } from "./accumulator.ts"
import type { Measure } from "./measure.ts"

/** What a claim can bound, and how it is said. */
export type Metric = Measure & {
  /** Unit of the number that a proof bounds. */
  readonly unit: string
  /** Units in which people say it, each with its size in `unit`; the first is the usual one. */
  readonly units: { readonly [unit: string]: bigint }
  /** Names that people give it; `unit` in a pattern is a unit of work. */
  readonly spoken?: RegExp
  /** The verb of a sentence, before its bounds. */
  readonly verb: string
  /** Which units of work a number per unit is per, where not all that were delivered. */
  readonly kindOfWork?: string
}

const ENERGY = ["energyMillijoules", "uncertaintyMillijoules"] as const
const JOULES = { J: 1_000n, mJ: 1n, kJ: 10n ** 6n, MJ: 10n ** 9n, GJ: 10n ** 12n, TJ: 10n ** 15n }
const HOURS = { Wh: 3_600_000n, kWh: 3_600_000_000n, MWh: 3_600_000_000_000n, GWh: 3_600_000_000_000_000n }
const JOULES_PER = {
  ...{ J: 10n ** 6n, µJ: 1n, mJ: 1_000n, kJ: 10n ** 9n, MJ: 10n ** 12n },
  ...{ Wh: 3_600_000_000n, kWh: 3_600_000_000_000n, MWh: 3_600_000_000_000_000n },
}
const SHARE = { "%": 10_000n, ppm: 1n }
const QUOTIENT = { "": 10n ** 6n, "%": 10_000n, ppm: 1n }
const TIME = { s: 1_000n, ms: 1n, min: 60_000n, h: 3_600_000n, d: 86_400_000n }

function metric(
  [numerator, denominator, scale]: readonly [readonly TotalName[], readonly TotalName[], bigint],
  rest: Omit<Metric, keyof Measure>,
): Metric {
  return { numerator, denominator, scale, ...rest }
}

const energyPer = (name: TotalName, spoken: RegExp, kind: Pick<Metric, "kindOfWork"> = {}): Metric =>
  metric([ENERGY, [name], 1_000n], {
    ...{ unit: "µJ per unit", units: JOULES_PER, spoken, verb: "took, uncertainty added,", ...kind },
  })

const share = (numerator: TotalName, denominator: TotalName, verb: string): Metric =>
  metric([[numerator], [denominator], 1_000_000n], { unit: "ppm", units: SHARE, verb })

/** The metrics of PROTOCOL section 6 in the order of their numbers in the claims contract. */
export const METRICS = {
  energy: metric([ENERGY, [], 1n], {
    ...{ unit: "mJ", units: { ...JOULES, ...HOURS }, spoken: /^energy-with-uncertainty$/ },
    verb: "took, uncertainty added,",
  }),
  "energy-central": metric([["energyMillijoules"], [], 1n], {
    ...{ unit: "mJ", units: { ...JOULES, ...HOURS }, verb: "took, by the middle of what the meters say," },
  }),
  "energy-per-work": energyPer("workUnits", /^joules-per-(?<unit>(?!accepted-|input-).+)$/),
  "energy-per-accepted": energyPer("acceptedUnits", /^(?:joules|energy)-per-accepted-(?<unit>.+)$/, {
    kindOfWork: "accepted",
  }),
  "energy-per-input": energyPer("inputUnits", /^(?:joules|energy)-per-input-(?<unit>.+)$/, { kindOfWork: "input" }),
  pue: metric([ENERGY, ["itMillijoules"], 1_000_000n], {
    ...{ unit: "ppm", units: QUOTIENT, verb: "had a power usage effectiveness, uncertainty added, of" },
  }),
  wue: metric([["waterMillilitres"], ["itMillijoules"], 3_600_000_000_000n], {
    ...{ unit: "µL per kWh", units: { "L/kWh": 10n ** 6n, "mL/kWh": 1_000n, "µL/kWh": 1n } },
    verb: "had a water usage effectiveness of",
  }),
  erf: share("reusedMillijoules", "energyMillijoules", "had heat reused for a share of their energy of"),
  "idle-tax": share(
    "idleMillijoules",
    "acceleratorMillijoules",
    "had their accelerators idle for a share of their energy of",
  ),
  "accelerator-share": share(
    "acceleratorMillijoules",
    "energyMillijoules",
    "spent on accelerators a share of their energy of",
  ),
  carbon: metric([["carbonMilligrams"], [], 1n], {
    ...{ unit: "mg", units: { kg: 10n ** 6n, mg: 1n, g: 1_000n, t: 10n ** 9n, kt: 10n ** 12n }, verb: "emitted" },
  }),
  "carbon-per-work": metric([["carbonMilligrams"], ["workUnits"], 1_000n], {
    ...{ unit: "µg per unit", units: { g: 10n ** 6n, µg: 1n, mg: 1_000n, kg: 10n ** 9n, t: 10n ** 12n } },
    ...{ spoken: /^carbon-per-(?<unit>.+)$/, verb: "emitted" },
  }),
  water: metric([["waterMillilitres"], [], 1n], {
    ...{ unit: "mL", units: { L: 1_000n, mL: 1n, m3: 10n ** 6n }, verb: "used water of" },
  }),
  "water-per-work": metric([["waterMillilitres"], ["workUnits"], 1_000_000n], {
    ...{ unit: "nL per unit", units: { mL: 10n ** 6n, nL: 1n, µL: 1_000n, L: 10n ** 9n } },
    ...{ spoken: /^water-per-(?<unit>.+)$/, verb: "used water of" },
  }),
  work: metric([["workUnits"], [], 1n], { unit: "units", units: { units: 1n }, verb: "delivered" }),
  "ledger-share": share("energyMillijoules", "allEnergyMillijoules", "took a share of all energy of"),
  "metered-time": metric([["allTimeMs"], [], 1n], { unit: "ms", units: TIME, verb: "were metered for" }),
  "blind-share": share("allBlindMs", "allTimeMs", "were metered blind for a share of their time of"),
  broken: metric([["allBroken"], [], 1n], {
    unit: "runs",
    units: { runs: 1n },
    verb: "began anew without knowing where they stood",
  }),
  runs: metric([["runs"], [], 1n], { unit: "runs", units: { runs: 1n }, verb: "are counted as" }),
  /** Numerator and denominator are chosen with each bound; they may come from two tallies. */
  ratio: metric([[], [], 1_000_000n], { unit: "ppm", units: QUOTIENT, verb: "had a quotient of" }),
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof METRICS

export const METRIC_NAMES = Object.keys(METRICS) as MetricName[]
