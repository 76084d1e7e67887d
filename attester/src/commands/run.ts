import { spawn } from "node:child_process"
import { readFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { ARCHIVE_FILES, parseDocument, runRecord } from "@wattest/protocol"
import { type ClosedRun, DEVICE_FILES } from "../run/device.ts"
import { DeviceBusy } from "../store/lock.ts"
import { withAgent } from "./agent.ts"
import { homeOf, UsageError } from "./home.ts"
import { describe, summaryOf } from "./replay.ts"

const text = { type: "string" } as const
const OPTIONS = {
  home: text,
  config: text,
  model: text,
  unit: text,
  zone: text,
  party: text,
  workload: text,
  job: text,
  json: { type: "boolean" },
} as const

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

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"]

function report({ record, folder }: ClosedRun, json: boolean | undefined): void {
  const lines = json ? [JSON.stringify(summaryOf(record, folder))] : describe(record, folder)
  process.stderr.write(`${lines.join("\n")}\n`)
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
    throw new Error(`${url} does not answer: ${(error.cause as Error | undefined)?.message ?? error.message}`)
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(`${url}: ${answer.error}`)
  return answer
}

/** The run that an endpoint has closed, from the archive that both processes share. */
async function closedIn(home: string, folder: string): Promise<ClosedRun> {
  const own = join(home, DEVICE_FILES.archive, basename(dirname(folder)), basename(folder))
  return { record: parseDocument(await readFile(join(own, ARCHIVE_FILES.record)), runRecord, MAX_RECORD), folder: own }
}

/** Meters one command by the process that has the device already, at its local endpoint. */
async function runBeside(home: string, command: readonly string[], values: Values): Promise<number> {
  const endpoint = await endpointIn(home)
  const { config: _, home: __, json, ...labels } = values
  await post(`${endpoint}/v1/run`, { workload: command.join(" ").slice(0, 256), ...labels })
  const code = await execute(command, endpoint)
  const { folder } = await post(`${endpoint}/v1/stop`, {})
  report(await closedIn(home, String(folder)), json)
  return code
}

function runAlone(command: readonly string[], values: Values): Promise<number> {
  return withAgent(values, async ({ agent, config, endpoint }) => {
    const { model = "", unit = "", zone = config.zone, party = config.party, job = "" } = values
    const workload = await agent.startRun({
      tags: { model, unit, zone, party },
      workload: values.workload ?? command.join(" ").slice(0, 256),
      job,
      modelDigest: null,
      versions: {},
    })
    const code = await execute(command, endpoint)
    report(await workload.stop(), values.json)
    return code
  })
}

/**
 * Meters one command as a workload, with `serve` where that has the device. The summary goes to stderr, so that the
 * command's output stays its own.
 */
export async function run(args: string[]): Promise<number> {
  const at = args.indexOf("--")
  const command = at < 0 ? [] : args.slice(at + 1)
  if (command.length === 0)
    throw new UsageError("no command was given", "wattest-attest run --config agent.json -- COMMAND")
  const { values } = parseArgs({ args: args.slice(0, at), options: OPTIONS })
  return runAlone(command, values).catch((error) => {
    if (error instanceof DeviceBusy) return runBeside(homeOf(values.home), command, values)
    throw error
  })
}
