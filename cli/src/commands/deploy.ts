import { readFileSync } from "node:fs"
import { setTimeout as pause } from "node:timers/promises"
import { createRpc, rpcData } from "@wattest/chain"
import {
  type Context,
  confirm,
  type Hex,
  jsonLine,
  type KeyReference,
  type Outcome,
  type Profile,
  replaceDurably,
  rows,
} from "@wattest/command"
import { checkRecordPlace, deployHere, LOCAL_CHAIN_IDS, type Reached, reach, readRecord } from "@wattest/registry"
import { parseEther, toHex } from "viem"
import { NEXT } from "../next.ts"

export type DeployOptions = {
  readonly rpc: string
  readonly chain: number | undefined
  readonly key: KeyReference
  readonly record: string | undefined
  readonly "anchors-alone": boolean
  readonly yes: boolean
}

const TIMEOUT_MS = 30_000
const FINALITY_MS = 6000
const POLL_MS = 300
const ALLOWANCE = parseEther("10")

/** A local chain keeps accounts of its own with money in them: the first of them pays a new account once. */
async function fund({ client, chainId, wallet }: Reached, { rpc, key }: DeployOptions, { terminal }: Context) {
  const { address: to } = (await wallet(key)).account
  if (!LOCAL_CHAIN_IDS.includes(chainId) || (await client.getBalance({ address: to })) > 0n) return
  const node = createRpc([rpc], TIMEOUT_MS)
  const accounts = await node.request("eth_accounts", [])
  if (!Array.isArray(accounts) || accounts.length === 0) return
  const payment = { from: rpcData(accounts[0], "eth_accounts"), to, value: toHex(ALLOWANCE) }
  const hash = rpcData(await node.request("eth_sendTransaction", [payment]), "eth_sendTransaction")
  await client.waitForTransactionReceipt({ hash })
  terminal.say(`the local chain gave ${to.toLowerCase()} 10 of its coins`)
}

/** A local chain that makes no blocks by itself never calls the registry final, and a relayer would wait for ever. */
async function warnOfStandstill({ client, chainId }: Reached, address: Hex, { terminal }: Context): Promise<void> {
  if (!LOCAL_CHAIN_IDS.includes(chainId)) return
  for (const deadline = performance.now() + FINALITY_MS; performance.now() < deadline; await pause(POLL_MS))
    if ((await client.getCode({ address, blockTag: "finalized" })) !== undefined) return
  terminal.say("this local chain calls nothing final: start it as docs/commands.md says, or no run gets a receipt")
}

/** Puts the addresses into the profile, so that no later command asks for them. */
function enter({ file }: Profile, places: { readonly registry: string; readonly claims: string | null }): void {
  const { claims, ...rest } = JSON.parse(readFileSync(file, "utf8"))
  const entered = {
    ...rest,
    registry: places.registry,
    ...((places.claims ?? claims) ? { claims: places.claims ?? claims } : {}),
  }
  replaceDurably(file, `${JSON.stringify(entered, null, 2)}\n`)
}

/** Deploys both registries and enters them in the profile. Asked again, it goes on where it stopped. */
export async function deploy(options: DeployOptions, context: Context): Promise<Outcome> {
  const { key, record, yes, "anchors-alone": anchorsAlone } = options
  const { terminal, profile, json } = context
  if (record !== undefined) checkRecordPlace(record)
  const reached = await reach(options, context)
  await fund(reached, options, context)
  const asked = async (consequence: string) => (yes ? undefined : confirm(terminal, consequence))
  const deployed = await deployHere(reached, { key, record, anchorsAlone, say: terminal.say, confirm: asked })
  const { registry, claims } = readRecord(deployed.record)
  if (profile !== null) enter(profile, { registry, claims })
  await warnOfStandstill(reached, claims ?? registry, context)
  const said = { registry, claims: claims ?? "none", chain: `${deployed.chainId}`, record: deployed.record }
  terminal.print(json ? jsonLine({ ...deployed, registry, claims }) : rows(Object.entries(said)))
  return { next: profile === null ? "init" : NEXT.enrol }
}
