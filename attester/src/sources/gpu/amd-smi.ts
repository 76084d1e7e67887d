import { accuracy } from "../accuracy.ts"
import { numberToDecimal, toDecimal } from "../decimal.ts"
import { runCommand } from "../net/command.ts"
import { field, parseJson } from "../net/json.ts"
import type { Options } from "../options.ts"
import { skuOf } from "../sku.ts"
import { type Accuracy, type Quantity, type SensorValue, type Source, SourceError, type Unit } from "../source.ts"

type Column = {
  readonly path: readonly [string, string]
  readonly quantity: Quantity
  readonly unit: Unit
  /** The unit as amd-smi writes it. */
  readonly suffix: string
  readonly accuracy: Accuracy
}

const ASSUMED = "gain not stated by amd-smi, assumed"
const power = accuracy({ gainLimit: 0.05, step: 1, updateMs: 1, origin: ASSUMED })
/** The SMU's accumulator counts in steps of 15.259 µJ (amd-smi, energy resolution). */
const energy = accuracy({ gainLimit: 0.05, step: 0.000015259, updateMs: 1, origin: ASSUMED })
const share = accuracy({ step: 1, windowMs: 1000, origin: "amd-smi, whole per cent" })
const celsius = accuracy({ step: 1, origin: "amd-smi, whole degrees" })

const COLUMNS: readonly Column[] = [
  { path: ["power", "socket_power"], quantity: "power", unit: "W", suffix: "W", accuracy: power },
  { path: ["energy", "total_energy_consumption"], quantity: "energy", unit: "J", suffix: "J", accuracy: energy },
  { path: ["usage", "gfx_activity"], quantity: "kernelTime", unit: "%", suffix: "%", accuracy: share },
  { path: ["usage", "umc_activity"], quantity: "memoryTime", unit: "%", suffix: "%", accuracy: share },
  { path: ["temperature", "hotspot"], quantity: "acceleratorTemperature", unit: "Cel", suffix: "C", accuracy: celsius },
  { path: ["temperature", "mem"], quantity: "memoryTemperature", unit: "Cel", suffix: "C", accuracy: celsius },
]

/** `command`: path of amd-smi. */
export const amdSmiFromOptions = (id: string, periodMs: number, options: Options): Source =>
  createAmdSmi(id, periodMs, options.text("command", "amd-smi"))

const METRIC = ["metric", "--power", "--energy", "--usage", "--temperature", "--json"]
const STATIC = ["static", "--asic", "--json"]

/** Market names of boards by their numbers. */
type Names = ReadonlyMap<unknown, string>

/** AMD Instinct boards through `amd-smi metric --json`. It starts Python for each reading; hwmon is much cheaper. */
export const createAmdSmi = (id: string, periodMs: number, command: string): Source => {
  let names: Names | undefined
  const ask = (args: readonly string[], signal: AbortSignal) => runCommand(command, args, { source: id, signal })
  return {
    id,
    periodMs,
    close: async () => {},
    read: async (signal) => {
      const text = await ask(METRIC, signal)
      // Boards are read without their names too: then they are taken for the largest.
      names ??= await ask(STATIC, signal).then(
        (answer) => parseNames(id, answer),
        () => new Map(),
      )
      return parseAmdSmi(id, text, names)
    },
  }
}

/** A list of boards, since ROCm 6.4 within `gpu_data`. */
const boardsOf = (id: string, text: string): readonly unknown[] => {
  const answer = parseJson(id, text)
  const boards = Array.isArray(answer) ? answer : field(answer, "gpu_data")
  if (!Array.isArray(boards) || boards.length === 0) throw new SourceError(id, "malformed", "amd-smi named no board")
  return boards
}

const parseNames = (id: string, text: string): Names =>
  new Map(
    boardsOf(id, text).flatMap((board) => {
      const name = field(field(board, "asic"), "market_name")
      return typeof name === "string" && name !== "N/A" ? [[field(board, "gpu"), name] as const] : []
    }),
  )

/**
 * The answer of amd-smi: boards, each with its values as `{ "value", "unit" }`, older ones as bare numbers; "N/A" is an
 * absent value.
 */
export const parseAmdSmi = (id: string, text: string, names: Names = new Map()): SensorValue[] =>
  boardsOf(id, text).flatMap((board) => readBoard(id, board, names))

const readBoard = (id: string, board: unknown, names: Names): SensorValue[] => {
  const index = field(board, "gpu")
  if (typeof index !== "number") throw new SourceError(id, "malformed", "amd-smi gave a board no number")
  const part = `gpu/${index}`
  return COLUMNS.flatMap((column): SensorValue[] => {
    const value = parseCell(id, column, field(field(board, column.path[0]), column.path[1]))
    if (value === null) return []
    const { quantity, unit, accuracy: known } = column
    const common = {
      surface: "amd-smi",
      grade: "measured",
      covers: "accelerator",
      part,
      index,
      timeMs: Date.now(),
      ...skuOf(names.get(index) ?? null),
    } as const
    return [{ sensor: `${part}/${column.path.join(".")}`, quantity, unit, value, accuracy: known, ...common }]
  })
}

const parseCell = (id: string, { path, suffix }: Column, cell: unknown): string | null => {
  const bare = typeof cell === "object" && cell !== null ? field(cell, "value") : cell
  const unit = field(cell, "unit") ?? suffix
  if (bare === undefined || bare === "N/A" || bare === "") return null
  const value = typeof bare === "number" ? numberToDecimal(bare) : toDecimal(String(bare))
  const same = unit === suffix || unit === `°${suffix}`
  if (value === null || !same)
    throw new SourceError(
      id,
      "malformed",
      `${path.join(".")}: not a number in ${suffix}: ${String(bare).slice(0, 40)} ${unit}`,
    )
  return value
}
