import { setTimeout as sleep } from "node:timers/promises"
import { ANCHORS_ABI } from "@wattest/chain"
import { CommandError, type Context, confirm, type KeyReference } from "@wattest/command"
import { encodeFunctionData, formatEther, type Hex } from "viem"
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
const POLL_MS = 1000

type Priced = { readonly order: Order; readonly data: Hex; readonly gas: bigint }

const reasonOf = (error: unknown): string | null => explain(error)?.message ?? null

/** What a killed process has sent may still be on its way: only behind it the chain says what is left. */
async function awaitOwn({ client }: Target, account: Hex, { terminal }: Context): Promise<number> {
  let isTold = false
  for (;;) {
    const [mined, sent] = await Promise.all([
      client.getTransactionCount({ address: account, blockTag: "latest" }),
      client.getTransactionCount({ address: account, blockTag: "pending" }),
    ])
    if (sent <= mined) return mined
    if (!isTold) terminal.say(`waiting for ${sent - mined} transactions of ${account} that are on their way`)
    isTold = true
    await sleep(POLL_MS)
  }
}

/** Simulates each, so that a refusal costs nothing. */
async function price(target: Target, orders: readonly Order[], account: Hex, say: Say) {
  const refused: LineFault[] = []
  const place = { account, address: target.address, abi: ANCHORS_ABI }
  const progress = progressOf("priced", orders.length, say)
  const priced = await inTurns(orders, progress, async (order): Promise<Priced | null> => {
    const data = encodeFunctionData({ abi: ANCHORS_ABI, ...order.write.call })
    try {
      const gas = await target.client.estimateContractGas({ ...order.write.call, ...place } as never)
      return { order, data, gas }
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

/** Says what it costs, and asks. Throws a CommandError where the account cannot pay for all of it. */
async function agree(target: Target, priced: readonly Priced[], account: Hex, { yes, context }: Agreeing) {
  const gas = priced.reduce((sum, one) => sum + one.gas, 0n)
  const { maxFeePerGas } = await target.client.estimateFeesPerGas()
  const [now, balance] = await Promise.all([
    target.client.getGasPrice(),
    target.client.getBalance({ address: account }),
  ])
  const { say } = context.terminal
  say(
    `${priced.length} transactions, ${gas} gas: ${coin(gas * now)} at ${formatGwei(now)} gwei, at most ${coin(gas * maxFeePerGas)}`,
  )
  if (balance < gas * now)
    throw new CommandError(
      `${account} has ${coin(balance)}, which does not pay for it`,
      "nothing was sent; send it more",
    )
  const [first] = priced
  if (!yes && first !== undefined)
    await confirm(context.terminal, `${priced.length} times, first: ${first.order.write.consequence}`)
  return maxFeePerGas
}

const formatGwei = (wei: bigint) => (Number(wei) / 1e9).toPrecision(3)
type Agreeing = { readonly yes: boolean; readonly context: Context }

async function sendAll(
  target: Target,
  priced: readonly Priced[],
  key: KeyReference,
  context: Context,
): Promise<readonly LineFault[]> {
  const wallet = await target.wallet(key)
  const account = wallet.account.address
  let nonce = await target.client.getTransactionCount({ address: account, blockTag: "latest" })
  const failed: LineFault[] = []
  const progress = progressOf("in blocks", priced.length, context.terminal.say)
  for (let at = 0; at < priced.length; at += IN_FLIGHT) {
    const sent: { readonly line: number; readonly hash: Hex }[] = []
    for (const { order, data, gas } of priced.slice(at, at + IN_FLIGHT)) {
      const limit = (gas * HEADROOM) / 100n
      const hash = await wallet.sendTransaction({ to: target.address, data, gas: limit, nonce: nonce++ })
      sent.push({ line: order.line, hash })
    }
    const receipts = await Promise.all(sent.map(({ hash }) => target.client.waitForTransactionReceipt({ hash })))
    for (const [i, { status }] of receipts.entries())
      if (status !== "success")
        failed.push({ line: sent[i]?.line ?? 0, reason: `transaction ${sent[i]?.hash} was reverted` })
    progress(at + sent.length)
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
  await awaitOwn(target, account, context)
  const { say } = context.terminal
  const stand = await standOf(target, orders, account, say)
  say(
    `${orders.length} lines: ${stand.done} are done, ${stand.open.length} are left, ${stand.refused.length} contradict the chain`,
  )
  const { priced, refused } = await price(target, stand.open, account, say)
  if (priced.length > 0) await agree(target, priced, account, { yes, context })
  const failed = await sendAll(target, priced, key, context)
  const all = [...stand.refused, ...refused, ...failed].sort((a, b) => a.line - b.line)
  return { lines: orders.length, before: stand.done, sent: priced.length - failed.length, refused: all }
}

/** Names the lines which were refused. Throws a CommandError where there are any. */
export function assertAllDone({ refused, lines }: BulkAnswer, { terminal }: Context): void {
  if (refused.length === 0) return
  tellLines(refused, terminal.say)
  throw new CommandError(
    `${refused.length} of ${lines} lines were not carried out`,
    "all others are done; mend these and give the same command again",
  )
}
