import { toDecimal } from "../decimal.ts"
import { toSourceError } from "../guard.ts"
import { runCommand } from "../net/command.ts"
import { type CsvTable, parseCsv } from "../net/csv.ts"
import type { Options } from "../options.ts"
import { skuOf } from "../sku.ts"
import { type Accuracy, type Quantity, type SensorValue, type Source, SourceError, type Unit } from "../source.ts"
import {
  type PowerKind,
  plainPowerKind,
  powerAccuracy,
  temperatureAccuracy,
  utilisationAccuracy,
} from "./nvidia-accuracy.ts"
import { readCell } from "./nvidia-cell.ts"

type Column = {
  readonly field: string
  readonly quantity: Quantity
  readonly unit: Unit
  /** The unit as nvidia-smi prints it after the number; empty where it prints none. */
  readonly suffix: string
  readonly accuracy: (board: string) => Accuracy
}

const watts = (field: string, kind: (board: string) => PowerKind): Column => ({
  field,
  quantity: "power",
  unit: "W",
  suffix: "W",
  accuracy: (board) => powerAccuracy(board, kind(board), 1, 0.01),
})
const share = (field: string, quantity: Quantity): Column => ({
  field,
  quantity,
  unit: "%",
  suffix: "%",
  accuracy: () => utilisationAccuracy,
})
const celsius = (field: string, quantity: Quantity): Column => ({
  field,
  quantity,
  unit: "Cel",
  suffix: "",
  accuracy: () => temperatureAccuracy,
})

const COLUMNS: readonly Column[] = [
  watts("power.draw.instant", () => "instant"),
  watts("power.draw.average", () => "average"),
  watts("power.draw", plainPowerKind),
  share("utilization.gpu", "kernelTime"),
  share("utilization.memory", "memoryTime"),
  celsius("temperature.gpu", "acceleratorTemperature"),
  celsius("temperature.memory", "memoryTemperature"),
]

const IDENTITY = ["timestamp", "index", "uuid", "name", "mig.mode.current"]

export type NvidiaSmiOptions = { readonly id: string; readonly periodMs: number; readonly command: string }

/** `command`: path of nvidia-smi. */
export const nvidiaSmiFromOptions = (id: string, periodMs: number, options: Options): Source =>
  createNvidiaSmi({ id, periodMs, command: options.text("command", "nvidia-smi") })

/**
 * NVIDIA boards through `nvidia-smi --query-gpu`, for hosts where the library cannot be loaded. It starts a process
 * for each reading (tens of milliseconds of CPU) and offers no energy counter. Fields that an older driver does not
 * know are dropped one by one.
 */
export const createNvidiaSmi = ({ id, periodMs, command }: NvidiaSmiOptions): Source => {
  let fields = [...IDENTITY, ...COLUMNS.map(({ field }) => field)]
  const query = async (signal: AbortSignal): Promise<string> => {
    try {
      return await runCommand(command, [`--query-gpu=${fields.join(",")}`, "--format=csv"], { source: id, signal })
    } catch (error) {
      const unknown =
        error instanceof Error ? /Field "([\w.]+)" is not a valid field/.exec(error.message)?.[1] : undefined
      if (unknown === undefined || !fields.includes(unknown)) throw error
      fields = fields.filter((field) => field !== unknown)
      return query(signal)
    }
  }
  return {
    id,
    periodMs,
    close: async () => {},
    read: async (signal) => parseNvidiaSmi(id, await query(signal)),
  }
}

const isTable = ({ records }: CsvTable): boolean => records.some((record) => record.has("uuid"))

/**
 * The answer of `nvidia-smi --query-gpu=… --format=csv`: a header naming fields with their units, a line per board.
 * Columns are found by name; `[N/A]` and the like are absent values. The tool writes of a lost board in a line of its
 * own, before the table or in it. Throws a fault for anything else, with the values of the other boards.
 */
export const parseNvidiaSmi = (id: string, text: string): SensorValue[] => {
  const lines = text.split(/\r?\n/)
  const at = lines.findIndex((line) => /(?:^|,)\s*uuid\s*(?:,|$)/.test(line))
  const table = at < 0 ? null : parseCsv(lines.slice(at).join("\n"))
  const said = [...lines.slice(0, at < 0 ? lines.length : at), ...(table?.others ?? [])].filter(
    (line) => line.trim() !== "",
  )
  if (table === null || !isTable(table))
    throw new SourceError(
      id,
      "malformed",
      `nvidia-smi gave no table${said.length > 0 ? `: ${said.join("; ").slice(0, 200)}` : ""}`,
    )
  const values: SensorValue[] = []
  const faults = said.map((line) => new SourceError(id, "malformed", `no line of a board: ${line.slice(0, 120)}`))
  for (const record of table.records) {
    const cells = new Map([...record].map(([name, cell]) => [name.split(" [", 1)[0] ?? "", cell]))
    try {
      values.push(...readBoard(id, cells))
    } catch (error) {
      faults.push(toSourceError(id, error))
    }
  }
  const [first] = faults
  if (first === undefined) return values
  throw new SourceError(id, first.fault, faults.map(({ detail }) => detail).join("; "), values)
}

const readBoard = (id: string, cells: ReadonlyMap<string, string>): SensorValue[] => {
  const uuid = cells.get("uuid")
  if (!uuid) throw new SourceError(id, "malformed", "nvidia-smi named no uuid")
  const board = cells.get("name") ?? ""
  const timeMs = parseTime(id, cells.get("timestamp"))
  const number = /^\d{1,4}$/.exec(cells.get("index") ?? "")?.[0]
  const index = number === undefined ? {} : { index: Number(number) }
  const grade = cells.get("mig.mode.current") === "Enabled" ? "allocated" : "measured"
  return COLUMNS.filter(({ field }) => field !== "power.draw" || !hasPower(cells)).flatMap((column) => {
    const value = parseCell(id, column, cells.get(column.field))
    if (value === null) return []
    const { field, quantity, unit } = column
    const common = { surface: "nvidia-smi", covers: "accelerator", part: uuid, ...skuOf(board), ...index } as const
    return [
      { sensor: `${uuid}/${field}`, quantity, unit, value, timeMs, grade, accuracy: column.accuracy(board), ...common },
    ]
  })
}

/** `power.draw` repeats one of the two newer fields, so it counts only where neither is offered. */
const hasPower = (cells: ReadonlyMap<string, string>): boolean =>
  ["power.draw.instant", "power.draw.average"].some((field) => readCell(cells.get(field)) !== null)

const parseCell = (id: string, { field, suffix }: Column, cell: string | undefined): string | null => {
  const text = readCell(cell)
  if (text === null) return null
  if (text === "[Insufficient Permissions]") throw new SourceError(id, "denied", `${field}: ${text}`)
  if (/^\[.*\]$/.test(text)) throw new SourceError(id, "failed", `${field}: ${text.slice(0, 60)}`)
  const value = toDecimal(suffix !== "" && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text)
  if (value === null) throw new SourceError(id, "malformed", `${field}: not a number: ${text.slice(0, 40)}`)
  return value
}

/** `2026/07/14 08:12:38.696`, in the time zone of the process: the command runs in UTC. */
const parseTime = (id: string, text: string | undefined): number => {
  const match = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d\.\d{3})$/.exec(text ?? "")
  const timeMs = match ? Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}Z`) : Number.NaN
  if (Number.isNaN(timeMs)) throw new SourceError(id, "malformed", `timestamp: not a time: ${text?.slice(0, 40)}`)
  return timeMs
}
