import type { ChildProcess } from "node:child_process"
import { createRequire } from "node:module"
import { createPublicClient, http } from "viem"
import { freePort, start, until } from "./processes.ts"

/** Anvil's first accounts: public knowledge, worth nothing anywhere else. */
export const LOCAL_KEYS = {
  deployer: "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  operator: "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
  voucher: "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
  relayer: "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
} as const

export const LOCAL_CHAIN_ID = 31337

export type LocalChain = { readonly rpcUrl: string; readonly process: ChildProcess }

/** The anvil binary itself: killing its npm wrapper would leave it running. */
export function anvilBinary(): string {
  const { platform, arch } = process
  return createRequire(import.meta.url).resolve(
    `@foundry-rs/anvil-${platform}-${arch === "x64" ? "amd64" : arch}/bin/anvil`,
  )
}

/** Starts a chain with the Osaka rules, a block a second, final two blocks later. */
export async function startLocalChain(): Promise<LocalChain> {
  const port = await freePort()
  const rules = [
    "--hardfork",
    "osaka",
    "--chain-id",
    `${LOCAL_CHAIN_ID}`,
    "--block-time",
    "1",
    "--slots-in-an-epoch",
    "1",
  ]
  const child = start([anvilBinary(), "--port", `${port}`, "--silent", ...rules], () => {})
  const rpcUrl = `http://127.0.0.1:${port}`
  const client = createPublicClient({ transport: http(rpcUrl) })
  await until("the start of the local chain", () => client.getChainId())
  return { rpcUrl, process: child }
}
