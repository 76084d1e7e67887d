import { aborted, type Context, untilStopped } from "@wattest/command"
import { type AgentOptions, withAgent } from "./agent.ts"

/** Meters until it is told to stop by SIGTERM or SIGINT. */
export async function serve(options: AgentOptions, context: Context): Promise<undefined> {
  const stop = untilStopped()
  await withAgent(options, context, async ({ agent, endpoint, metrics }) => {
    const places = [endpoint && `endpoint ${endpoint}`, metrics && `metrics ${metrics}`].filter(
      (place) => place !== null,
    )
    context.terminal.say([`metering: run ${agent.status.run}`, ...places].join(", "))
    await aborted(stop)
  })
}
