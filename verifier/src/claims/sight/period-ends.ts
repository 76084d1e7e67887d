import {
  type ClaimedLedger,
  check,
  checkpointSlots,
  type PeriodEnd,
  type PeriodTally,
  unpackCheckpoint,
} from "@wattest/protocol"
import { readSlot } from "../../chain/state.ts"
import { type SightedLedger, type SightedTally, sightLedger } from "./sight.ts"

type Checkpoint = { readonly head: bigint; readonly length: bigint; readonly time: number }

const NO_CHECKPOINT: Checkpoint = { head: 0n, length: 0n, time: 0 }

function checkpointAt({ storage, id }: SightedLedger, index: bigint): Checkpoint {
  const [head, submission] = checkpointSlots(id, index)
  return { ...unpackCheckpoint(readSlot(storage, submission)), head: readSlot(storage, head) }
}

/**
 * An end is the ledger's last checkpoint with block time before `time`: it is before, and the next one, if the ledger
 * has one, is not. What comes after the block of the proof cannot lie before `time`, because that block does not.
 */
function checkEnd(ledger: SightedLedger, end: PeriodEnd, time: number, name: string): void {
  const [code, where] = ["CLAIM_PERIOD_MISMATCH" as const, `${name} of ledger ${ledger.id}`]
  const { checkpoints } = end
  const { checkpoints: count } = ledger
  check(checkpoints <= count, code, `${where}: ${checkpoints} checkpoints, the registry has ${count}`)
  const last = checkpoints === 0n ? NO_CHECKPOINT : checkpointAt(ledger, checkpoints - 1n)
  const isBefore = checkpoints === 0n || last.time < time
  check(isBefore, code, `${where}: its checkpoint is of ${last.time}, not before ${time}`)
  const next = checkpoints < count ? checkpointAt(ledger, checkpoints) : null
  check(
    next === null || next.time >= time,
    code,
    `${where}: the next checkpoint, of ${next?.time}, is before ${time} too`,
  )
  check(BigInt(end.head) === last.head, code, `${where}: the registry has another head`)
  check(end.length === last.length, code, `${where}: ${end.length} runs, the registry has ${last.length}`)
}

/** Both ends of a ledger's part are the registry's. Throws a Rejection, or Undetermined without a proof. */
function checkLedgerEnds(tally: PeriodTally, ledger: ClaimedLedger): SightedLedger {
  const sighted = sightLedger(tally, ledger)
  checkEnd(sighted, ledger.from, tally.from, "start")
  checkEnd(sighted, ledger.asOf, tally.asOf, "end")
  return sighted
}

/** A tally that the document folds: both ends of each of its ledgers are the registry's. */
export function sightPeriod(tally: PeriodTally, place: number): SightedTally {
  const { chainId, from, to, asOf } = tally
  return { chainId, from, to, asOf, place, ledgers: tally.ledgers.map((ledger) => checkLedgerEnds(tally, ledger)) }
}
