import { once } from "node:events"
import { parseArgs } from "node:util"
import { withAgent } from "./agent.ts"

/** Meters until it is told to stop by SIGTERM or SIGINT. */
export async function serve(args: string[]): Promise<void> {
  const options = { home: { type: "string" }, config: { type: "string" } } as const
  const { values } = parseArgs({ args, options })
  const told = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")])
  await withAgent(values, async ({ agent, endpoint }) => {
    process.stderr.write(`metering: run ${agent.status.run}${endpoint === null ? "" : `, endpoint ${endpoint}`}\n`)
    await told
  })
}
