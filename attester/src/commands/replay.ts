import type { Context } from "@wattest/command"
import type { RunRecord } from "@wattest/protocol"
import { type ReplayOptions, replay as replayTraces } from "../replay.ts"
import { print, withDevice } from "./home.ts"

/** Leaves out what is undefined. */
const given = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

type Texts =
  | "from"
  | "to"
  | "workload"
  | "job"
  | "model"
  | "unit"
  | "zone"
  | "party"
  | "utc-offset"
  | "time-zone"
  | "power-column"
  | "carbon-intensity"
  | "water-intensity"
type Options = { readonly [K in Texts]: string | undefined } & {
  readonly [K in "record" | "boundary" | "grade" | "work" | "accepted"]: ReplayOptions[K] | undefined
} & { readonly home: string; readonly interval: number }

export async function replay(traces: readonly string[], options: Options, context: Context): Promise<undefined> {
  const { home, model = "", unit = "", zone = "", party = "", interval: intervalMs, ...rest } = options
  const { from, to, workload, job, record, boundary, grade, work, accepted } = rest
  const chosen = given({
    from,
    to,
    workload,
    job,
    record,
    boundary,
    grade,
    work,
    accepted,
    utcOffset: rest["utc-offset"],
    timeZone: rest["time-zone"],
    powerColumn: rest["power-column"],
    carbonIntensity: rest["carbon-intensity"],
    waterIntensity: rest["water-intensity"],
  })
  const closed = await withDevice(home, context, (device) =>
    replayTraces(device, { traces, intervalMs, tags: { model, unit, zone, party }, ...chosen }),
  )
  print(context, summaryOf(closed.record, closed.folder), describe(closed.record, closed.folder))
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
