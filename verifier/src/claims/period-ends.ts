import {
  type ClaimedLedger,
  check,
  checkpointSlots,
  type Hex,
  ledgerIdOf,
  ledgerSlot,
  type PeriodEnd,
  type PeriodTally,
  Rejection,
  type Suspicion,
  suspicionSlot,
  unpackCheckpoint,
  unpackLedger,
  unpackSuspicion,
} from "@wattest/protocol"
import { type ProvenStorage, proveStorage, readSlot } from "../chain/state.ts"
import { Undetermined } from "../verdict.ts"

type Checkpoint = { readonly head: bigint; readonly length: bigint; readonly time: number }

const NO_CHECKPOINT: Checkpoint = { head: 0n, length: 0n, time: 0 }

function checkpointAt(storage: ProvenStorage, ledger: Hex, index: bigint): Checkpoint {
  const [head, submission] = checkpointSlots(ledger, index)
  return { ...unpackCheckpoint(readSlot(storage, submission)), head: readSlot(storage, head) }
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

/** What the registry's storage says of a ledger, as of its block; with the suspicions that withdrawals made. */
export type ProvenLedger = { readonly storage: ProvenStorage; readonly suspicions: readonly Suspicion[] }

/** Both ends of a ledger's part are the registry's. Throws a Rejection, or Undetermined without a proof. */
export function checkLedgerEnds({ registry, from, asOf }: PeriodTally, ledger: ClaimedLedger): ProvenLedger {
  const storage = storageOf(ledger, registry)
  const { timestamp, number } = storage.header
  check(timestamp >= asOf, "CLAIM_PERIOD_MISMATCH", `block ${number} of ${timestamp} is before ${asOf}`)
  const id = ledgerIdOf(ledger.operator, ledger.voucher)
  const { checkpoints, suspicions } = unpackLedger(readSlot(storage, ledgerSlot(id)))
  const sight = { storage, ledger: id, count: checkpoints }
  checkEnd({ ...sight, where: `start of ledger ${id}` }, ledger.from, from)
  checkEnd({ ...sight, where: `end of ledger ${id}` }, ledger.asOf, asOf)
  return { storage, suspicions: suspicionsAt(storage, id, suspicions) }
}

/** More are in no document: their slots would not fit a proof. */
const MAX_SUSPICIONS = 1024n

function suspicionsAt(storage: ProvenStorage, ledger: Hex, count: bigint): readonly Suspicion[] {
  check(count <= MAX_SUSPICIONS, "STATE_PROOF_INVALID", `${count} suspicions have no room in a proof`)
  const slots = Array.from({ length: Number(count) }, (_, i) => suspicionSlot(ledger, BigInt(i)))
  return slots.map((slot) => unpackSuspicion(readSlot(storage, slot)))
}
