import { type AnchorProof, type CertifiedRun, check, type Hex, ledgerIdOf } from "@wattest/protocol"
import { type Anchored, parseAnchored, parseEnrolled, parseVouched } from "../chain/events.ts"
import type { BlockHeader } from "../chain/header.ts"
import { withCode } from "../chain/proof.ts"
import { logAt, proveReceipt } from "../chain/receipt.ts"
import { proveStorage, readVouch } from "../chain/state.ts"
import { checkBlockTrusted } from "../chain/trust.ts"
import { Undetermined } from "../verdict.ts"
import type { Subject } from "./subject.ts"

function proofOf({ run, proof }: CertifiedRun): AnchorProof {
  if (proof === undefined) throw new Undetermined("PROOF_ABSENT", `run ${run} has no anchor proof`)
  return proof
}

/** The event says of this run what the document says. */
function checkAnchored({ device, rootOf }: Subject, run: CertifiedRun, event: Anchored): void {
  const { anchor } = run
  const ledger = ledgerIdOf(anchor.operator, anchor.voucher)
  check(event.device === device && event.run === run.run, "ANCHOR_MISMATCH", "the event is of another device or run")
  check(event.ledger === ledger, "ANCHOR_MISMATCH", `the event is of ledger ${event.ledger}, not ${ledger}`)
  check(event.position === anchor.position, "ANCHOR_MISMATCH", `its position is ${event.position}`)
  check(event.head === anchor.head, "ANCHOR_MISMATCH", `the head after it is ${event.head}`)
  check(BigInt(event.root) !== 0n, "RUN_VOID", "its anchored root is 0")
  check(BigInt(event.root) === rootOf(run), "ROOT_NOT_ANCHORED", `the anchored root is ${event.root}`)
}

/** Blocks that hold the receipts of this certificate's runs, one for each. */
export function checkAnchorProofs(subject: Subject): readonly BlockHeader[] {
  return subject.certificate.runs.map((run) =>
    withCode("ANCHOR_PROOF_INVALID", `run ${run.run}`, () => {
      const { anchored } = proofOf(run)
      const { anchor } = run
      const receipt = proveReceipt(anchored)
      const { number, timestamp } = receipt.header
      check(anchored.index === anchor.transactionIndex, "ANCHOR_MISMATCH", "the proof is of another transaction")
      check(number === anchor.blockNumber, "ANCHOR_MISMATCH", `the proof is of block ${number}`)
      check(timestamp === anchor.anchoredAt, "ANCHOR_MISMATCH", `the block's time is ${timestamp}`)
      checkAnchored(subject, run, parseAnchored(logAt(receipt, anchor.logIndex, anchor.registry)))
      return receipt.header
    }),
  )
}

/** Each block is one that policy or readers know. */
export async function checkBlocks({ certificate, policy, readers }: Subject, headers: readonly BlockHeader[]) {
  for (const [i, header] of headers.entries()) {
    const run = certificate.runs[i]
    if (run === undefined) continue
    const checkpoint = run.proof?.checkpoint
    await checkBlockTrusted(header, { policy, readers, chainId: run.anchor.chainId, checkpoint })
  }
}

type LogPart = "enrolled" | "vouched"

/** A log of the registry in a block that is trusted, not after the anchor's. */
async function provenLog(subject: Subject, run: CertifiedRun, part: LogPart) {
  const proof = proofOf(run)[part]
  if (proof === undefined) throw new Undetermined("PROOF_ABSENT", `run ${run.run}: the receipt is not in the document`)
  const { chainId, registry, blockNumber } = run.anchor
  const receipt = withCode("ANCHOR_PROOF_INVALID", part, () => proveReceipt(proof.receipt))
  const isBefore = receipt.header.number <= blockNumber
  check(isBefore, "ANCHOR_PROOF_INVALID", `${part}: block ${receipt.header.number} is after the anchor's`)
  await checkBlockTrusted(receipt.header, { ...subject, chainId, checkpoint: proof.checkpoint })
  return withCode("ANCHOR_PROOF_INVALID", part, () => logAt(receipt, proof.logIndex, registry))
}

/** The key was enrolled in this ledger. */
export async function checkEnrolment(subject: Subject): Promise<void> {
  const { scheme, key } = subject.certificate.device
  for (const run of subject.certificate.runs) {
    const event = parseEnrolled(await provenLog(subject, run, "enrolled"))
    const { operator, voucher } = run.anchor
    check(event.device === subject.device, "ENROLMENT_MISMATCH", `the event enrols device ${event.device}`)
    check(event.scheme === BigInt(scheme) && event.key === key, "ENROLMENT_MISMATCH", "the event enrols another key")
    const isSame = event.operator === operator && event.voucher === voucher
    check(isSame, "ENROLMENT_MISMATCH", `it joined operator ${event.operator}, voucher ${event.voucher}`)
  }
}

/** The voucher vouched for this device and operator. Returns the digest of its report. */
export async function checkVouch(subject: Subject): Promise<Hex | null> {
  let evidence: Hex | null = null
  for (const run of subject.certificate.runs) {
    const event = parseVouched(await provenLog(subject, run, "vouched"))
    const { operator, voucher } = run.anchor
    const isSame = event.device === subject.device && event.voucher === voucher && event.operator === operator
    check(isSame, "VOUCH_MISSING", `voucher ${event.voucher} vouched for ${event.device} and ${event.operator}`)
    evidence = event.evidence
  }
  return evidence
}

/** As of the proof's block, the vouch was not withdrawn from a time before the anchor. */
export async function checkNotWithdrawn(subject: Subject): Promise<void> {
  for (const run of subject.certificate.runs) {
    const { state } = proofOf(run)
    if (state === undefined) throw new Undetermined("PROOF_ABSENT", `run ${run.run}: no storage proof of the vouch`)
    const { chainId, registry, blockNumber, anchoredAt, operator, voucher } = run.anchor
    const storage = proveStorage(state, registry)
    const { number } = storage.header
    check(number >= blockNumber, "STATE_PROOF_INVALID", `block ${number} is before the anchor's`)
    await checkBlockTrusted(storage.header, { ...subject, chainId })
    const vouch = readVouch(storage, subject.device, voucher)
    check(vouch.operator === operator, "VOUCH_MISSING", `as of block ${number} the vouch is for ${vouch.operator}`)
    const isHeld = vouch.since === null || vouch.since > anchoredAt
    check(isHeld, "VOUCH_WITHDRAWN", `run ${run.run}: withdrawn from ${vouch.since} on, anchored at ${anchoredAt}`)
  }
}

/** The opening's block is on the chain, before the anchor and before the run. */
export async function checkBeacon({ certificate, policy, readers }: Subject): Promise<void> {
  for (const { run, statement, anchor } of certificate.runs) {
    const { beacon } = statement.context
    if (beacon === null) throw new Undetermined("PROOF_ABSENT", `run ${run} names no beacon`)
    check(
      beacon.number < anchor.blockNumber,
      "BEACON_MISMATCH",
      `run ${run}: block ${beacon.number} is not before the anchor`,
    )
    const { chainId } = anchor
    const listed = policy.chains.flatMap((chain) => (chain.chainId === chainId ? chain.trustedBlocks : []))
    if (listed.some(({ number, hash }) => number === beacon.number && hash === beacon.hash)) continue
    if (readers.chain === null)
      throw new Undetermined("TRUST_ROOT_MISSING", `block ${beacon.number} of chain ${chainId}`)
    const block = await readers.chain.blockAt(chainId, beacon.number)
    check(block?.hash === beacon.hash, "BEACON_MISMATCH", `run ${run}: block ${beacon.number} is another one`)
    const early = block.timestamp * 1000 - statement.startTimeMs
    check(early <= policy.tolerances.clockMs, "BEACON_MISMATCH", `run ${run} starts ${early} ms before its beacon`)
  }
}
