import { readFileSync } from "node:fs"
import { openKeystore } from "@wattest/chain"
import { DEPLOYMENTS } from "@wattest/protocol"
import {
  type Address,
  type Chain,
  createPublicClient,
  createWalletClient,
  defineChain,
  type Hex,
  type HttpTransport,
  http,
  isAddress,
  isHex,
  type PublicClient,
  size,
  type WalletClient,
} from "viem"
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts"
import { UsageError } from "./values.ts"

function keyIn(keystore: string, password: string): Hex {
  try {
    return openKeystore(readFileSync(keystore, "utf8"), password)
  } catch (error) {
    throw new UsageError(
      `${keystore}: ${(error as Error).message}`,
      "check WATTEST_KEYSTORE and WATTEST_KEYSTORE_PASSWORD",
    )
  }
}

/** The account that sends, from WATTEST_KEY or WATTEST_KEYSTORE with WATTEST_KEYSTORE_PASSWORD. */
export function readAccount(environment: NodeJS.ProcessEnv) {
  const { WATTEST_KEY, WATTEST_KEYSTORE, WATTEST_KEYSTORE_PASSWORD = "" } = environment
  const key = WATTEST_KEYSTORE ? keyIn(WATTEST_KEYSTORE, WATTEST_KEYSTORE_PASSWORD) : WATTEST_KEY
  if (!key || !isHex(key) || size(key) !== 32)
    throw new UsageError("no key to send with", "set WATTEST_KEYSTORE, or WATTEST_KEY to 0x and 64 hex digits")
  return privateKeyToAccount(key)
}

/** A registry and how to reach it. Throws what viem throws if the endpoint cannot be reached. */
export async function connect(
  environment: NodeJS.ProcessEnv,
  given: { rpc?: string; registry?: string },
): Promise<Target> {
  const url = given.rpc ?? environment.WATTEST_RPC_URL
  if (!url) throw new UsageError("no RPC endpoint", "give --rpc URL or set WATTEST_RPC_URL")
  const transport = http(url, { retryCount: 1 })
  const chainId = await createPublicClient({ transport }).getChainId()
  const address = given.registry ?? environment.WATTEST_REGISTRY ?? DEPLOYMENTS[chainId]?.registry
  if (!address || !isAddress(address, { strict: false }))
    throw new UsageError(`no registry known on chain ${chainId}`, "give --registry ADDRESS or set WATTEST_REGISTRY")
  const nativeCurrency = { name: "native", symbol: "native", decimals: 18 }
  const chain = defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency,
    rpcUrls: { default: { http: [url] } },
  })
  const client = createPublicClient({ chain, transport, pollingInterval: 500 })
  const wallet = () => createWalletClient({ chain, transport, account: readAccount(environment) })
  return { address: address as Address, chainId, client, wallet }
}

export type Target = {
  readonly address: Address
  readonly chainId: number
  readonly client: PublicClient<HttpTransport, Chain>
  /** Throws a UsageError if no key is given. */
  readonly wallet: () => WalletClient<HttpTransport, Chain, PrivateKeyAccount>
}
