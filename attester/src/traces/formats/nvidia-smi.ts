import { parseLocalTime } from "../time-zone.ts"
import { collect, LineError, type Recorded, TraceError, type TraceFormat, type TraceOptions } from "../trace.ts"
import { type BoardRow, boardMetering, boardPoint, type PowerColumn } from "./board.ts"
import { assertOneBoard, createRotation } from "./unnamed-boards.ts"

const POWER_COLUMNS = ["power.draw.instant", "power.draw", "power.draw.average"]
/** What tells boards apart, the surest first. */
const IDENTITIES = ["uuid", "gpu_uuid", "index", "pci.bus_id", "gpu_bus_id", "serial", "gpu_serial"]
const NAMES = ["name", "gpu_name"]
const ABSENT = new Set(["[N/A]", "N/A", "[Not Supported]", "[Unknown Error]", "[GPU requires reset]"])

type Column = { readonly at: number; readonly unit: string | undefined }
type Columns = ReadonlyMap<string, Column>

/** The columns of a header by name; null where a line is none. */
function parseHeader(line: string): Columns | null {
  const columns = new Map<string, Column>()
  for (const [at, field] of line.split(",").entries()) {
    const [, name, unit] = /^\s*([^[\s]+)\s*(?:\[(.*)\])?\s*$/.exec(field) ?? []
    if (name === undefined || columns.has(name)) return null
    columns.set(name, { at, unit })
  }
  return columns.has("timestamp") && [...columns.keys()].some((name) => name.startsWith("power.draw")) ? columns : null
}

const first = (columns: Columns, names: readonly string[]) => names.find((name) => columns.has(name))

/** The power column to meter: the one asked for, else the most direct one that the log has. */
function powerColumn(columns: Columns, wanted: string | undefined): string {
  const name = wanted ?? first(columns, POWER_COLUMNS)
  if (name !== undefined && columns.has(name)) return name
  const known = [...columns.keys()].filter((column) => column.startsWith("power."))
  throw new LineError(
    `no column ${wanted ?? POWER_COLUMNS.join(" or ")}`,
    `choose by --power-column: ${known.join(", ")}`,
  )
}

type Field = { readonly value: string; readonly unit: string | undefined }

/** A field and its unit, which must be its header's; null where the driver could not tell. */
function fieldOf(fields: readonly string[], columns: Columns, name: string | undefined): Field | null {
  const column = name === undefined ? undefined : columns.get(name)
  const text = column && fields[column.at]?.trim()
  if (!text || ABSENT.has(text)) return null
  const [, value = text, suffix] = /^([0-9.+-]+) ([A-Za-z%]+)$/.exec(text) ?? []
  if (suffix !== undefined && column?.unit !== undefined && suffix !== column.unit)
    throw new LineError(`${name} is in ${suffix} under a header in ${column.unit}`)
  return { value, unit: suffix ?? column?.unit }
}

type Table = { readonly columns: Columns; readonly power: PowerColumn; readonly identity: string | undefined }

/** Rows under the header last seen: a logger that was started again repeats it, perhaps with other columns. */
function createReader({ localTime, shiftMs, powerColumn: wanted, sensorPrefix, boards = 1 }: TraceOptions) {
  const names = new Map<string, string>()
  const rotation = createRotation(boards)
  let table: Table | undefined
  const open = (columns: Columns): Table => {
    const power = { name: table?.power.name ?? powerColumn(columns, wanted), prefix: sensorPrefix }
    if (!columns.has(power.name)) throw new LineError(`this header has no column ${power.name}`)
    rotation.restart()
    return { columns, power, identity: first(columns, IDENTITIES) }
  }
  const readRow = ({ columns, identity }: Table, line: string, number: number): BoardRow => {
    const fields = line.split(",")
    const turn = identity === undefined ? rotation.next() : undefined
    if (fields.length !== columns.size) throw new LineError(`${fields.length} fields under a header of ${columns.size}`)
    const get = (name: string | undefined) => fieldOf(fields, columns, name)
    const timestamp = get("timestamp")?.value
    if (timestamp === undefined) throw new LineError("no timestamp")
    const timeMs = localTime(parseLocalTime(timestamp)) + shiftMs
    const part = turn ?? get(identity)?.value
    if (part === undefined) throw new LineError(`no ${identity}`)
    if (turn !== undefined) rotation.check(turn, timeMs)
    names.set(part, get(first(columns, NAMES))?.value ?? "")
    const draw = get(table?.power.name)
    return {
      line: number,
      timeMs,
      part,
      // The tool's documentation: power is in watts, where neither header nor field says so.
      watts: draw && { value: draw.value, unit: draw.unit ?? "W" },
      busyPercent: get("utilization.gpu")?.value ?? null,
      celsius: get("temperature.gpu")?.value ?? null,
    }
  }
  return {
    names,
    table: () => table,
    read(line: string, number: number) {
      const header = parseHeader(line)
      if (header !== null) {
        table = open(header)
        return null
      }
      if (table === undefined) throw new LineError("no header above this line")
      return boardPoint(table.power, readRow(table, line, number))
    },
  }
}

/** What `nvidia-smi --query-gpu=… --format=csv` prints, columns in any order, one or several boards, local time. */
export const nvidiaSmi: TraceFormat = {
  name: "nvidia-smi",
  recognises: (lines) => lines.some((line) => parseHeader(line) !== null),
  parse(text, options): Recorded {
    const { names, table, read } = createReader(options)
    const { points, faults } = collect(text, read)
    const { power, identity } = table() ?? {}
    if (identity === undefined && options.boards === undefined) assertOneBoard(text.file, points, names.size)
    if (identity !== undefined && options.boards !== undefined && names.size !== options.boards)
      throw new TraceError(
        text.file,
        1,
        `${names.size} boards, not ${options.boards}`,
        "log all boards, or expect fewer",
      )
    return {
      points,
      faults,
      metering: power === undefined ? [] : [...names.keys()].flatMap((part) => boardMetering(power, part)),
      boundary: "gpu",
      accelerators: [...names.values()].filter((name) => name !== ""),
    }
  },
}
