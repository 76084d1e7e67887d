import { REGISTERS, type Registers } from "../run/capture.ts"

type Register = keyof Registers

/** What a claim can bound: a ratio of sums of registers, or a sum alone, and how people write and read its bounds. */
export type Metric = {
  readonly numerator: readonly Register[]
  /** Empty: the number is the numerator itself. */
  readonly denominator: readonly Register[]
  /** Bounds are in units of 1/scale of the quotient. */
  readonly scale: bigint
  readonly unit: string
  /** Whether `unit` of the filters must be named: the metric counts work. */
  readonly countsWork: boolean
  /** Whether the denominator is another chain, over all runs of the ledger whatever their model, unit, zone and party. */
  readonly isShare: boolean
  /** The verb of a claim's sentence, before its bounds. */
  readonly verb: string
  /** Units in which people write bounds, each with its size in the unit of the proof; the first is the usual one. */
  readonly units: { readonly [unit: string]: bigint }
  /** The name as people say it, where that differs; its group `unit` is the unit of work. */
  readonly spoken?: RegExp
  /** What a register of it says where nobody gave a number: 0, which is no statement, and which a bound cannot tell apart. */
  readonly zero?: string
}

const JOULES = { J: 1_000n, mJ: 1n, kJ: 10n ** 6n, MJ: 10n ** 9n, GJ: 10n ** 12n, TJ: 10n ** 15n }
const HOURS = { Wh: 3_600_000n, kWh: 3_600_000_000n, MWh: 3_600_000_000_000n, GWh: 3_600_000_000_000_000n }
const JOULES_PER = { J: 10n ** 6n, µJ: 1n, mJ: 1_000n, kJ: 10n ** 9n, MJ: 10n ** 12n }
const HOURS_PER = { Wh: 3_600_000_000n, kWh: 3_600_000_000_000n }

const COUNTING: readonly Register[] = ["workUnits", "acceptedUnits"]

type Definition = Omit<Metric, "denominator" | "countsWork" | "isShare"> & Partial<Metric>

const metric = ({ denominator = [], ...definition }: Definition): Metric => ({
  ...definition,
  denominator,
  countsWork: [...definition.numerator, ...denominator].some((name) => COUNTING.includes(name)),
  isShare: definition.isShare ?? false,
})

const energy = {
  numerator: ["energyMillijoules", "uncertaintyMillijoules"],
  verb: "took, uncertainty added,",
} as const
const energyPer = { ...energy, scale: 1000n, unit: "µJ per unit", units: { ...JOULES_PER, ...HOURS_PER } } as const
const share = { scale: 1_000_000n, unit: "ppm", units: { "%": 10_000n, ppm: 1n } } as const
const carbon = {
  numerator: ["carbonMilligrams"],
  verb: "emitted",
  zero: "carbon estimated at best, 0 for a run without a factor",
} as const
const water = {
  numerator: ["waterMillilitres"],
  verb: "used water of",
  zero: "water estimated at best, 0 for a run without a factor",
} as const

/** The metrics of PROTOCOL section 6 in the order of their numbers in the claims contract. */
export const METRICS = {
  energy: metric({
    ...energy,
    scale: 1n,
    unit: "mJ",
    units: { ...JOULES, ...HOURS },
    spoken: /^energy-with-uncertainty$/,
  }),
  "energy-per-work": metric({
    ...energyPer,
    denominator: ["workUnits"],
    spoken: /^joules-per-(?!accepted-)(?<unit>.+)$/,
  }),
  "energy-per-accepted": metric({
    ...energyPer,
    denominator: ["acceptedUnits"],
    spoken: /^(?:joules|energy)-per-accepted-(?<unit>.+)$/,
  }),
  "idle-tax": metric({
    ...share,
    numerator: ["idleMillijoules"],
    denominator: ["acceleratorMillijoules"],
    verb: "had their accelerators idle for a share of their energy of",
    zero: "idle is 0 where no occupancy was read",
  }),
  "accelerator-share": metric({
    ...share,
    numerator: ["acceleratorMillijoules"],
    denominator: ["energyMillijoules"],
    verb: "spent on accelerators a share of their energy of",
    zero: "accelerators are 0 where none was read",
  }),
  carbon: metric({
    ...carbon,
    scale: 1n,
    unit: "mg",
    units: { kg: 10n ** 6n, mg: 1n, g: 1_000n, t: 10n ** 9n, kt: 10n ** 12n },
  }),
  "carbon-per-work": metric({
    ...carbon,
    denominator: ["workUnits"],
    scale: 1000n,
    unit: "µg per unit",
    units: { g: 10n ** 6n, µg: 1n, mg: 1_000n, kg: 10n ** 9n },
    spoken: /^carbon-per-(?<unit>.+)$/,
  }),
  water: metric({ ...water, scale: 1n, unit: "mL", units: { L: 1_000n, mL: 1n, m3: 10n ** 6n } }),
  "water-per-work": metric({
    ...water,
    denominator: ["workUnits"],
    scale: 1_000_000n,
    unit: "nL per unit",
    units: { mL: 10n ** 6n, nL: 1n, µL: 1_000n, L: 10n ** 9n },
    spoken: /^water-per-(?<unit>.+)$/,
  }),
  work: metric({
    numerator: ["workUnits"],
    scale: 1n,
    unit: "units",
    units: { units: 1n },
    verb: "delivered",
    zero: "work is 0 where nobody counted",
  }),
  "ledger-share": metric({
    ...share,
    numerator: ["energyMillijoules"],
    denominator: ["energyMillijoules"],
    isShare: true,
    verb: "took a share of all energy of",
  }),
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof METRICS

export const METRIC_NAMES = Object.keys(METRICS) as MetricName[]

/** Bit i selects register i. */
export function maskOf(registers: readonly Register[]): bigint {
  return registers.reduce((mask, name) => mask | (1n << BigInt(REGISTERS.indexOf(name))), 0n)
}
