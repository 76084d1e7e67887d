import { basename, join } from "node:path"
import { type Context, printable, readObject, UsageError, type ValuesOf } from "@wattest/command"
import { type Group, groupOf, type Hex, jobPlan, plural, type RunRecord, toJson } from "@wattest/protocol"
import type { PerTrace, REPLAY } from "../cli/options.ts"
import { openKey } from "../keys/key-place.ts"
import { deviceOf } from "../keys/signer.ts"
import { planOf } from "../launch/meeting.ts"
import { openPlans } from "../launch/plans.ts"
import { type PreparedReplay, prepareReplay, type ReplayOptions, replayPrepared } from "../replay.ts"
import type { ClosedRun } from "../run/device.ts"
import { summaryOf } from "../run/summary.ts"
import { DEVICE_FILES } from "../store/device-folder.ts"
import { homesOf, tracesOf } from "../traces/folder.ts"
import type { TraceClock } from "../traces/recording/recording.ts"
import { noDevice, print, withDevice } from "./home.ts"

/** Longest plan of a part, in bytes. */
const MAX_PLAN = 16 * 1024 * 1024

type Options = ValuesOf<typeof REPLAY>

/** Leaves out what is undefined. */
const given = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

/** Of two switches at most one; its name, or undefined. */
function eitherOf<const A extends string, const B extends string>(
  options: { readonly [option in A | B]: boolean },
  a: A,
  b: B,
): A | B | undefined {
  if (options[a] && options[b]) throw new UsageError(`--${a} and --${b} exclude each other`, "give one of them")
  return options[a] ? a : options[b] ? b : undefined
}

/** The value of an option for all traces, under null, and those of single ones by file name. */
function valuesBy<T>(option: string, values: readonly PerTrace<T>[], files: readonly string[]) {
  const found = new Map<string | null, T>()
  for (const { file, value } of values) {
    if (file !== null && !files.some((path) => basename(path) === file))
      throw new UsageError(
        `--${option}: no trace is called ${file}`,
        `write --${option}=VALUE, or --${option} FILE=VALUE`,
      )
    if (found.has(file))
      throw new UsageError(
        `--${option} is given twice${file === null ? "" : ` for ${file}`}`,
        "give it once for each trace",
      )
    found.set(file, value)
  }
  return found
}

/** The clock of all traces, and those of single ones by file name. */
function clocksOf(options: Options, files: readonly string[]) {
  const offset = valuesBy("utc-offset", options["utc-offset"], files)
  const zone = valuesBy("time-zone", options["time-zone"], files)
  const shift = valuesBy("shift", options.shift, files)
  const clockOf = (file: string | null): TraceClock =>
    given({ utcOffset: offset.get(file), timeZone: zone.get(file), shiftMs: shift.get(file) })
  const names = [...offset.keys(), ...zone.keys(), ...shift.keys()].filter((name) => name !== null)
  return { clocks: new Map(names.map((name) => [name, clockOf(name)])), ...clockOf(null) }
}

function choiceOf(options: Options, traces: readonly string[], group?: Group): ReplayOptions {
  const {
    model = "",
    unit = "",
    zone = "",
    site = "",
    party = "",
    from,
    to,
    workload,
    job,
    bridge,
    boards,
    record,
  } = options
  const { boundary, grade, work, accepted } = options
  return {
    traces,
    intervalMs: options.interval,
    tags: { model, unit, zone, site, party },
    bridge,
    ...clocksOf(options, traces),
    ...given({
      from,
      to,
      coverage: eitherOf(options, "clip", "hold"),
      workload,
      job,
      group,
      boards,
      record,
      boundary,
      ratingWatts: options.rating,
      grade,
      work,
      accepted,
      input: options.input,
      powerColumn: options["power-column"],
      carbonIntensity: options["carbon-intensity"],
      waterIntensity: options["water-intensity"],
    }),
  }
}

export async function replay(paths: readonly string[], options: Options, context: Context): Promise<undefined> {
  const { files, notes } = await tracesOf(paths)
  const how = eitherOf(options, "sum", "each")
  if (files.length > 1 && how === undefined)
    throw new UsageError(
      `${files.length} traces, and nothing says how they belong together`,
      "say --sum where they are parts of this one device, or --each where each is a device of its own",
    )
  note(context, notes)
  if (how === "each") return replayEach(options, files, context)
  if (options.group !== undefined)
    throw new UsageError("--group makes a job of several devices", "say --each, or name the part's plan with --plan")
  const group = options.plan === undefined ? undefined : groupIn(options.plan, [await deviceIn(options.home)])
  const { record, folder } = await commit(options.home, await prepareReplay(choiceOf(options, files, group)), context)
  print(context, summaryOf(record, folder), describe(record, folder))
}

/** The place in a job that a plan gives to devices, all of which it must list. */
function groupIn(path: string, devices: readonly Hex[]): Group {
  const plan = jobPlan(toJson(readObject(path, MAX_PLAN, "the plan of a job's part")), "plan")
  const foreign = devices.find((device) => !plan.devices.includes(device))
  if (foreign !== undefined) throw new UsageError(`${path} does not list device ${foreign}`, "is it this part's plan?")
  return groupOf(plan)
}

async function deviceIn(home: string): Promise<Hex> {
  const signer = await openKey(home).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? noDevice(home) : error
  })
  await signer.close()
  return deviceOf(signer)
}

/** The place of devices in a job: by the plan that is there, or as part 0 of a new one. */
async function placeOf({ plan, group: job, home }: Options, homes: Iterable<string>): Promise<Group | undefined> {
  if (plan !== undefined && job !== undefined) throw new UsageError("--plan and --group exclude each other", "give one")
  if (plan === undefined && job === undefined) return undefined
  const devices: Hex[] = []
  for (const own of homes) devices.push(await deviceIn(own))
  if (job === undefined) return groupIn(plan ?? "", devices)
  const made = planOf(
    { job, nodes: devices.length, sharedWork: false },
    devices.map((device, node) => ({ node, device, last: null })),
  )
  await openPlans(join(home, DEVICE_FILES.jobs)).keep(made)
  return groupOf(made)
}

function note({ terminal }: Context, notes: readonly string[]): void {
  for (const said of notes) terminal.say(`note: ${printable(said)}`)
}

function commit(home: string, prepared: PreparedReplay, context: Context): Promise<ClosedRun> {
  note(context, prepared.recording.notes)
  return withDevice(home, context, (device) => replayPrepared(device, prepared))
}

/** Each trace into the device of its name; all are read before the first run takes its number. */
async function replayEach(options: Options, files: readonly string[], context: Context): Promise<undefined> {
  if (options.work !== undefined || options.accepted !== undefined)
    throw new UsageError(
      "--work of all traces would count once for each",
      "declare the work of one device, or use --sum",
    )
  const homes = await homesOf(options.home, files)
  const choice = choiceOf(options, files, await placeOf(options, homes.values()))
  const prepared = new Map<string, PreparedReplay>()
  for (const [file, home] of homes) prepared.set(home, await prepareReplay({ ...choice, traces: [file] }))
  const runs: ClosedRun[] = []
  for (const [home, replay] of prepared) runs.push(await commit(home, replay, context))
  print(
    context,
    runs.map(({ record, folder }) => summaryOf(record, folder)),
    runs.flatMap(({ record, folder }) => [...describe(record, folder), ""]),
  )
}

const joules = (millijoules: bigint) => `${millijoules / 1000n}.${(millijoules % 1000n).toString().padStart(3, "0")} J`

/** What people want to know of a closed run. */
export function describe({ run, root, statement }: RunRecord, folder: string): readonly string[] {
  const { registers: r, captures, startTimeMs, endTimeMs, energyGrade, workGrade, status, unit } = statement
  return [
    `run       ${run} (${status}, ${plural(captures, "capture")}, ${(endTimeMs - startTimeMs) / 1000} s)`,
    `energy    ${joules(r.energyMillijoules)} ± ${joules(r.uncertaintyMillijoules)} (k = 2, ${energyGrade})`,
    `idle      ${joules(r.idleMillijoules)} of ${joules(r.acceleratorMillijoules)} of the accelerators`,
    `work      ${r.workUnits} ${unit} (${workGrade}), ${r.acceptedUnits} accepted`,
    `root      ${root}`,
    `folder    ${folder}`,
  ]
}
