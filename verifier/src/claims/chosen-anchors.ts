import {
  type Anchored,
  type AnchorProof,
  type ChosenRun,
  check,
  ledgerIdOf,
  parseAnchored,
  type RunsTally,
} from "@wattest/protocol"
import { askEach } from "../ask-each.ts"
import type { BlockHeader } from "../chain/header.ts"
import { withCode } from "../chain/proof.ts"
import { logAt, proveReceipt } from "../chain/receipt.ts"
import { proveStorage, readVouch } from "../chain/state.ts"
import { checkBlockTrusted, type TrustSources } from "../chain/trust.ts"
import { Undetermined } from "../verdict.ts"

function proofOf({ run, anchorProof }: ChosenRun): AnchorProof {
  if (anchorProof === undefined) throw new Undetermined("PROOF_ABSENT", `run ${run} has no anchor proof`)
  return anchorProof
}

/** The event says of this run and its place what the document says. */
function checkAnchored({ device, run, root, anchor }: ChosenRun, event: Anchored): void {
  const ledger = ledgerIdOf(anchor.operator, anchor.voucher)
  check(event.device === device && event.run === run, "ANCHOR_MISMATCH", "the event is of another device or run")
  check(event.ledger === ledger, "ANCHOR_MISMATCH", `the event is of ledger ${event.ledger}, not ${ledger}`)
  check(event.position === anchor.position, "ANCHOR_MISMATCH", `its position is ${event.position}`)
  check(event.head === anchor.head, "ANCHOR_MISMATCH", `the head after it is ${event.head}`)
  check(event.root === root, "ROOT_NOT_ANCHORED", `the anchored root is ${event.root}`)
}

function checkAnchor(claim: RunsTally, run: ChosenRun): BlockHeader {
  const { anchored } = proofOf(run)
  const { chainId, registry, blockNumber, transactionIndex, logIndex, anchoredAt } = run.anchor
  const isHere = chainId === claim.chainId && registry === claim.registry
  check(isHere, "ANCHOR_MISMATCH", "anchored in another registry than the claim names")
  const receipt = proveReceipt(anchored)
  const { number, timestamp } = receipt.header
  check(anchored.index === transactionIndex, "ANCHOR_MISMATCH", "the proof is of another transaction")
  check(number === blockNumber, "ANCHOR_MISMATCH", `the proof is of block ${number}`)
  check(timestamp === anchoredAt, "ANCHOR_MISMATCH", `the block's time is ${timestamp}`)
  checkAnchored(run, parseAnchored(logAt(receipt, logIndex, registry)))
  return receipt.header
}

/**
 * Each chosen run's root is one that the registry anchored, where and when the document says. Gives the blocks that say
 * so, one a run: they are for the caller to trust.
 */
export function checkChosenAnchors(claim: RunsTally): Promise<readonly BlockHeader[]> {
  return askEach(claim.runs, (run) => withCode("ANCHOR_PROOF_INVALID", `run ${run.run}`, () => checkAnchor(claim, run)))
}

/**
 * As of the blocks that this gives, no voucher withdrew its word for a chosen run's device from a time before the run's
 * anchor. Whether they are recent enough is another check.
 */
export function checkChosenVouches(
  { chainId, registry, runs }: RunsTally,
  trust: Omit<TrustSources, "chainId">,
): Promise<readonly BlockHeader[]> {
  return askEach(runs, async (chosen) => {
    const { run, device, anchor } = chosen
    const { state } = proofOf(chosen)
    if (state === undefined) throw new Undetermined("PROOF_ABSENT", `run ${run}: no storage proof of the vouch`)
    const storage = proveStorage(state, registry)
    const { number } = storage.header
    check(number >= anchor.blockNumber, "STATE_PROOF_INVALID", `run ${run}: block ${number} is before the anchor's`)
    const { operator, since } = readVouch(storage, device, anchor.voucher)
    await checkBlockTrusted(storage.header, { ...trust, chainId })
    check(operator === anchor.operator, "VOUCH_MISSING", `as of block ${number} the vouch is for ${operator}`)
    const isHeld = since === null || since > anchor.anchoredAt
    check(isHeld, "VOUCH_WITHDRAWN", `run ${run}: withdrawn from ${since} on, anchored at ${anchor.anchoredAt}`)
    return storage.header
  })
}
