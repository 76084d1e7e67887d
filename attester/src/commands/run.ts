import { spawn } from "node:child_process"
import { parseArgs } from "node:util"
import { withAgent } from "./agent.ts"
import { UsageError } from "./home.ts"
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

/** Meters one command as a workload. The summary goes to stderr, so that the command's output stays its own. */
export async function run(args: string[]): Promise<number> {
  const at = args.indexOf("--")
  const command = at < 0 ? [] : args.slice(at + 1)
  if (command.length === 0)
    throw new UsageError("no command was given", "wattest-attest run --config agent.json -- COMMAND")
  const { values } = parseArgs({ args: args.slice(0, at), options: OPTIONS })
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
    const { record, folder } = await workload.stop()
    const lines = values.json ? [JSON.stringify(summaryOf(record, folder))] : describe(record, folder)
    process.stderr.write(`${lines.join("\n")}\n`)
    return code
  })
}
