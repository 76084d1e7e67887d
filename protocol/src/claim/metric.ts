import { REGISTERS, type Registers } from "../run/capture.ts"

type Register = keyof Registers

/** What a claim can bound: a ratio of sums of registers, or a sum alone, and the unit in which its bounds are said. */
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
}

const ENERGY = ["energyMillijoules", "uncertaintyMillijoules"] as const

function metric(numerator: readonly Register[], denominator: readonly Register[], scale: bigint, unit: string): Metric {
  const countsWork = [...numerator, ...denominator].some((name) => name === "workUnits" || name === "acceptedUnits")
  return { numerator, denominator, scale, unit, countsWork, isShare: false }
}

/** The metrics of PROTOCOL section 6 in the order of their numbers in the claims contract. */
export const METRICS = {
  energy: metric(ENERGY, [], 1n, "mJ"),
  "energy-per-work": metric(ENERGY, ["workUnits"], 1000n, "µJ per unit"),
  "energy-per-accepted": metric(ENERGY, ["acceptedUnits"], 1000n, "µJ per unit"),
  "idle-tax": metric(["idleMillijoules"], ["acceleratorMillijoules"], 1_000_000n, "ppm"),
  "accelerator-share": metric(["acceleratorMillijoules"], ["energyMillijoules"], 1_000_000n, "ppm"),
  carbon: metric(["carbonMilligrams"], [], 1n, "mg"),
  "carbon-per-work": metric(["carbonMilligrams"], ["workUnits"], 1000n, "µg per unit"),
  water: metric(["waterMillilitres"], [], 1n, "mL"),
  "water-per-work": metric(["waterMillilitres"], ["workUnits"], 1_000_000n, "nL per unit"),
  work: metric(["workUnits"], [], 1n, "units"),
  "ledger-share": { ...metric(["energyMillijoules"], ["energyMillijoules"], 1_000_000n, "ppm"), isShare: true },
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof METRICS

export const METRIC_NAMES = Object.keys(METRICS) as MetricName[]

/** Bit i selects register i. */
export function maskOf(registers: readonly Register[]): bigint {
  return registers.reduce((mask, name) => mask | (1n << BigInt(REGISTERS.indexOf(name))), 0n)
}
