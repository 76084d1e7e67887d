import {
  type ClaimedLedger,
  check,
  checkpointSlots,
  type Hex,
  ledgerIdOf,
  ledgerSlot,
  type PeriodClaim,
  type PeriodEnd,
  Rejection,
} from "@wattest/protocol"
import { type ProvenStorage, proveStorage, readSlot } from "../chain/state.ts"
import { Undetermined } from "../verdict.ts"

const U64 = (1n << 64n) - 1n
const U48 = (1n << 48n) - 1n
const U40 = (1n << 40n) - 1n

type Checkpoint = { readonly head: bigint; readonly length: bigint; readonly time: number }

const NO_CHECKPOINT: Checkpoint = { head: 0n, length: 0n, time: 0 }

function checkpointAt(storage: ProvenStorage, ledger: Hex, index: bigint): Checkpoint {
  const [head, marks] = checkpointSlots(ledger, index)
  const packed = readSlot(storage, marks)
  return { head: readSlot(storage, head), length: packed & U48, time: Number((packed >> 48n) & U40) }
}

type Sight = { readonly storage: ProvenStorage; readonly ledger: Hex; readonly count: bigint; readonly where: string }

/**
 * An end is the ledger's last checkpoint with block time before `time`: it is before, and the next one, if the ledger
 * has one, is not. What comes after the block of the proof cannot lie before `time`, because that block does not.
 */
function checkEnd({ storage, ledger, count, where }: Sight, end: PeriodEnd, time: number): void {
  const code = "CLAIM_PERIOD_MISMATCH"
  const { checkpoints } = end
  check(checkpoints <= count, code, `${where}: ${checkpoints} checkpoints, the registry has ${count}`)
  const last = checkpoints === 0n ? NO_CHECKPOINT : checkpointAt(storage, ledger, checkpoints - 1n)
  const isBefore = checkpoints === 0n || last.time < time
  check(isBefore, code, `${where}: its checkpoint is of ${last.time}, not before ${time}`)
  const next = checkpoints < count ? checkpointAt(storage, ledger, checkpoints) : null
  check(
    next === null || next.time >= time,
    code,
    `${where}: the next checkpoint, of ${next?.time}, is before ${time} too`,
  )
  check(BigInt(end.head) === last.head, code, `${where}: the registry has another head`)
  check(end.length === last.length, code, `${where}: ${end.length} runs, the registry has ${last.length}`)
}

function storageOf({ state }: ClaimedLedger, registry: Hex): ProvenStorage {
  if (state === undefined)
    throw new Undetermined("PROOF_ABSENT", "the document has no storage proof of the period's ends")
  try {
    return proveStorage(state, registry)
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new Rejection("STATE_PROOF_INVALID", error.detail)
  }
}

/** What the registry's storage says of a ledger, as of its block; with the least `since` of withdrawn vouches. */
export type ProvenLedger = { readonly storage: ProvenStorage; readonly leastSince: bigint }

/** Both ends of a ledger's part are the registry's. Throws a Rejection, or Undetermined without a proof. */
export function checkLedgerEnds({ registry, from, to }: PeriodClaim, ledger: ClaimedLedger): ProvenLedger {
  const storage = storageOf(ledger, registry)
  const { timestamp, number } = storage.header
  check(timestamp >= to, "CLAIM_PERIOD_MISMATCH", `block ${number} of ${timestamp} is before the period's end, ${to}`)
  const id = ledgerIdOf(ledger.operator, ledger.voucher)
  const counters = readSlot(storage, ledgerSlot(id))
  const sight = { storage, ledger: id, count: (counters >> 64n) & U64 }
  checkEnd({ ...sight, where: `start of ledger ${id}` }, ledger.from, from)
  checkEnd({ ...sight, where: `end of ledger ${id}` }, ledger.to, to)
  // A ledger that no device has joined has all zeros here: no vouch of its own was withdrawn.
  return { storage, leastSince: counters === 0n ? U64 : counters >> 192n }
}
