import { rm } from "node:fs/promises"
import { join } from "node:path"
import type { Context, Hex } from "@wattest/command"
import { IDLE_WORKLOAD } from "@wattest/protocol"
import { Agent } from "../agent/agent.ts"
import { type AgentConfig, readAgentConfig } from "../agent/config.ts"
import { RelayerLink } from "../relay/link.ts"
import { DEVICE_FILES } from "../store/device-folder.ts"
import { writeDurably } from "../store/durable.ts"
import { portOf, serveEndpoint } from "../workload/endpoint.ts"
import { withDevice } from "./home.ts"

/** A running agent with everything around it. */
export type Running = { readonly agent: Agent; readonly config: AgentConfig; readonly endpoint: string | null }

export type AgentOptions = {
  readonly home: string
  readonly config: string
  readonly chain: number | undefined
  readonly registry: Hex | undefined
  readonly relayer: string | undefined
}

/** The relayer that the configuration names, else the one of the profile, where that says for which registry too. */
function relayerOf(config: AgentConfig, { chain, registry, relayer }: AgentOptions): AgentConfig["relayer"] {
  if (config.relayer !== null || relayer === undefined || chain === undefined || registry === undefined)
    return config.relayer
  return { url: relayer, target: { chainId: chain, registry } }
}

/**
 * Starts the agent of a device, its relayer link and its endpoint, does `work`, and ends all of them in order.
 * `handsOver`: it stays until the runs' minute is over, and hands them over.
 */
export async function withAgent<T>(
  options: AgentOptions,
  context: Context,
  work: (running: Running) => Promise<T>,
  { handsOver = false } = {},
): Promise<T> {
  const { say } = context.terminal
  const { home } = options
  const config = await readAgentConfig(options.config)
  const relayer = relayerOf(config, options)
  return withDevice(home, context, async (device) => {
    const link = relayer && new RelayerLink({ ...relayer, device, say })
    await link?.start()
    const { zone, site, party } = config
    const tags = { model: "", unit: "", zone, site, party }
    const agent = await Agent.start({
      ...config,
      device,
      plan: { ...config, vouch: device.vouch },
      idle: { tags, workload: IDLE_WORKLOAD, job: "", modelDigest: null, versions: {}, task: null, qualityRule: "" },
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
      if (endpoint !== null) await writeDurably(place, [endpoint])
      return await work({ agent, config, endpoint })
    } finally {
      await rm(place, { force: true })
      server?.close()
      server?.closeAllConnections()
      await agent.close()
      if (handsOver) await link?.handOver()
      await link?.close()
    }
  })
}
