import { readFileSync } from "node:fs"
import { REGISTRY_ABI } from "@wattest/protocol"
import { type Abi, createWalletClient, type Hex, http, parseAbi, publicActions } from "viem"
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
