import { spawn } from "node:child_process"
import { readFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import {
  CommandError,
  type Context,
  jsonLine,
  networkReason,
  type Outcome,
  Unreachable,
  UsageError,
} from "@wattest/command"
import { ARCHIVE_FILES, parseDocument, runRecord } from "@wattest/protocol"
import { type ClosedRun, DEVICE_FILES } from "../run/device.ts"
import { DeviceBusy } from "../store/lock.ts"
import { type AgentOptions, withAgent } from "./agent.ts"
import { describe, summaryOf } from "./replay.ts"

/** Most bytes of a run's record. */
const MAX_RECORD = 1 << 22

/** The child's exit code; by the shells' convention 128 and the signal where a signal ended it, 127 where it never began. */
function execute([command = "", ...args]: readonly string[], endpoint: string | null): Promise<number> {
  const env = endpoint === null ? process.env : { ...process.env, WATTEST_ENDPOINT: endpoint }
  const child = spawn(command, args, { stdio: "inherit", env })
  const forward = (signal: NodeJS.Signals) => child.kill(signal)
  process.on("SIGTERM", forward).on("SIGINT", forward)
  return new Promise<number>((resolve) => {
    child.once("error", (error) => {
      process.stderr.write(`error: ${command}: ${error.message}\n`)
      resolve(127)
    })
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === "SIGINT" ? 2 : 15)))
  }).finally(() => process.off("SIGTERM", forward).off("SIGINT", forward))
}

type Values = AgentOptions & {
  readonly [K in "model" | "unit" | "zone" | "party" | "workload" | "job"]: string | undefined
}

function report({ record, folder }: ClosedRun, { json, terminal }: Context): void {
  terminal.say(json ? jsonLine(summaryOf(record, folder)).trimEnd() : describe(record, folder).join("\n"))
}

/** The endpoint of the process that has the device; without one there is nobody to tell of a workload. */
async function endpointIn(home: string): Promise<string> {
  try {
    return await readFile(join(home, DEVICE_FILES.endpoint), "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    throw new UsageError(
      `another process holds the device in ${home} and has no local endpoint`,
      'put "port": 0 into the configuration of wattest-attest serve and start it again, or stop it first',
    )
  }
}

async function post(url: string, body: object): Promise<{ readonly [name: string]: unknown }> {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
  const response = await fetch(url, request).catch((error: Error) => {
    throw new Unreachable(
      `${url} does not answer: ${networkReason(error) ?? "the request failed"}`,
      "is the agent running?",
    )
  })
  const answer = await response.json()
  if (!response.ok) throw new CommandError(`the agent refuses: ${answer.error}`, "see its own output")
  return answer
}

/** The run that an endpoint has closed, from the archive that both processes share. */
async function closedIn(home: string, folder: string): Promise<ClosedRun> {
  const own = join(home, DEVICE_FILES.archive, basename(dirname(folder)), basename(folder))
  return { record: parseDocument(await readFile(join(own, ARCHIVE_FILES.record)), runRecord, MAX_RECORD), folder: own }
}

/** Meters one command by the process that has the device already, at its local endpoint. */
async function runBeside(command: readonly string[], values: Values, context: Context): Promise<number> {
  const { home, model, unit, zone, party, job, workload = command.join(" ").slice(0, 256) } = values
  const endpoint = await endpointIn(home)
  await post(`${endpoint}/v1/run`, { model, unit, zone, party, job, workload })
  const code = await execute(command, endpoint)
  const { folder } = await post(`${endpoint}/v1/stop`, {})
  report(await closedIn(home, String(folder)), context)
  return code
}

function runAlone(command: readonly string[], values: Values, context: Context): Promise<number> {
  return withAgent(values, context, async ({ agent, config, endpoint }) => {
    const { model = "", unit = "", zone = config.zone, party = config.party, job = "" } = values
    const workload = await agent.startRun({
      tags: { model, unit, zone, party },
      workload: values.workload ?? command.join(" ").slice(0, 256),
      job,
      modelDigest: null,
      versions: {},
    })
    const code = await execute(command, endpoint)
    report(await workload.stop(), context)
    return code
  })
}

/** Meters one command as a workload, with `serve` where that has the device. */
export async function run(values: Values, command: readonly string[], context: Context): Promise<Outcome> {
  if (command.length === 0)
    throw new UsageError("no command was given to meter", "write it behind --, as in: -- python serve.py")
  const exit = await runAlone(command, values, context).catch((error) => {
    if (error instanceof DeviceBusy) return runBeside(command, values, context)
    throw error
  })
  return { exit, next: values.relayer === undefined ? "device submit" : "prove certificate" }
}
