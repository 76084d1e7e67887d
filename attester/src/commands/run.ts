import { type ChildProcess, spawn } from "node:child_process"
import { readFile } from "node:fs/promises"
import { constants } from "node:os"
import { basename, dirname, join, resolve } from "node:path"
import {
  type Access,
  askAgent,
  type Context,
  jsonLine,
  type Outcome,
  UsageError,
  type ValuesOf,
} from "@wattest/command"
import {
  ARCHIVE_FILES,
  parseDocument,
  Rejection,
  type RunTask,
  runRecord,
  runTask,
  shape,
  withoutSteering,
} from "@wattest/protocol"
import { cutName } from "../agent/reading.ts"
import type { LABELS, TASK } from "../cli/options.ts"
import type { ClosedRun } from "../run/device.ts"
import { summaryOf } from "../run/summary.ts"
import { DEVICE_FILES } from "../store/device-folder.ts"
import { DeviceBusy } from "../store/lock.ts"
import { readAccess } from "../workload/access.ts"
import { ANY_PORT } from "../workload/listening.ts"
import { type AgentOptions, type Running, withAgent } from "./agent.ts"
import { describe } from "./replay.ts"

/** Most bytes of a run's record. */
const MAX_RECORD = 1 << 22

/** Signals that ask a process to end, which are passed on to the command. */
const PASSED = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const

/** Of a command that never began, by the shells' convention: 127 where there is none, 126 where it cannot be run. */
function notBegun(command: string, { code, message }: NodeJS.ErrnoException): number {
  const isAbsent = code === "ENOENT"
  const reason = isAbsent ? "there is no such command" : code === "EACCES" ? "it may not be executed" : message
  process.stderr.write(`error: ${command}: ${reason}\n`)
  return isAbsent ? 127 : 126
}

/** The file that says how the endpoint of a device's folder is reached. */
export const endpointFile = (home: string): string => resolve(home, DEVICE_FILES.endpoint)

/** Where a command tells of its work, and of which workload: what it said of another would be counted for this one. */
type Told = { readonly endpoint: string; readonly workload: string }

/** The command finds the endpoint by the file that says how it is reached, and never by a token in its environment. */
function begin([command = "", ...args]: readonly string[], { endpoint, workload }: Told): ChildProcess {
  const env = { ...process.env, WATTEST_ENDPOINT: endpoint, WATTEST_WORKLOAD: workload }
  return spawn(command, args, { stdio: "inherit", env, detached: !process.stdin.isTTY })
}

/**
 * The command's exit status: by the shells' convention 128 and the signal where a signal ended it. A signal reaches it
 * once: what a terminal sends goes to all of its processes already, and is not passed on; without one the command has a
 * process group of its own, and gets what is passed on alone.
 */
export async function execute(command: readonly string[], told: Told): Promise<number> {
  const [name = ""] = command
  let child: ChildProcess | undefined
  const pass = (signal: NodeJS.Signals) => {
    if (!process.stdin.isTTY || signal === "SIGTERM") child?.kill(signal)
  }
  for (const signal of PASSED) process.on(signal, pass)
  try {
    const begun = begin(command, told)
    child = begun
    return await new Promise<number>((ended) => {
      begun.once("error", (error) => ended(notBegun(name, error)))
      begun.once("exit", (code, signal) => ended(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
    })
  } catch (error) {
    return notBegun(name, error as NodeJS.ErrnoException)
  } finally {
    for (const signal of PASSED) process.off(signal, pass)
  }
}

/** What a command is called where nobody names it: its program, since arguments may hold what nobody should read. */
export const nameOf = ([command = ""]: readonly string[]): string => cutName(withoutSteering(basename(command)), 64)

type Values = AgentOptions & ValuesOf<typeof LABELS & typeof TASK>

/** What the work is; null where nothing is said of it. */
function taskOf({ task, dataset, precision, batch }: Values): RunTask | null {
  if (task === undefined && dataset === undefined && precision === undefined && batch === undefined) return null
  return { family: task ?? "", dataset: dataset ?? null, precision: precision ?? "", batch: batch ?? null }
}

function report({ record, folder }: ClosedRun, { json, terminal }: Context): void {
  terminal.say(json ? jsonLine(summaryOf(record, folder)).trimEnd() : describe(record, folder).join("\n"))
}

/** The endpoint of the process that has the device; without one there is nobody to tell of a workload. */
async function endpointIn(home: string): Promise<Access> {
  try {
    return await readAccess(home)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    throw new UsageError(
      `another process holds the device in ${home} and has no local endpoint`,
      'put "port": 0 into the configuration of wattest device serve and start it again, or stop it first',
    )
  }
}

/** The run that an endpoint has closed, from the archive that both processes share. */
async function closedIn(home: string, folder: string): Promise<ClosedRun> {
  const own = join(home, DEVICE_FILES.archive, basename(dirname(folder)), basename(folder))
  return { record: parseDocument(await readFile(join(own, ARCHIVE_FILES.record)), runRecord, MAX_RECORD), folder: own }
}

/** Meters one command by the process that has the device already, at its local endpoint. */
async function runBeside(command: readonly string[], values: Values, context: Context): Promise<number> {
  const { home, model, unit, zone, site, party, job, quality: qualityRule, workload = nameOf(command) } = values
  const endpoint = await endpointIn(home)
  const labels = { model, unit, zone, site, party, job, workload, qualityRule, task: taskOf(values) }
  await askAgent(endpoint, "/v1/run", labels)
  const code = await execute(command, { endpoint: endpointFile(home), workload })
  const { folder } = await askAgent(endpoint, "/v1/stop", { exitStatus: code })
  report(await closedIn(home, String(folder)), context)
  return code
}

function runAlone(command: readonly string[], values: Values, context: Context): Promise<number> {
  const work = async ({ agent, config }: Running) => {
    const { model = "", unit = "", zone = config.zone, site = config.site, party = config.party, job = "" } = values
    const { workload: called = nameOf(command) } = values
    const workload = await agent.startRun({
      tags: { model, unit, zone, site, party },
      workload: called,
      job,
      modelDigest: null,
      versions: {},
      task: taskOf(values),
      qualityRule: values.quality ?? "",
    })
    const code = await execute(command, { endpoint: endpointFile(values.home), workload: called })
    report(await workload.stop(code), context)
    return code
  }
  return withAgent(values, context, work, { handsOver: true, endpoint: ANY_PORT })
}

const label = shape.label()

/** Throws a UsageError naming the option, before anything starts. */
function refuseLabels(values: Values): void {
  const { model, unit, zone, site, party, job, workload, quality } = values
  try {
    for (const [name, value] of Object.entries({ model, unit, zone, site, party, job, workload, quality }))
      if (value !== undefined) label(value, name)
    const task = taskOf(values)
    if (task !== null) runTask(task, "task")
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new UsageError(
      `--${error.detail}`,
      "a label has at most 256 bytes of UTF-8 in Unicode normal form C and no control characters; a task 64, a precision 32",
    )
  }
}

/** Meters one command as a workload, with `serve` where that has the device. */
export async function run(values: Values, command: readonly string[], context: Context): Promise<Outcome> {
  if (command.length === 0)
    throw new UsageError("no command was given to meter", "write it behind --, as in: -- python serve.py")
  refuseLabels(values)
  const exit = await runAlone(command, values, context).catch((error) => {
    if (error instanceof DeviceBusy) return runBeside(command, values, context)
    throw error
  })
  return { exit, next: values.relayer === undefined ? "device submit" : "prove certificate" }
}
