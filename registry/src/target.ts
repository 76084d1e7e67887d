import { openAccount } from "@wattest/chain"
import { type Context, type Hex, type KeyReference, proxiedFetch, UsageError } from "@wattest/command"
import { DEPLOYMENTS } from "@wattest/protocol"
import {
  type Chain,
  createPublicClient,
  createWalletClient,
  defineChain,
  type HttpTransport,
  http,
  type LocalAccount,
  type PublicClient,
  type WalletClient,
} from "viem"

/** A node, and the chain that it must serve where somebody says which. */
export type Endpoint = { readonly rpc: string; readonly chain: number | undefined }

/** An endpoint, and the registry on its chain; undefined: the one that is known there. */
export type Spot = Endpoint & { readonly registry: Hex | undefined }

type Asking = Pick<Context, "environment" | "terminal">

/** A chain by its endpoint. */
export type Reached = {
  readonly chainId: number
  readonly client: PublicClient<HttpTransport, Chain>
  /** Opens the account that sends. Throws a UsageError. */
  readonly wallet: (key: KeyReference) => Promise<WalletClient<HttpTransport, Chain, LocalAccount>>
}

/** A registry and how to reach it. */
export type Target = Reached & { readonly address: Hex }

const POLL_MS = 500

/** Throws a UsageError where the node is of another chain, and what viem throws where it cannot be reached. */
export async function reach({ rpc, chain: expected }: Endpoint, asking: Asking): Promise<Reached> {
  const transport = http(rpc, { retryCount: 1, fetchFn: proxiedFetch })
  const chainId = await createPublicClient({ transport }).getChainId()
  if (expected !== undefined && chainId !== expected)
    throw new UsageError(
      `${new URL(rpc).origin} serves chain ${chainId}, not ${expected}`,
      "name a node of that chain with --rpc, or the other chain with --chain",
    )
  const nativeCurrency = { name: "native", symbol: "native", decimals: 18 }
  const chain = defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency,
    rpcUrls: { default: { http: [rpc] } },
  })
  const client = createPublicClient({ chain, transport, pollingInterval: POLL_MS })
  const wallet = async (key: KeyReference) =>
    createWalletClient({ chain, transport, account: await openAccount(key, asking) })
  return { chainId, client, wallet }
}

/** A registry on a chain. Throws as {@link reach} does, and a UsageError where no registry is named or known. */
export async function connect(spot: Spot, asking: Asking): Promise<Target> {
  const reached = await reach(spot, asking)
  const address = spot.registry ?? DEPLOYMENTS[reached.chainId]?.registry
  if (address === undefined)
    throw new UsageError(
      `no registry is known on chain ${reached.chainId}`,
      "give --registry ADDRESS or set WATTEST_REGISTRY",
    )
  return { ...reached, address }
}
