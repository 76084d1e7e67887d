import { once } from "node:events"
import type { Context } from "@wattest/command"
import { type AgentOptions, withAgent } from "./agent.ts"

/** Meters until it is told to stop by SIGTERM or SIGINT. */
export async function serve(options: AgentOptions, context: Context): Promise<undefined> {
  const told = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")])
  await withAgent(options, context, async ({ agent, endpoint }) => {
    context.terminal.say(`metering: run ${agent.status.run}${endpoint === null ? "" : `, endpoint ${endpoint}`}`)
    await told
  })
}
