import {
  check,
  type Hex,
  ledgerIdOf,
  ledgerSlot,
  type Owner,
  Rejection,
  type StateProof,
  type Suspicion,
  suspicionSlot,
  unpackLedger,
  unpackSuspicion,
} from "@wattest/protocol"
import { type ProvenStorage, proveStorage, readSlot } from "../../chain/state.ts"
import { Undetermined } from "../../verdict.ts"

/** What the registry's storage says of a ledger, as of its block; with the suspicions that withdrawals made. */
export type SightedLedger = Owner & {
  readonly id: Hex
  readonly storage: ProvenStorage
  readonly checkpoints: bigint
  readonly suspicions: readonly Suspicion[]
}

/** A tally over a period, and what storage shows of its ledgers. */
export type SightedTally = {
  readonly chainId: number
  readonly from: number
  readonly to: number
  readonly asOf: number
  /** In the document, from 1. */
  readonly place: number
  readonly ledgers: readonly SightedLedger[]
}

/** Storage under a block; undetermined without a proof. Throws STATE_PROOF_INVALID. */
export function storageOf(state: StateProof | undefined, contract: Hex, what: string): ProvenStorage {
  if (state === undefined) throw new Undetermined("PROOF_ABSENT", `the document has no storage proof of ${what}`)
  try {
    return proveStorage(state, contract)
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new Rejection("STATE_PROOF_INVALID", error.detail)
  }
}

/** More are in no document: their slots would not fit a proof. */
const MAX_SUSPICIONS = 1024n

function suspicionsAt(storage: ProvenStorage, ledger: Hex, count: bigint): readonly Suspicion[] {
  check(count <= MAX_SUSPICIONS, "STATE_PROOF_INVALID", `${count} suspicions have no room in a proof`)
  const slots = Array.from({ length: Number(count) }, (_, i) => suspicionSlot(ledger, BigInt(i)))
  return slots.map((slot) => unpackSuspicion(readSlot(storage, slot)))
}

/** The storage of a ledger at a block that is not before the time as of which the tally was taken. */
export function sightLedger(
  { registry, asOf }: { readonly registry: Hex; readonly asOf: number },
  { operator, voucher, state }: Owner & { readonly state?: StateProof | undefined },
): SightedLedger {
  const id = ledgerIdOf(operator, voucher)
  const storage = storageOf(state, registry, `ledger ${id}`)
  const { timestamp, number } = storage.header
  check(timestamp >= asOf, "CLAIM_PERIOD_MISMATCH", `block ${number} of ${timestamp} is before ${asOf}`)
  const { checkpoints, suspicions } = unpackLedger(readSlot(storage, ledgerSlot(id)))
  return { operator, voucher, id, storage, checkpoints, suspicions: suspicionsAt(storage, id, suspicions) }
}

/** None of the anchors that were folded lies where a withdrawal voids one. */
export function checkUnsuspected({ from, asOf, ledgers }: SightedTally): void {
  for (const { since, until } of ledgers.flatMap(({ suspicions }) => suspicions)) {
    const isClear = since >= BigInt(asOf) || until < BigInt(from)
    check(isClear, "CLAIM_SUSPECT", `anchors from ${since} to ${until} are void, folded were ${from} to ${asOf}`)
  }
}
