import type { Hex } from "@wattest/protocol"
import { boundaryNumber, ledgerIdOf } from "@wattest/protocol"
import { type Address, createWalletClient, http } from "viem"
import { type Anvil, startAnvil } from "../local/anvil.ts"
import { artifactOf, deployAnchors, deployerOn } from "../local/contracts.ts"
import { createDevice, EVIDENCE, randomRoots, type TestDevice } from "../relayer/devices.ts"

const ROOTS = 128
const TOGETHER = 8
/** More than any call here takes: a node that is to estimate it runs a call many times. */
const GAS = 7_000_000n
/** States of old blocks that the chain keeps: each is as large as all the books. */
const STATES = 8
/** Blocks in which a transaction is looked for. */
const TRIES = 8

export type FleetPlan = {
  readonly ledgers: number
  readonly devices: number
  readonly runs: number
  /** Transactions of a block, 1 to 8; 8 unless given. */
  readonly together?: number
}

type Call = { readonly account: Address; readonly functionName: string; readonly args: readonly unknown[] }

/** A chain of its own with so many runs of so many devices in so many ledgers, each run anchored by the contract. */
export async function anchorFleet(plan: FleetPlan, progress: (anchored: number) => void) {
  const { ledgers, devices, runs, together = TOGETHER } = plan
  // Blocks that are full by less than half: the price of gas falls, and no account runs out of money.
  const anvil = await startAnvil({ mining: "each", gasLimit: 2 * TOGETHER * Number(GAS), states: STATES })
  const registry = await deployAnchors(deployerOn(anvil))
  await anvil.rpc("evm_setAutomine", false)
  const write = inBlocks(together, writerTo(anvil, registry))
  const accounts = await createWalletClient({ transport: http(anvil.url) }).getAddresses()
  const target = { chainId: 31337, registry }
  const fleet = Array.from({ length: devices }, (_, i) => ({
    device: createDevice(),
    pair: pairOf(accounts, i % ledgers),
  }))
  await write(fleet, ({ device, pair: [operator, account] }) => ({
    ...{ account, functionName: "vouch", args: [device.id, operator, EVIDENCE] },
  }))
  await write(fleet, ({ device, pair: [account, voucher] }) => {
    const { scheme, key } = device.deviceKey
    const signature = device.enrolment(target, account, voucher)
    const args = [scheme, key, voucher, boundaryNumber("node"), EVIDENCE, signature]
    return { account, functionName: "enrol", args }
  })
  const parts = Array.from({ length: Math.ceil(runs / ROOTS) }, (_, i) => i)
  let anchored = 0
  await write(parts, (part) => {
    const { device } = fleet[part % devices] as { readonly device: TestDevice }
    const firstRun = Math.floor(part / devices) * ROOTS
    const count = Math.min(ROOTS, runs - part * ROOTS)
    const { roots, through, signature } = device.submission(target, firstRun, randomRoots(count))
    anchored += count
    progress(anchored)
    const args = [device.id, BigInt(firstRun), roots, BigInt(through), signature]
    return { account: accounts[0] as Address, functionName: "submit", args }
  })
  await anvil.rpc("anvil_mine", "0x4")
  return { anvil, registry, ledgers: distinctLedgers(accounts, ledgers) }
}

/** Sends calls to the registry, and makes a block of them. Throws where one is reverted. */
function writerTo(anvil: Anvil, registry: Hex) {
  const client = createWalletClient({ transport: http(anvil.url) })
  const { abi } = artifactOf("AnchorRegistry")
  /** A node that is busy now and then leaves a transaction to the next block. */
  const isDone = async (hash: Hex, tries = TRIES): Promise<boolean> => {
    const receipt = (await anvil.rpc("eth_getTransactionReceipt", hash)) as { readonly status: Hex } | null
    if (receipt !== null) return receipt.status === "0x1"
    if (tries === 0) throw new Error(`transaction ${hash} of the fleet enters no block`)
    await anvil.rpc("evm_mine")
    return isDone(hash, tries - 1)
  }
  return async (calls: readonly Call[]): Promise<void> => {
    const hashes: Hex[] = []
    for (const call of calls)
      hashes.push(await client.writeContract({ ...call, abi, address: registry, chain: null, gas: GAS }))
    await anvil.rpc("evm_mine")
    for (const [i, hash] of hashes.entries())
      if (!(await isDone(hash))) throw new Error(`${calls[i]?.functionName} of the fleet was reverted`)
  }
}

/** Writes what items call, so many in a block. */
const inBlocks =
  (together: number, write: (calls: readonly Call[]) => Promise<void>) =>
  async <T>(items: readonly T[], callOf: (item: T) => Call): Promise<void> => {
    for (let i = 0; i < items.length; i += together) await write(items.slice(i, i + together).map(callOf))
  }

/** The accounts of a ledger by its number: ten accounts make ninety pairs. */
function pairOf(accounts: readonly Address[], ledger: number): readonly [Address, Address] {
  const operator = ledger % accounts.length
  const voucher = (operator + 1 + Math.floor(ledger / accounts.length)) % accounts.length
  return [lower(accounts[operator]), lower(accounts[voucher])]
}

const lower = (account: Address | undefined) => (account ?? "0x").toLowerCase() as Address

const distinctLedgers = (accounts: readonly Address[], count: number): readonly Hex[] =>
  Array.from({ length: count }, (_, i) => ledgerIdOf(...pairOf(accounts, i)))
