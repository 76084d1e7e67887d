import { parseArgs } from "node:util"
import { BOUNDARIES, GRADES, type RunRecord } from "@wattest/protocol"
import { replay as replayTraces } from "../replay.ts"
import { parseDuration } from "./duration.ts"
import { homeOf, parseWhole, print, UsageError, withDevice } from "./home.ts"

const text = { type: "string" } as const
const OPTIONS = {
  home: text,
  from: text,
  to: text,
  interval: { type: "string", default: "10s" },
  "utc-offset": text,
  "time-zone": text,
  "power-column": text,
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
  json: { type: "boolean" },
} as const

function oneOf<const T extends string>(flag: string, value: string | undefined, choices: readonly T[]): T | undefined {
  const found = choices.find((choice) => choice === value)
  if (value !== undefined && found === undefined)
    throw new UsageError(`no ${flag} ${value}`, `use ${choices.join(", ")}`)
  return found
}

function count(flag: string, value: string | undefined): bigint | undefined {
  if (value === undefined) return undefined
  if (!/^[0-9]{1,19}$/.test(value)) throw new UsageError(`${flag} must be a whole number`, `write ${flag} 1000`)
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

export async function replay(args: string[]): Promise<void> {
  const { values, positionals: traces } = parseArgs({ args, options: OPTIONS, allowPositionals: true })
  if (traces.length === 0) throw new UsageError("no trace was given", "wattest-attest replay TRACE…")
  const { model = "", unit = "", zone = "", party = "", from, to, workload, job } = values
  const options = {
    traces,
    intervalMs: parseDuration("--interval", values.interval),
    tags: { model, unit, zone, party },
    ...given({
      from,
      to,
      workload,
      job,
      utcOffset: values["utc-offset"],
      timeZone: values["time-zone"],
      powerColumn: values["power-column"],
      record: values.record === undefined ? undefined : parseWhole(values.record, "--record"),
      boundary: oneOf("--boundary", values.boundary, BOUNDARIES),
      grade: oneOf("--grade", values.grade, GRADES),
      work: count("--work", values.work),
      accepted: count("--accepted", values.accepted),
      carbonIntensity: factor("--carbon-intensity", values["carbon-intensity"]),
      waterIntensity: factor("--water-intensity", values["water-intensity"]),
    }),
  }
  const { record, folder } = await withDevice(homeOf(values.home), (device) => replayTraces(device, options))
  print(values.json, summaryOf(record, folder), describe(record, folder))
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
