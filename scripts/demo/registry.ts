import { readFileSync } from "node:fs"
import { type Abi, createWalletClient, type Hex, http, publicActions } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { foundry } from "viem/chains"
import { LOCAL_KEYS } from "./chain.ts"

type Artifact = {
  readonly abi: Abi
  readonly bytecode: Hex
}

/** An account that acts on the local chain and waits for its transactions. */
export function actor(rpcUrl: string, key: Hex) {
  const account = privateKeyToAccount(key)
  return createWalletClient({ account, chain: foundry, transport: http(rpcUrl), pollingInterval: 100 }).extend(
    publicActions,
  )
}
type Actor = ReturnType<typeof actor>

async function minedBy(client: Actor, hash: Hex) {
  const receipt = await client.waitForTransactionReceipt({ hash })
  if (receipt.status !== "success") throw new Error(`transaction ${hash} reverted`)
  return receipt
}

/** Deploys a contract of artifacts/. */
async function deploy(client: Actor, name: string, args: Hex[] = []): Promise<Hex> {
  const path = `artifacts/contracts/${name}.sol/${name.split("/").pop()}.json`
  const { abi, bytecode } = JSON.parse(readFileSync(path, "utf8")) as Artifact
  const receipt = await minedBy(client, await client.deployContract({ abi, bytecode, args }))
  if (!receipt.contractAddress) throw new Error(`${name} was not deployed`)
  return receipt.contractAddress
}

/** Deploys the registry and its arithmetic to the local chain; answers its address. */
export async function deployRegistry(rpcUrl: string): Promise<Hex> {
  const client = actor(rpcUrl, LOCAL_KEYS.deployer)
  const arithmetic: Hex[] = []
  for (const name of ["Ed25519", "Ed25519Table", "PoseidonT3"]) arithmetic.push(await deploy(client, `lib/${name}`))
  return deploy(client, "AnchorRegistry", arithmetic)
}
