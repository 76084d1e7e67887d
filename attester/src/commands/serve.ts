import { once } from "node:events"
import type { Context } from "@wattest/command"
import { type AgentOptions, withAgent } from "./agent.ts"

/** Meters until it is told to stop by SIGTERM or SIGINT. */
export async function serve(options: AgentOptions, context: Context): Promise<undefined> {
  const told = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")])
  await withAgent(options, context, async ({ agent, endpoint, metrics }) => {
    const places = [endpoint && `endpoint ${endpoint}`, metrics && `metrics ${metrics}`].filter(
      (place) => place !== null,
    )
    context.terminal.say([`metering: run ${agent.status.run}`, ...places].join(", "))
    await told
  })
}
