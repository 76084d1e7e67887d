import { ANCHORS_ABI, settled } from "@wattest/chain"
import { CommandError, type Context, confirm, type KeyReference } from "@wattest/command"
import { plural } from "@wattest/protocol"
import { encodeFunctionData, formatEther, formatGwei, type Hex } from "viem"
import { explain } from "../explain.ts"
import type { Target } from "../target.ts"
import type { Order } from "./orders.ts"
import { progressOf } from "./progress.ts"
import { inTurns, standOf } from "./stand.ts"
import { type LineFault, type Say, tellLines } from "./table.ts"

/** Transactions of one account that nodes keep without asking how many more there are. */
const IN_FLIGHT = 16
/** Of the gas that was simulated, in percent: other transactions may come between. */
const HEADROOM = 120n
/** Of the base fee of the block in which it was agreed: what many blocks of sending may see. */
const FEE_HEADROOM = 2n

type Priced = { readonly order: Order; readonly data: Hex; readonly gas: bigint; readonly limit: bigint }
/** What a unit of gas may cost: with the limits it is what was said to cost at most. */
type Fees = { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }

const reasonOf = (error: unknown): string | null => explain(error)?.message ?? null

/** Simulates each, so that a refusal costs nothing. */
async function price(target: Target, orders: readonly Order[], account: Hex, say: Say) {
  const refused: LineFault[] = []
  const place = { account, address: target.address, abi: ANCHORS_ABI }
  const progress = progressOf("priced", orders.length, say)
  const priced = await inTurns(orders, progress, async (order): Promise<Priced | null> => {
    const data = encodeFunctionData({ abi: ANCHORS_ABI, ...order.write.call })
    try {
      const gas = await target.client.estimateContractGas({ ...order.write.call, ...place } as never)
      return { order, data, gas, limit: (gas * HEADROOM) / 100n }
    } catch (error) {
      const reason = reasonOf(error)
      if (reason === null || !/refuses/.test(reason)) throw error
      refused.push({ line: order.line, reason })
      return null
    }
  })
  return { priced: priced.filter((one) => one !== null), refused }
}

const coin = (wei: bigint) => `${Number(formatEther(wei)).toPrecision(4)} of the chain's coin`

const gwei = (wei: bigint) => `${Number(formatGwei(wei)).toPrecision(3)} gwei`

async function baseFeeOf({ client }: Target): Promise<bigint> {
  return (await client.getBlock()).baseFeePerGas ?? 0n
}

/** Says what it costs, and asks. Throws a CommandError where the account cannot pay for all of it. */
async function agree(
  target: Target,
  priced: readonly Priced[],
  account: Hex,
  { yes, context }: Agreeing,
): Promise<Fees> {
  const gas = priced.reduce((sum, one) => sum + one.gas, 0n)
  const limits = priced.reduce((sum, one) => sum + one.limit, 0n)
  const [base, maxPriorityFeePerGas, balance] = await Promise.all([
    baseFeeOf(target),
    target.client.estimateMaxPriorityFeePerGas(),
    target.client.getBalance({ address: account }),
  ])
  const now = base + maxPriorityFeePerGas
  const maxFeePerGas = FEE_HEADROOM * base + maxPriorityFeePerGas
  const { say } = context.terminal
  say(
    `${plural(priced.length, "transaction")}, ${gas} gas: ${coin(gas * now)} at ${gwei(now)}, at most ${coin(limits * maxFeePerGas)}`,
  )
  if (balance < gas * now)
    throw new CommandError(
      `${account} has ${coin(balance)}, which does not pay for it`,
      "nothing was sent; send it more",
    )
  const [first] = priced
  if (!yes && first !== undefined)
    await confirm(context.terminal, `${priced.length} times, first: ${first.order.write.consequence}`)
  return { maxFeePerGas, maxPriorityFeePerGas }
}

type Agreeing = { readonly yes: boolean; readonly context: Context }

type Wallet = Awaited<ReturnType<Target["wallet"]>>

/** What is sent, from which number of the account on, and for how much. */
type Sending = {
  readonly priced: readonly Priced[]
  readonly wallet: Wallet
  readonly nonce: number
  readonly fees: Fees
}

/** Throws a CommandError where no more is included for what was agreed: it would wait, or cost more. */
async function assertAgreed(target: Target, { maxFeePerGas }: Fees): Promise<void> {
  const base = await baseFeeOf(target)
  if (base > maxFeePerGas)
    throw new CommandError(
      `gas costs ${gwei(base)} by now, and ${gwei(maxFeePerGas)} at most were agreed`,
      "wait, or give the same command again and agree to more",
    )
}

/** Sends a few, and waits until they are in blocks. Answers those that were reverted. */
async function sendSome({ client, address }: Target, sending: Sending): Promise<LineFault[]> {
  const { priced, wallet, nonce, fees } = sending
  const sent: { readonly line: number; readonly hash: Hex }[] = []
  for (const [i, { order, data, limit }] of priced.entries()) {
    const transaction = { to: address, data, gas: limit, nonce: nonce + i, ...fees }
    sent.push({ line: order.line, hash: await wallet.sendTransaction(transaction) })
  }
  const receipts = await Promise.all(sent.map(({ hash }) => client.waitForTransactionReceipt({ hash })))
  return sent.flatMap(({ line, hash }, i) =>
    receipts[i]?.status === "success" ? [] : [{ line, reason: `transaction ${hash} was reverted` }],
  )
}

/** Sends all, so many at a time; where that ends early, says how far it came. */
async function sendAll(target: Target, sending: Sending, say: Say): Promise<readonly LineFault[]> {
  const { priced, nonce, fees } = sending
  const failed: LineFault[] = []
  const progress = progressOf("in blocks", priced.length, say)
  for (let at = 0; at < priced.length; at += IN_FLIGHT) {
    const some = { ...sending, priced: priced.slice(at, at + IN_FLIGHT), nonce: nonce + at }
    try {
      await assertAgreed(target, fees)
      failed.push(...(await sendSome(target, some)))
    } catch (error) {
      say(`${at} of ${priced.length} are in blocks, and more may be on their way: the same command goes on`)
      // Of a node that is gone no receipts come: this says so in their place
      await target.client.getChainId()
      throw error
    }
    progress(at + some.priced.length)
  }
  return failed
}

export type BulkAnswer = {
  readonly lines: number
  readonly before: number
  readonly sent: number
  readonly refused: readonly LineFault[]
}

/**
 * Carries out the orders that the chain does not have yet: after a stop, however hard, the same command goes on. A line that
 * the registry refuses costs nothing and keeps no other from being sent.
 */
export async function sendOrders(
  target: Target,
  orders: readonly Order[],
  { key, yes }: { readonly key: KeyReference; readonly yes: boolean },
  context: Context,
): Promise<BulkAnswer> {
  const wallet = await target.wallet(key)
  const account = wallet.account.address.toLowerCase() as Hex
  const { say } = context.terminal
  // Whoever else sends from this account meanwhile takes this number: then nothing of ours is sent, and none done twice.
  const nonce = await settled(target.client, account, say)
  const stand = await standOf(target, orders, account, say)
  say(
    `${plural(orders.length, "line")}: ${stand.done} are done, ${stand.open.length} are left, ${stand.refused.length} contradict the chain`,
  )
  const { priced, refused } = await price(target, stand.open, account, say)
  const failed: LineFault[] = []
  if (priced.length > 0) {
    const fees = await agree(target, priced, account, { yes, context })
    failed.push(...(await sendAll(target, { priced, wallet, nonce, fees }, say)))
  }
  const all = [...stand.refused, ...refused, ...failed].sort((a, b) => a.line - b.line)
  return { lines: orders.length, before: stand.done, sent: priced.length - failed.length, refused: all }
}

/** Names the lines which were refused. Throws a CommandError where there are any. */
export function assertAllDone({ refused, lines }: BulkAnswer, { terminal }: Context): void {
  if (refused.length === 0) return
  tellLines(refused, terminal.say)
  throw new CommandError(
    `${refused.length} of ${plural(lines, "line")} were not carried out`,
    "all others are done; mend these and give the same command again",
  )
}
