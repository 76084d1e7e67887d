import type { Context, Hex } from "@wattest/command"
import { IDLE_WORKLOAD } from "@wattest/protocol"
import { Agent } from "../agent/agent.ts"
import { type AgentConfig, readAgentConfig } from "../agent/config.ts"
import { type Page, serveMetrics } from "../metrics/serve.ts"
import { viewOf } from "../metrics/view.ts"
import { ArchiveLink } from "../relay/archive-link.ts"
import { RelayerLink } from "../relay/link.ts"
import type { Device } from "../run/device.ts"
import { removeAccess } from "../workload/access.ts"
import { type Endpoint, openEndpoint } from "../workload/endpoint.ts"
import type { EndpointSettings } from "../workload/listening.ts"
import { withDevice } from "./home.ts"

/** A running agent with everything around it. */
export type Running = {
  readonly agent: Agent
  readonly config: AgentConfig
  /** Addresses of the local endpoint and of the page of metrics. */
  readonly endpoint: string | null
  readonly metrics: string | null
}

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
 * `handsOver`: it stays until the runs' minute is over, and hands them over. `endpoint`: where the configuration names none.
 */
export async function withAgent<T>(
  options: AgentOptions,
  context: Context,
  work: (running: Running) => Promise<T>,
  { handsOver = false, endpoint: otherwise = null }: { handsOver?: boolean; endpoint?: EndpointSettings | null } = {},
): Promise<T> {
  const { say } = context.terminal
  const { home } = options
  const config = await readAgentConfig(options.config)
  const relayer = relayerOf(config, options)
  return withDevice(home, context, async (device) => {
    const link = relayer && new RelayerLink({ ...relayer, device, say })
    await link?.start()
    const keeper = config.archive && new ArchiveLink({ from: device.archive, to: config.archive, say })
    keeper?.nudge()
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
        keeper?.nudge()
      },
      say,
    })
    try {
      return await withDoors({ agent, device, config, home, endpoint: config.endpoint ?? otherwise }, work)
    } finally {
      await agent.close()
      if (handsOver) await link?.handOver()
      await link?.close()
      await keeper?.close()
    }
  })
}

type Doors = {
  readonly agent: Agent
  readonly device: Device
  readonly config: AgentConfig
  readonly home: string
  readonly endpoint: EndpointSettings | null
}

/** Does `work` while the endpoint and the page of metrics are there. */
async function withDoors<T>(
  { agent, device, config, home, endpoint: settings }: Doors,
  work: (running: Running) => Promise<T>,
): Promise<T> {
  const { boundary, intervalMs, metrics: listening } = config
  let endpoint: Endpoint | null = null
  let page: Page | null = null
  try {
    // What a killed process left would lead to nobody, or to a stranger.
    await removeAccess(home)
    endpoint = settings && (await openEndpoint(agent, home, { settings, defaults: config }))
    const view = () => viewOf(agent, device, boundary)
    page = listening && (await serveMetrics({ ...listening, view, intervalMs }))
    return await work({ agent, config, endpoint: endpoint?.url ?? null, metrics: page?.url ?? null })
  } finally {
    page?.close()
    await endpoint?.close()
  }
}
