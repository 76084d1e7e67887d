import {
  type Certificate,
  deviceIdOf,
  type EvidenceCapture,
  parseEvidenceCapture,
  REGISTERS,
  type Registers,
  ZERO_REGISTERS,
} from "@wattest/protocol"

/** Types of columns, as DuckDB and Parquet have them. */
export type ColumnType = "VARCHAR" | "UBIGINT" | "UINTEGER" | "TIMESTAMP_MS" | "DOUBLE" | "DECIMAL(38,0)"

export type Cell = string | bigint | number | null

type Capture = {
  readonly certificate: Certificate
  readonly run: Certificate["runs"][number]
  readonly capture: EvidenceCapture
  /** Registers of the capture before; zero before the first. */
  readonly before: Registers
}

type Column = { readonly name: string; readonly type: ColumnType; readonly of: (row: Capture) => Cell }

const KELVIN_AT_0_CELSIUS = 273.15
const celsius = (centikelvin: number | null) =>
  centikelvin === null ? null : Math.round(centikelvin - KELVIN_AT_0_CELSIUS * 100) / 100
const share = (parts: number | null) => (parts === null ? null : parts / 10_000)

const label = (name: "model" | "unit" | "zone" | "site" | "party" | "boundary"): Column => ({
  name,
  type: "VARCHAR",
  of: ({ run }) => run.statement[name],
})

/** `energyMillijoules` as `energy_millijoules`. */
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/**
 * A row a capture. Registers are what was added since the capture before, so that a sum over rows is a total; exact whole
 * numbers in the unit of their name. A gauge is what the meter showed at that time; null where it showed none.
 */
export const COLUMNS: readonly Column[] = [
  { name: "device", type: "VARCHAR", of: ({ certificate }) => deviceIdOf(certificate.device) },
  { name: "run", type: "UBIGINT", of: ({ run }) => run.run },
  { name: "sequence", type: "UINTEGER", of: ({ capture }) => capture.sequence },
  { name: "time", type: "TIMESTAMP_MS", of: ({ capture }) => capture.timeMs },
  ...(["model", "unit", "zone", "site", "party", "boundary"] as const).map(label),
  { name: "workload", type: "VARCHAR", of: ({ run }) => run.statement.context.workload },
  { name: "job", type: "VARCHAR", of: ({ run }) => run.statement.context.job },
  { name: "energy_grade", type: "VARCHAR", of: ({ run }) => run.statement.energyGrade },
  { name: "phase", type: "VARCHAR", of: ({ capture }) => capture.gauges.phase },
  { name: "clock", type: "VARCHAR", of: ({ capture }) => capture.gauges.clock },
  ...REGISTERS.map(
    (name): Column => ({
      name: snake(name),
      type: "DECIMAL(38,0)",
      of: ({ capture, before }) => capture.registers[name] - before[name],
    }),
  ),
  { name: "mean_power_milliwatts", type: "UBIGINT", of: ({ capture }) => milliwatts(capture) },
  { name: "sm_occupancy", type: "DOUBLE", of: ({ capture }) => share(capture.gauges.smOccupancy) },
  { name: "dram_activity", type: "DOUBLE", of: ({ capture }) => share(capture.gauges.dramActivity) },
  { name: "compute_activity", type: "DOUBLE", of: ({ capture }) => share(capture.gauges.computeActivity) },
  { name: "accelerator_celsius", type: "DOUBLE", of: ({ capture }) => celsius(capture.gauges.acceleratorCentikelvin) },
  { name: "inlet_celsius", type: "DOUBLE", of: ({ capture }) => celsius(capture.gauges.inletCentikelvin) },
]

function milliwatts({ gauges: { meanPowerMilliwatts } }: EvidenceCapture): bigint | null {
  return meanPowerMilliwatts === null ? null : BigInt(meanPowerMilliwatts)
}

/** Rows of a run's evidence, line by line after the header. */
export function rowsOf(certificate: Certificate, run: Certificate["runs"][number]): (line: string) => readonly Cell[] {
  let before = ZERO_REGISTERS
  return (line) => {
    const capture = parseEvidenceCapture(line)
    const row = { certificate, run, capture, before }
    before = capture.registers
    return COLUMNS.map(({ of }) => of(row))
  }
}
