import {
  boundSlot,
  boundWord,
  type ClaimBound,
  check,
  type Presentation,
  type PublishedTally,
  tallySlots,
  tallyWords,
  unpackTally,
} from "@wattest/protocol"
import type { BlockHeader } from "../../chain/header.ts"
import { type ProvenStorage, readSlot } from "../../chain/state.ts"
import { chainOf, type Policy } from "../../policy.ts"
import { accept } from "../../verdict.ts"
import { type SightedTally, sightLedger, storageOf } from "./sight.ts"

/** A published tally in the storage of its registry of claims, and what storage shows of its ledgers. */
export type SightedPublication = SightedTally & { readonly claimsHeader: BlockHeader }

const MISMATCH = "CLAIM_RECORD_MISMATCH"

/**
 * The registry of claims is one that the policy names, with the code that it names. The code holds what the constructor
 * fixed; that storage began empty is what the address stands for, so code alone is not enough.
 */
function acceptClaims({ chainId, registry, claims }: PublishedTally, storage: ProvenStorage, policy: Policy): void {
  const named = chainOf(policy, chainId)?.claims?.find(({ address }) => address === claims)
  accept(named !== undefined, "REGISTRY_NOT_ACCEPTED", `registry of claims ${claims}, chain ${chainId}`)
  const isOver = named.over === registry
  check(isOver, "CLAIM_REGISTRY_MISMATCH", `${claims} is over ${named.over}, the tally names ${registry}`)
  const isSame = named.codeHash === storage.codeHash
  check(isSame, "CLAIM_REGISTRY_MISMATCH", `${claims} has code ${storage.codeHash}, not ${named.codeHash}`)
}

/** Terms, accumulator, closing bounds and counts are what the registry of claims holds, and it is closed. */
function checkRecord(tally: PublishedTally, storage: ProvenStorage, label: string): void {
  const [folded, counts, state] = tallySlots(tally)
  const read = (slot: typeof folded) => readSlot(storage, slot)
  const held = unpackTally([read(folded), read(counts), read(state)])
  for (const [slot, value] of tallyWords(tally))
    check(read(slot) === value, MISMATCH, `${label}: slot ${slot} holds another value`)
  const isSame =
    held.runs === tally.runs && held.unopened === BigInt(tally.unopened) && held.voids === BigInt(tally.voids)
  check(isSame, MISMATCH, `${label}: ${held.runs} runs, ${held.unopened} unopened, ${held.voids} void`)
  check(held.closedAt !== 0n, "CLAIM_NOT_CLOSED", `${label}: tally ${tally.number} of ${tally.operator}`)
}

function checkBound(bound: ClaimBound, { tallies }: Presentation, storage: ProvenStorage, label: string): void {
  const [tally, over] = [tallies[bound.tally], tallies[bound.over]]
  if (bound.published === undefined || tally?.kind !== "published" || over?.kind !== "published") return
  const isHeld = readSlot(storage, boundSlot(tally, bound.published)) === boundWord(bound, over.number)
  check(isHeld, MISMATCH, `${label}: bound ${bound.published} of tally ${tally.number} is another`)
}

function sightOne(tally: PublishedTally, place: number, document: Presentation, policy: Policy): SightedPublication {
  const { chainId, registry, claims, operator, from, to, asOf } = tally
  const storage = storageOf(tally.state, claims, `the registry of claims for tally ${place}`)
  acceptClaims(tally, storage, policy)
  checkRecord(tally, storage, `tally ${place}`)
  for (const [i, bound] of document.bounds.entries())
    if (bound.tally === place - 1) checkBound(bound, document, storage, `bound ${i + 1}`)
  const ledgers = tally.ledgers.map((ledger) => sightLedger({ registry, asOf }, { operator, ...ledger }))
  return { chainId, from, to, asOf, place, ledgers, claimsHeader: storage.header }
}

/** Every tally that the chain holds, with the bounds on it. Throws a Rejection, Unaccepted, or Undetermined without a proof. */
export function sightPublished(document: Presentation, policy: Policy): readonly SightedPublication[] {
  return document.tallies.flatMap((tally, i) =>
    tally.kind === "published" ? [sightOne(tally, i + 1, document, policy)] : [],
  )
}
