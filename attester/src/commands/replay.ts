import { basename } from "node:path"
import { parseArgs } from "node:util"
import { BOUNDARIES, GRADES, type RunRecord } from "@wattest/protocol"
import { type PreparedReplay, prepareReplay, type ReplayOptions, replayPrepared } from "../replay.ts"
import type { ClosedRun } from "../run/device.ts"
import { homesOf, tracesOf } from "../traces/folder.ts"
import type { TraceClock } from "../traces/recording/recording.ts"
import { parseDuration, parseShift } from "./duration.ts"
import { homeOf, parseWhole, print, UsageError, withDevice } from "./home.ts"

const text = { type: "string" } as const
const texts = { type: "string", multiple: true } as const
const flag = { type: "boolean" } as const
const OPTIONS = {
  home: text,
  sum: flag,
  each: flag,
  from: text,
  to: text,
  clip: flag,
  hold: flag,
  bridge: flag,
  interval: { type: "string", default: "10s" },
  "utc-offset": texts,
  "time-zone": texts,
  shift: texts,
  "power-column": text,
  boards: text,
  record: text,
  boundary: text,
  grade: text,
  model: text,
  unit: text,
  zone: text,
  party: text,
  workload: text,
  job: text,
  work: text,
  accepted: text,
  "carbon-intensity": text,
  "water-intensity": text,
  json: flag,
} as const
type Values = ReturnType<typeof parse>["values"]

const parse = (args: string[]) => parseArgs({ args, options: OPTIONS, allowPositionals: true })

function oneOf<const T extends string>(flag: string, value: string | undefined, choices: readonly T[]): T | undefined {
  const found = choices.find((choice) => choice === value)
  if (value !== undefined && found === undefined)
    throw new UsageError(`no ${flag} ${value}`, `use ${choices.join(", ")}`)
  return found
}

function count(flag: string, value: string | undefined): bigint | undefined {
  if (value === undefined) return undefined
  if (!/^[0-9]{1,18}$/.test(value))
    throw new UsageError(`${flag} must be a whole number below 10^18`, `write ${flag} 1000`)
  return BigInt(value)
}

function factor(flag: string, value: string | undefined): string | undefined {
  if (value !== undefined && !/^(?:0|[1-9][0-9]{0,6})(?:\.[0-9]{1,9})?$/.test(value))
    throw new UsageError(`${flag} must be a decimal number`, `write ${flag} 233.5`)
  return value
}

/** Leaves out what is undefined. */
const given = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

/** Of two flags at most one; its name, or undefined. */
function eitherOf<const A extends string, const B extends string>(
  values: { readonly [flag: string]: unknown },
  a: A,
  b: B,
): A | B | undefined {
  if (values[a] && values[b]) throw new UsageError(`--${a} and --${b} exclude each other`, `give one of them`)
  return values[a] ? a : values[b] ? b : undefined
}

/** Values of a repeated option: one for all traces, or `FILE=value` for one. */
function perTrace(flag: string, values: readonly string[] | undefined, files: readonly string[]) {
  const single = new Map<string, string>()
  let common: string | undefined
  for (const value of values ?? []) {
    const at = value.lastIndexOf("=")
    const [name, own] = [value.slice(0, Math.max(at, 0)), value.slice(at + 1)]
    if (at < 0) common = value
    else if (files.some((file) => basename(file) === name)) single.set(name, own)
    else throw new UsageError(`${flag}: no trace is called ${name}`, `write ${flag} VALUE, or ${flag} FILE=VALUE`)
  }
  return { common, single }
}

/** The clock of all traces, and those of single ones by file name. */
function clocksOf(values: Values, files: readonly string[]) {
  const offset = perTrace("--utc-offset", values["utc-offset"], files)
  const zone = perTrace("--time-zone", values["time-zone"], files)
  const shift = perTrace("--shift", values.shift, files)
  const shiftMs = (text: string | undefined) => (text === undefined ? undefined : parseShift("--shift", text))
  const names = new Set([...offset.single.keys(), ...zone.single.keys(), ...shift.single.keys()])
  const clocks = new Map<string, TraceClock>()
  for (const name of names) {
    const [utcOffset, timeZone] = [offset.single.get(name), zone.single.get(name)]
    clocks.set(name, given({ utcOffset, timeZone, shiftMs: shiftMs(shift.single.get(name)) }))
  }
  return { clocks, ...given({ utcOffset: offset.common, timeZone: zone.common, shiftMs: shiftMs(shift.common) }) }
}

function optionsOf(values: Values, traces: readonly string[]): ReplayOptions {
  const { model = "", unit = "", zone = "", party = "", from, to, workload, job, bridge, boards, record } = values
  return {
    traces,
    intervalMs: parseDuration("--interval", values.interval),
    tags: { model, unit, zone, party },
    ...clocksOf(values, traces),
    ...given({
      from,
      to,
      workload,
      job,
      bridge,
      coverage: eitherOf(values, "clip", "hold"),
      powerColumn: values["power-column"],
      boards: boards === undefined ? undefined : parseWhole(boards, "--boards") || 1,
      record: record === undefined ? undefined : parseWhole(record, "--record"),
      boundary: oneOf("--boundary", values.boundary, BOUNDARIES),
      grade: oneOf("--grade", values.grade, GRADES),
      work: count("--work", values.work),
      accepted: count("--accepted", values.accepted),
      carbonIntensity: factor("--carbon-intensity", values["carbon-intensity"]),
      waterIntensity: factor("--water-intensity", values["water-intensity"]),
    }),
  }
}

export async function replay(args: string[]): Promise<void> {
  const { values, positionals } = parse(args)
  if (positionals.length === 0) throw new UsageError("no trace was given", "wattest-attest replay TRACE…")
  const { files, notes } = await tracesOf(positionals)
  const how = eitherOf(values, "sum", "each")
  if (files.length > 1 && how === undefined)
    throw new UsageError(
      `${files.length} traces, and nothing says how they belong together`,
      "say --sum where they are parts of this one device, or --each where each is a device of its own",
    )
  for (const note of notes) console.error(`note: ${note}`)
  if (how === "each") return replayEach(values, files)
  const { record, folder } = await commit(homeOf(values.home), await prepareReplay(optionsOf(values, files)))
  print(values.json, summaryOf(record, folder), describe(record, folder))
}

const commit = (home: string, prepared: PreparedReplay): Promise<ClosedRun> => {
  for (const note of prepared.recording.notes) console.error(`note: ${note}`)
  return withDevice(home, (device) => replayPrepared(device, prepared))
}

/** Each trace into the device of its name; all are read before the first run takes its number. */
async function replayEach(values: Values, files: readonly string[]): Promise<void> {
  if (values.work !== undefined || values.accepted !== undefined)
    throw new UsageError(
      "--work of all traces would count once for each",
      "declare the work of one device, or use --sum",
    )
  const homes = await homesOf(homeOf(values.home), files)
  const prepared = new Map<string, PreparedReplay>()
  for (const [file, home] of homes)
    prepared.set(home, await prepareReplay({ ...optionsOf(values, files), traces: [file] }))
  const runs: ClosedRun[] = []
  for (const [home, replay] of prepared) runs.push(await commit(home, replay))
  print(
    values.json,
    runs.map(({ record, folder }) => summaryOf(record, folder)),
    runs.flatMap(({ record, folder }) => [...describe(record, folder), ""]),
  )
}

/** What machines want to know of a closed run. */
export function summaryOf({ run, root, statement }: RunRecord, folder: string) {
  const { registers, captures, startTimeMs, endTimeMs, energyGrade, workGrade } = statement
  const totals = Object.fromEntries(Object.entries(registers).map(([name, value]) => [name, value.toString()]))
  return {
    run: run.toString(),
    root,
    folder,
    captures,
    startTimeMs,
    endTimeMs,
    energyGrade,
    workGrade,
    registers: totals,
  }
}

const joules = (millijoules: bigint) => `${millijoules / 1000n}.${(millijoules % 1000n).toString().padStart(3, "0")} J`

/** What people want to know of a closed run. */
export function describe({ run, root, statement }: RunRecord, folder: string): readonly string[] {
  const { registers: r, captures, startTimeMs, endTimeMs, energyGrade, workGrade, status, unit } = statement
  return [
    `run       ${run} (${status}, ${captures} captures, ${(endTimeMs - startTimeMs) / 1000} s)`,
    `energy    ${joules(r.energyMillijoules)} ± ${joules(r.uncertaintyMillijoules)} (k = 2, ${energyGrade})`,
    `idle      ${joules(r.idleMillijoules)} of ${joules(r.acceleratorMillijoules)} of the accelerators`,
    `work      ${r.workUnits} ${unit} (${workGrade}), ${r.acceptedUnits} accepted`,
    `root      ${root}`,
    `folder    ${folder}`,
  ]
}
