import { type ChosenRun, check, ledgerIdOf, Rejection, type RunsClaim } from "@wattest/protocol"
import { parseAnchored } from "../chain/events.ts"
import type { BlockHeader } from "../chain/header.ts"
import { logAt, proveReceipt } from "../chain/receipt.ts"
import { Undetermined } from "../verdict.ts"

function checkEvent(claim: RunsClaim, { anchor, anchorProof, ...run }: ChosenRun): BlockHeader {
  if (anchorProof === undefined) throw new Undetermined("PROOF_ABSENT", `run ${run.run} has no anchor proof`)
  const { chainId, registry, logIndex, transactionIndex } = anchor
  const isHere = chainId === claim.chainId && registry === claim.registry
  check(isHere, "ANCHOR_MISMATCH", `run ${run.run}: anchored in another registry than the claim names`)
  const { anchored } = anchorProof
  const receipt = proveReceipt(anchored)
  const event = parseAnchored(logAt(receipt, logIndex, registry))
  check(anchored.index === transactionIndex, "ANCHOR_MISMATCH", "the proof is of another transaction")
  check(
    receipt.header.number === anchor.blockNumber,
    "ANCHOR_MISMATCH",
    `the proof is of block ${receipt.header.number}`,
  )
  check(
    event.device === run.device && event.run === run.run,
    "ANCHOR_MISMATCH",
    "the event is of another device or run",
  )
  const ledger = ledgerIdOf(anchor.operator, anchor.voucher)
  check(event.ledger === ledger, "ANCHOR_MISMATCH", `the event is of ledger ${event.ledger}, not ${ledger}`)
  check(event.root === run.root, "ROOT_NOT_ANCHORED", `the anchored root is ${event.root}`)
  return receipt.header
}

/** Each chosen run's root is one that the registry anchored; the blocks that say so are for the caller to trust. */
export function checkChosenAnchors(claim: RunsClaim): readonly BlockHeader[] {
  return claim.runs.map((run) => {
    try {
      return checkEvent(claim, run)
    } catch (error) {
      if (error instanceof Rejection && ["FIELD_MALFORMED", "NUMBER_OUT_OF_RANGE"].includes(error.code))
        throw new Rejection("ANCHOR_PROOF_INVALID", `run ${run.run}: ${error.detail}`)
      throw error
    }
  })
}
