import { claim, type Journaled, type Staged, stage, stagedEnds } from "../store/outbox.ts"
import type { SenderContext, Situation } from "./context.ts"
import type { Fees } from "./fees.ts"
import { gasLimitOf } from "./gas-limit.ts"
import { type Plan, type Planned, planTransactions } from "./plan.ts"
import { anchoredRuns } from "./repair.ts"
import { deliver, signTransaction } from "./transaction.ts"

/** Most submissions, and so transactions, that a step takes from the queue. */
export const STEP_LIMIT = 1024
/** A submission of one root takes at least this much gas. */
const LEAST_GAS = 80_000n
/** Transactions signed at once: a remote signer answers them together, and a local one lets requests in between. */
const SIGN_WIDTH = 16

type Sized = Planned & { readonly gas: bigint }

/**
 * Turns queued submissions into journaled transactions, up to the gas that may be on its way, then sends them. Answers
 * the transactions.
 */
export async function stageMore(context: SenderContext, situation: Situation, fees: Fees): Promise<Journaled[]> {
  const { db, address } = context
  const room = roomFor(context, situation)
  const plan = await planQueued(context, situation, room)
  const batch: Staged[] = []
  const nonces = freeNonces(situation)
  const sized = await fitting(context, situation, plan, room)
  for (let at = 0; at < sized.length; at += SIGN_WIDTH) {
    const part = sized.slice(at, at + SIGN_WIDTH).map((planned) => ({ ...planned, nonce: nonces.next().value }))
    const signing = part.map(async ({ submission, covers, gas, nonce }) => ({
      entry: await signTransaction(context, submission, { nonce, gas, ...fees }),
      covers,
    }))
    batch.push(...(await Promise.all(signing)))
    await new Promise(setImmediate)
  }
  await stage(db, address, batch, plan.anchored)
  const entries = batch.map(({ entry }) => entry)
  await deliver(context, entries, false)
  return entries
}

const roomFor = ({ policy }: SenderContext, { view, unmined }: Situation): bigint =>
  unmined.reduce((left, { gas }) => left - BigInt(gas), view.tip.gasLimit * BigInt(policy.blocksInFlight))

async function planQueued(
  { db, address, follower, memory }: SenderContext,
  { view }: Situation,
  room: bigint,
): Promise<Plan> {
  const limit = Math.min(STEP_LIMIT, Number(room / LEAST_GAS))
  if (limit <= 0) return { transactions: [], anchored: [] }
  for (const [device, until] of memory.held) if (until <= view.tip.number) memory.held.delete(device)
  const except = [...memory.held.keys()]
  const rows = await claim(db, { sender: address, limit, nowMs: Date.now(), chainTime: view.tip.time, except })
  const staged = await stagedEnds(db)
  return planTransactions(rows, (device, finalRun) => ({
    chain: anchoredRuns(follower, device, finalRun),
    staged: staged.get(device) ?? 0,
  }))
}

/** The first transactions of the plan whose gas finds room, without those of resting devices. */
async function fitting(context: SenderContext, { view }: Situation, plan: Plan, room: bigint): Promise<Sized[]> {
  const sized: Sized[] = []
  let left = room
  for (const planned of plan.transactions) {
    const gas = await gasLimitOf(context, view, planned)
    if (gas === null) continue
    if (gas > left) break
    left -= gas
    sized.push({ ...planned, gas })
  }
  return sized
}

/** Nonces from the chain's next one on that the journal does not use: holes first, then the end. */
function* freeNonces({ unmined, nextNonce }: Situation): Generator<number, never> {
  const used = new Set(unmined.map(({ nonce }) => nonce))
  for (let nonce = nextNonce; ; nonce++) if (!used.has(nonce)) yield nonce
}
