import { openAccount } from "@wattest/chain"
import { type Context, type KeyReference, UsageError } from "@wattest/command"
import { DEPLOYMENTS } from "@wattest/protocol"
import {
  type Address,
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

/** What people say of the chain and the registry on it. */
export type Place = {
  readonly rpc: string
  /** Null: whichever the node serves. */
  readonly chain: number | undefined
  /** Undefined: the one that is known on that chain. */
  readonly registry: Address | undefined
}

/** A registry and how to reach it. */
export type Target = {
  readonly address: Address
  readonly chainId: number
  readonly client: PublicClient<HttpTransport, Chain>
  /** Opens the account that sends. Throws a UsageError. */
  readonly wallet: (key: KeyReference) => Promise<WalletClient<HttpTransport, Chain, LocalAccount>>
}

const POLL_MS = 500

/** Throws a UsageError where the node is of another chain, and what viem throws where it cannot be reached. */
export async function connect(
  { rpc, chain: expected, registry }: Place,
  asking: Pick<Context, "environment" | "terminal">,
): Promise<Target> {
  const transport = http(rpc, { retryCount: 1 })
  const chainId = await createPublicClient({ transport }).getChainId()
  if (expected !== undefined && chainId !== expected)
    throw new UsageError(
      `${new URL(rpc).origin} serves chain ${chainId}, not ${expected}`,
      "name a node of that chain with --rpc, or the other chain with --chain",
    )
  const address = registry ?? DEPLOYMENTS[chainId]?.registry
  if (address === undefined)
    throw new UsageError(`no registry is known on chain ${chainId}`, "give --registry ADDRESS or set WATTEST_REGISTRY")
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
  return { address, chainId, client, wallet }
}
