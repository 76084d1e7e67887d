/** A derived number as a reader meets it. `docs/metrics.md` says the same in more words. */
export type MeasureEntry = {
  readonly title: string
  readonly unit: string
  readonly formula: string
  /** True: the definition is this project's own. */
  readonly own: boolean
}

/** Numbers that follow from the registers of the statements alone. */
export const REGISTER_MEASURES = {
  energy: { title: "Energy", unit: "J", formula: "energy / 1000", own: false },
  duration: { title: "Duration", unit: "s", formula: "(end − start) / 1000", own: false },
  "mean-power": { title: "Mean power", unit: "W", formula: "energy / duration", own: false },
  work: { title: "Work", unit: "units", formula: "work", own: false },
  "energy-per-work": { title: "Energy per unit", unit: "J/unit", formula: "energy / work", own: false },
  "energy-per-accepted": { title: "Energy per accepted unit", unit: "J/unit", formula: "energy / accepted", own: true },
  "energy-per-input": { title: "Energy per input unit", unit: "J/unit", formula: "energy / input", own: false },
  "energy-to-solution": {
    title: "Energy to solution",
    unit: "J",
    formula: "energy of all runs of a job that is complete",
    own: false,
  },
  pue: { title: "Power usage effectiveness", unit: "J/J", formula: "energy / IT energy", own: false },
  wue: { title: "Water usage effectiveness", unit: "L/kWh", formula: "water / IT energy", own: false },
  erf: { title: "Energy reuse factor", unit: "1", formula: "reused / energy", own: false },
  "idle-tax": { title: "Idle tax", unit: "1", formula: "idle / accelerator", own: true },
  "accelerator-share": { title: "Accelerator share", unit: "1", formula: "accelerator / energy", own: true },
  carbon: { title: "Carbon", unit: "g CO2e", formula: "carbon / 1000", own: false },
  "carbon-per-work": { title: "Carbon per unit", unit: "g CO2e/unit", formula: "carbon / work", own: false },
  water: { title: "Water", unit: "L", formula: "water / 1000", own: false },
  "blind-share": { title: "Blind share", unit: "1", formula: "blind time / (end − start)", own: true },
  "water-per-work": { title: "Water per unit", unit: "L/unit", formula: "water / work", own: false },
} as const satisfies Record<string, MeasureEntry>

/** Numbers that need every capture of the run. */
export const CAPTURE_MEASURES = {
  "peak-power": {
    title: "Peak power",
    unit: "W",
    formula: "greatest Δenergy / Δtime between two captures",
    own: false,
  },
  utilisation: { title: "Utilisation", unit: "1", formula: "SM occupancy, mean over time", own: false },
  "memory-pressure": {
    title: "Memory pressure",
    unit: "1",
    formula: "DRAM activity / compute activity, means over time",
    own: true,
  },
  "thermal-envelope": {
    title: "Thermal envelope",
    unit: "J/K",
    formula: "accelerator energy / mean of (accelerator − inlet temperature) over time",
    own: true,
  },
} as const satisfies Record<string, MeasureEntry>

export type MeasureId = keyof typeof REGISTER_MEASURES | keyof typeof CAPTURE_MEASURES

export const MEASURES: { readonly [K in MeasureId]: MeasureEntry } = { ...REGISTER_MEASURES, ...CAPTURE_MEASURES }
