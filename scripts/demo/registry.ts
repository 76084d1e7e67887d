import { readFileSync } from "node:fs"
import { REGISTRY_ABI } from "@wattest/protocol"
import { type Abi, createWalletClient, type Hex, http, parseAbi, publicActions } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { foundry } from "viem/chains"
import { LOCAL_KEYS } from "./chain.ts"

type Artifact = {
  readonly abi: Abi
  readonly bytecode: Hex
  readonly linkReferences: { [file: string]: { [library: string]: { start: number; length: number }[] } }
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

/** Deploys a contract of artifacts/, its libraries first. */
async function deploy(client: Actor, file: string, name: string): Promise<Hex> {
  const artifact = JSON.parse(readFileSync(`artifacts/${file}/${name}.json`, "utf8")) as Artifact
  let { bytecode } = artifact
  for (const [source, libraries] of Object.entries(artifact.linkReferences))
    for (const [library, places] of Object.entries(libraries)) {
      const address = await deploy(client, source.replace("project/", ""), library)
      for (const { start, length } of places) {
        const [from, to] = [2 + 2 * start, 2 + 2 * (start + length)]
        bytecode = `${bytecode.slice(0, from)}${address.slice(2)}${bytecode.slice(to)}` as Hex
      }
    }
  const receipt = await minedBy(client, await client.deployContract({ abi: artifact.abi, bytecode }))
  if (!receipt.contractAddress) throw new Error(`${name} was not deployed`)
  return receipt.contractAddress
}

/** Deploys the registry to the local chain; answers its address. */
export function deployRegistry(rpcUrl: string): Promise<Hex> {
  return deploy(actor(rpcUrl, LOCAL_KEYS.deployer), "contracts/AnchorRegistry.sol", "AnchorRegistry")
}

type Enrolment = { readonly scheme: number; readonly key: Hex; readonly voucher: Hex; readonly signature: Hex }

/** The voucher gives its word for the device, and the operator enrols it. */
export async function vouchAndEnrol(rpcUrl: string, registry: Hex, device: Hex, enrolment: Enrolment): Promise<void> {
  const abi = parseAbi(REGISTRY_ABI)
  const { scheme, key, voucher, signature } = enrolment
  const [voucherActor, operator] = [actor(rpcUrl, LOCAL_KEYS.voucher), actor(rpcUrl, LOCAL_KEYS.operator)]
  const report = `0x${"00".repeat(32)}` as Hex
  const call = { address: registry, abi } as const
  const vouch = { ...call, functionName: "vouch", args: [device, operator.account.address, report] } as const
  await minedBy(voucherActor, await voucherActor.writeContract(vouch))
  const enrol = { ...call, functionName: "enrol", args: [scheme, key, voucher, signature] } as const
  await minedBy(operator, await operator.writeContract(enrol))
}
