import { parseLocalTime } from "../time-zone.ts"
import { collect, LineError, type Recorded, TraceError, type TraceFormat, type TraceOptions } from "../trace.ts"
import { boardMetering, boardPoint } from "./board.ts"

/** The second line of a header names the units; these are the ones that dmon prints. */
const UNITS: { readonly [column: string]: string } = { gpu: "Idx", pwr: "W", gtemp: "C", sm: "%" }
const LOG_SO = "log with nvidia-smi dmon -s pu -o DT"

/** dmon prints columns under blanks, or with commas under `--format csv`. */
const split = (line: string) => line.trim().split(line.includes(",") ? /\s*,\s*/ : /\s+/)

/** Names or units of a header line, which begins with `#`. */
const headerOf = (line: string) => (line.trim().startsWith("#") ? split(line.trim().slice(1)) : null)

function assertColumns(names: readonly string[]): void {
  const lacking = ["date", "time", "gpu", "pwr"].filter((name) => !names.includes(name))
  if (lacking.length > 0) throw new LineError(`no column ${lacking.join(", ")}`, LOG_SO)
}

function assertUnits(names: readonly string[], units: readonly string[]): void {
  for (const [name, unit] of Object.entries(UNITS)) {
    const at = names.indexOf(name)
    if (at >= 0 && units[at] !== unit) throw new LineError(`${name} is in ${units[at]}, not in ${unit}`, LOG_SO)
  }
}

function createReader({ localTime, shiftMs, sensorPrefix }: TraceOptions) {
  const power = { name: "pwr", prefix: sensorPrefix, step: "1" }
  const parts = new Set<string>()
  let names: readonly string[] = []
  const read = (line: string, number: number) => {
    const header = headerOf(line)
    if (header?.some((name) => name.toLowerCase() === "gpu")) {
      names = header.map((name) => name.toLowerCase())
      assertColumns(names)
      return null
    }
    if (header !== null) {
      assertUnits(names, header)
      return null
    }
    const fields = split(line)
    if (fields.length !== names.length) throw new LineError(`${fields.length} fields under a header of ${names.length}`)
    const get = (name: string) => {
      const text = fields[names.indexOf(name)]
      return text === undefined || text === "-" ? null : text
    }
    const [date = "", time = "", part = ""] = ["date", "time", "gpu"].map((name) => get(name) ?? "")
    if (!/^[0-9]{1,4}$/.test(part)) throw new LineError(`${JSON.stringify(part)} is no index of a board`)
    const timeMs = localTime(parseLocalTime(`${date.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3")} ${time}`)) + shiftMs
    const watts = get("pwr")
    const row = { line: number, timeMs, part, busyPercent: get("sm"), celsius: get("gtemp") }
    parts.add(part)
    return boardPoint(power, { ...row, watts: watts === null ? null : { value: watts, unit: "W" } })
  }
  return { read, parts, power }
}

/** What `nvidia-smi dmon -s pu -o DT` prints: one or several boards, whole watts at whole seconds, local time. */
export const nvidiaDmon: TraceFormat = {
  name: "nvidia-smi dmon",
  recognises: (lines) => lines.some((line) => headerOf(line)?.includes("pwr")),
  parse(text, options): Recorded {
    const { read, parts, power } = createReader(options)
    const { points, faults } = collect(text, read)
    if (options.boards !== undefined && parts.size !== options.boards)
      throw new TraceError(
        text.file,
        1,
        `${parts.size} boards, not ${options.boards}`,
        "log all boards, or expect fewer",
      )
    const metering = [...parts].flatMap((part) => boardMetering(power, part))
    return { points, faults, metering, boundary: "gpu", accelerators: [] }
  },
}
