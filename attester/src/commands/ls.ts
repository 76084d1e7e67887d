import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { type Context, grid, jsonLine } from "@wattest/command"
import { ARCHIVE_FILES, deviceIdOf, parseDocument, type RunRecord, runFolder, runRecord } from "@wattest/protocol"
import { DEVICE_FILES } from "../run/device.ts"
import { type DeviceState, readDeviceLog, VOID_ROOT } from "../run/device-log.ts"
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
  return Promise.all(
    state.roots.map(async (root, i) => {
      const run = BigInt(i)
      const record = root === VOID_ROOT ? null : await recordIn(join(archive, runFolder(id, run)))
      const isAnchored = run < state.anchoredBelow
      return {
        run,
        job: record?.statement.context.job ?? "",
        model: record?.statement.model ?? "",
        energyMillijoules: record?.statement.registers.energyMillijoules ?? null,
        state: root === VOID_ROOT ? "void" : record === null ? "not here" : isAnchored ? "anchored" : "spooled",
      } as const
    }),
  )
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
