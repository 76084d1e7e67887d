import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { type Context, grid, type Hex, jsonLine } from "@wattest/command"
import { ARCHIVE_FILES, deviceIdOf, parseDocument, type RunRecord, runFolder, runRecord } from "@wattest/protocol"
import { type DeviceState, readDeviceLog, VOID_ROOT } from "../run/device-log.ts"
import { DEVICE_FILES } from "../store/device-folder.ts"
import { noDevice } from "./home.ts"

const MAX_RECORD_BYTES = 1 << 22
const MILLIJOULES_PER_JOULE = 1000n

/** A run as a device knows it. */
export type ListedRun = {
  readonly run: bigint
  readonly job: string
  readonly model: string
  readonly energyMillijoules: bigint | null
  readonly state: "void" | "spooled" | "anchored" | "not here"
}

async function recordIn(folder: string): Promise<RunRecord | null> {
  const bytes = await readFile(join(folder, ARCHIVE_FILES.record)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null
    throw error
  })
  return bytes && parseDocument(bytes, runRecord, MAX_RECORD_BYTES)
}

/** What a device says of itself; another process may be metering with it. Throws a UsageError where there is none. */
export async function stateOf(home: string): Promise<DeviceState> {
  const names = await readdir(home).catch(() => [] as string[])
  if (!names.includes(DEVICE_FILES.log)) throw noDevice(home)
  return readDeviceLog(join(home, DEVICE_FILES.log))
}

/** Every settled run of a device, the oldest first. Spooled: signed and not known to be anchored. */
export async function listRuns(state: Readonly<DeviceState>, archive: string): Promise<readonly ListedRun[]> {
  const id = deviceIdOf(state.device)
  const runs: ListedRun[] = []
  // One after the other: a device of years has more runs than a process may have files open.
  for (const [i, root] of state.roots.entries()) {
    const run = BigInt(i)
    const record = root === VOID_ROOT ? null : await recordIn(join(archive, runFolder(id, run)))
    const { context, model = "", registers } = record?.statement ?? {}
    runs.push({
      run,
      job: context?.job ?? "",
      model,
      energyMillijoules: registers?.energyMillijoules ?? null,
      state: stateOfRun(root, record, run < state.anchoredBelow),
    })
  }
  return runs
}

function stateOfRun(root: Hex, record: RunRecord | null, isAnchored: boolean): ListedRun["state"] {
  if (root === VOID_ROOT) return "void"
  if (record === null) return "not here"
  return isAnchored ? "anchored" : "spooled"
}

const joules = (millijoules: bigint | null) =>
  millijoules === null
    ? "-"
    : `${millijoules / MILLIJOULES_PER_JOULE}.${`${millijoules % MILLIJOULES_PER_JOULE}`.padStart(3, "0")} J`

export async function ls({ home }: { readonly home: string }, context: Context): Promise<undefined> {
  const state = await stateOf(home)
  const runs = await listRuns(state, join(home, DEVICE_FILES.archive))
  const { terminal, json } = context
  if (json) terminal.print(jsonLine(runs))
  else if (runs.length === 0) terminal.print("no run is closed yet\n")
  else
    terminal.print(
      grid(
        ["RUN", "JOB", "MODEL", "ENERGY", "STATE"],
        runs.map(({ run, job, model, energyMillijoules, state }) => [
          `${run}`,
          job || "-",
          model || "-",
          joules(energyMillijoules),
          state,
        ]),
      ),
    )
}
