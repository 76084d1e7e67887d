import { type Exact, exact } from "../exact/exact.ts"

/** What a number is a number of; numbers of one kind differ by a factor alone. The base unit of each has the factor 1. */
export const UNITS = {
  energy: {
    mJ: exact(1n),
    J: exact(1000n),
    kWh: exact(3_600_000_000n),
    MWh: exact(3_600_000_000_000n),
    GWh: exact(3_600_000_000_000_000n),
    GJ: exact(1_000_000_000_000n),
  },
  emissions: { mgCO2e: exact(1n), gCO2e: exact(1000n), kgCO2e: exact(1_000_000n), tCO2e: exact(1_000_000_000n) },
  volume: { mL: exact(1n), L: exact(1000n), m3: exact(1_000_000n) },
  quotient: { "1": exact(1n), "%": exact(1n, 100n) },
  /** mL for a mJ. */
  "volume-per-energy": {
    "mL/mJ": exact(1n),
    "L/kWh": exact(1000n, 3_600_000_000n),
    "m3/MWh": exact(1_000_000n, 3_600_000_000_000n),
  },
  "emissions-per-work": { "mgCO2e/unit": exact(1n), "gCO2e/unit": exact(1000n), "kgCO2e/unit": exact(1_000_000n) },
  "energy-per-work": { "mJ/unit": exact(1n), "J/unit": exact(1000n), "kWh/unit": exact(3_600_000_000n) },
  "emissions-per-energy": { "mg/mJ": exact(1n), "kg/kWh": exact(1_000_000n, 3_600_000_000n) },
  time: { ms: exact(1n), s: exact(1000n), h: exact(3_600_000n), d: exact(86_400_000n) },
  power: { kW: exact(1n), MW: exact(1000n) },
  area: { m2: exact(1n) },
  temperature: { degC: exact(1n), degCd: exact(1n) },
  /** Floating-point operations. */
  operations: { FLOP: exact(1n), EFLOP: exact(10n ** 18n), YFLOP: exact(10n ** 24n) },
  data: { GB: exact(1n), TB: exact(1000n), PB: exact(1_000_000n), EB: exact(1_000_000_000n) },
  bandwidth: { "Gbit/s": exact(1n), "Tbit/s": exact(1000n) },
  count: { "1": exact(1n) },
  /** In the currency of the entity, which a mapping writes as `{currency}`. */
  money: { currency: exact(1n) },
  "energy-per-money": { "mJ/currency": exact(1n), "MWh/currency": exact(3_600_000_000_000n) },
  "emissions-per-money": { "mgCO2e/currency": exact(1n), "tCO2e/currency": exact(1_000_000_000n) },
} as const satisfies { readonly [kind: string]: { readonly [unit: string]: Exact } }

export type UnitKind = keyof typeof UNITS

/** The size of a unit in its kind's base unit; null where the kind has no such unit. */
export function unitOf(kind: UnitKind, unit: string): Exact | null {
  const units: { readonly [unit: string]: Exact } = UNITS[kind]
  return Object.hasOwn(units, unit) ? (units[unit] ?? null) : null
}

/** A standard's name of a unit without the prefixes of its registries: `utr:MWh/iso4217:EUR` is `MWh/EUR`. */
export const bareUnit = (unit: string): string => unit.replace(/[a-z0-9]+:/g, "")
