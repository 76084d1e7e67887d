import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Agent } from "../agent/agent.ts"
import { type AgentConfig, readAgentConfig } from "../agent/config.ts"
import { portOf, serveEndpoint } from "../agent/endpoint.ts"
import { RelayerLink } from "../agent/relayer-link.ts"
import { DEVICE_FILES } from "../run/device.ts"
import { homeOf, UsageError, withDevice } from "./home.ts"

/** A running agent with everything around it. */
export type Running = { readonly agent: Agent; readonly config: AgentConfig; readonly endpoint: string | null }

const say = (line: string) => process.stderr.write(`${line}\n`)

/** Starts the agent of a device, its relayer link and its endpoint, does `work`, and ends all of them in order. */
export async function withAgent<T>(
  values: { readonly home?: string | undefined; readonly config?: string | undefined },
  work: (running: Running) => Promise<T>,
): Promise<T> {
  const { config: path } = values
  if (path === undefined)
    throw new UsageError("no configuration was given", "write --config agent.json; docs/attester.md has one")
  const config = await readAgentConfig(path)
  const home = homeOf(values.home)
  return withDevice(home, async (device) => {
    const link = config.relayer && new RelayerLink({ ...config.relayer, device, say })
    await link?.start()
    const { zone, party } = config
    const tags = { model: "", unit: "", zone, party }
    const agent = await Agent.start({
      ...config,
      device,
      plan: config,
      idle: { tags, workload: "idle", job: "", modelDigest: null, versions: {} },
      beacon: () => link?.beacon() ?? null,
      closed: ({ record }) => {
        say(`run ${record.run} closed: ${record.root}`)
        link?.nudge()
      },
      say,
    })
    const server = config.port === null ? null : await serveEndpoint(agent, config.port, config)
    const endpoint = server && `http://127.0.0.1:${portOf(server)}`
    const place = join(home, DEVICE_FILES.endpoint)
    try {
      if (endpoint !== null) await writeFile(place, endpoint)
      return await work({ agent, config, endpoint })
    } finally {
      await rm(place, { force: true })
      server?.close()
      server?.closeAllConnections()
      await agent.close()
      await link?.close()
    }
  })
}
