import {
  type Anchored,
  type AnchorProof,
  type Beacon,
  boundaryNumber,
  type CertifiedRun,
  check,
  type Hex,
  type LogProof,
  ledgerIdOf,
  parseAnchored,
  parseEnrolled,
  parseVouched,
} from "@wattest/protocol"
import type { BlockHeader } from "../chain/header.ts"
import { withCode } from "../chain/proof.ts"
import { logAt, proveReceipt } from "../chain/receipt.ts"
import { proveStorage, readVouch } from "../chain/state.ts"
import { checkBlockTrusted, checkRecent } from "../chain/trust.ts"
import { chainOf } from "../policy.ts"
import type { BeaconTimes } from "../quality/books-findings.ts"
import { nodeName } from "../rpc/node-name.ts"
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
  // The anchor may come from an earlier submission than the document's.
  const isTold = BigInt(run.statement.endTimeMs) <= event.through * 1000n
  check(isTold, "THROUGH_BEFORE_END", `it is anchored with runs up to ${event.through}`)
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
export async function checkBlocks(subject: Subject, headers: readonly BlockHeader[]) {
  for (const [i, header] of headers.entries()) {
    const run = subject.certificate.runs[i]
    if (run === undefined) continue
    const checkpoint = run.proof?.checkpoint
    await checkBlockTrusted(header, { ...subject, chainId: run.anchor.chainId, checkpoint })
  }
}

/** A log of the registry in a block that is trusted, not after the anchor's. */
async function provenLog(subject: Subject, run: CertifiedRun, part: string, proof: LogProof | undefined) {
  if (proof === undefined) throw new Undetermined("PROOF_ABSENT", `run ${run.run}: the receipt is not in the document`)
  const { chainId, registry, blockNumber } = run.anchor
  const receipt = withCode("ANCHOR_PROOF_INVALID", part, () => proveReceipt(proof.receipt))
  const isBefore = receipt.header.number <= blockNumber
  check(isBefore, "ANCHOR_PROOF_INVALID", `${part}: block ${receipt.header.number} is after the anchor's`)
  await checkBlockTrusted(receipt.header, { ...subject, chainId, checkpoint: proof.checkpoint })
  const { header } = receipt
  return { header, log: withCode("ANCHOR_PROOF_INVALID", part, () => logAt(receipt, proof.logIndex, registry)) }
}

/** The key was enrolled in this ledger, at the boundary of its runs. */
export async function checkEnrolment(subject: Subject): Promise<void> {
  const { scheme, key } = subject.certificate.device
  for (const run of subject.certificate.runs) {
    const event = parseEnrolled((await provenLog(subject, run, "enrolled", proofOf(run).enrolled)).log)
    const { operator, voucher } = run.anchor
    check(event.device === subject.device, "ENROLMENT_MISMATCH", `the event enrols device ${event.device}`)
    check(event.scheme === BigInt(scheme) && event.key === key, "ENROLMENT_MISMATCH", "the event enrols another key")
    const isSame = event.operator === operator && event.voucher === voucher
    check(isSame, "ENROLMENT_MISMATCH", `it joined operator ${event.operator}, voucher ${event.voucher}`)
    const { boundary } = run.statement
    const isThere = event.boundary === BigInt(boundaryNumber(boundary))
    check(isThere, "BOUNDARY_MISMATCH", `run ${run.run}: ${boundary}, enrolled at boundary ${event.boundary}`)
  }
}

/** A voucher's word for this device and operator. Throws VOUCH_MISSING. */
async function provenVouch(
  subject: Subject,
  run: CertifiedRun,
  part: "vouched" | "revised",
  proof: LogProof | undefined,
) {
  const { header, log } = await provenLog(subject, run, part, proof)
  const { device, voucher, operator, evidence } = parseVouched(log, part)
  const isSame = device === subject.device && voucher === run.anchor.voucher && operator === run.anchor.operator
  check(isSame, "VOUCH_MISSING", `voucher ${voucher} vouched for ${device} and ${operator}`)
  return { header, evidence }
}

/** The document that the run names was on the chain before its anchor: by the vouch, or by a revision of it. */
async function checkDocumentVouched(subject: Subject, run: CertifiedRun, evidence: Hex): Promise<void> {
  const { vouchDocument } = run.statement.context
  if (vouchDocument === null || vouchDocument === evidence) return
  const { revised = [undefined] } = proofOf(run)
  const documents: Hex[] = []
  for (const proof of revised) documents.push((await provenVouch(subject, run, "revised", proof)).evidence)
  const isThere = documents.includes(vouchDocument)
  check(isThere, "VOUCH_DOCUMENT_MISMATCH", `run ${run.run}: the chain has documents ${documents.join(", ")}`)
}

/** The voucher vouched for this device and operator. Returns the Unix seconds at which it did, one for each run. */
export async function checkVouch(subject: Subject): Promise<readonly number[]> {
  const times: number[] = []
  for (const run of subject.certificate.runs) {
    const { header, evidence } = await provenVouch(subject, run, "vouched", proofOf(run).vouched)
    await checkDocumentVouched(subject, run, evidence)
    times.push(header.timestamp)
  }
  return times
}

/** As of the proof's block, which is as late as the policy asks, the vouch was not withdrawn from a time before the anchor. */
export async function checkNotWithdrawn(subject: Subject): Promise<void> {
  const headers: BlockHeader[] = []
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
    headers.push(storage.header)
  }
  // After all runs: a withdrawal that is known outweighs one that is not.
  for (const header of headers) checkRecent(header, subject.policy)
}

/** Unix seconds of a beacon. Throws BEACON_MISMATCH where policy or nodes know another block of its number. */
async function beaconTime(
  { policy, readers, onTrusted }: Subject,
  chainId: number,
  { number, hash }: Beacon,
): Promise<number> {
  const { trustedBlocks = [], rpcs = [] } = chainOf(policy, chainId) ?? {}
  const same = trustedBlocks.filter((block) => block.number === number)
  const listed = same.find((block) => block.hash === hash)
  check(same.length === 0 || listed !== undefined, "BEACON_MISMATCH", `the policy has another block ${number}`)
  if (listed?.timestamp !== undefined) {
    onTrusted({ chainId, number, hash, by: "list", nodes: [] })
    return listed.timestamp
  }
  if (readers.chain === null || rpcs.length === 0)
    throw new Undetermined(listed ? "BLOCK_TIME_UNKNOWN" : "TRUST_ROOT_MISSING", `block ${number} of chain ${chainId}`)
  const block = await readers.chain.blockAt(chainId, number)
  check(block?.hash === hash, "BEACON_MISMATCH", `block ${number} of chain ${chainId} is another one`)
  onTrusted({ chainId, number, hash, by: "nodes", nodes: rpcs.map(nodeName) })
  return block.timestamp
}

/** A block of the chain before the anchor, whose time is not after the capture that names it. Returns its Unix seconds. */
async function checkNamed(subject: Subject, { run, anchor }: CertifiedRun, beacon: Beacon, namedMs: number) {
  const isBefore = beacon.number < anchor.blockNumber
  check(isBefore, "BEACON_MISMATCH", `run ${run}: block ${beacon.number} is not before the anchor`)
  const seconds = await beaconTime(subject, anchor.chainId, beacon)
  const earlyMs = seconds * 1000 - namedMs
  const isAfter = earlyMs <= subject.policy.tolerances.clockMs
  check(isAfter, "BEACON_MISMATCH", `run ${run} is ${earlyMs} ms before the time of block ${beacon.number}`)
  return seconds
}

/**
 * The blocks that opening and closing name are on the chain, in this order and before the anchor. A run begins where the
 * one before ended, so the opening's block bounds what comes after capture 0: by the certificate, the end.
 */
export async function checkBeacon(subject: Subject): Promise<readonly BeaconTimes[]> {
  const times: BeaconTimes[] = []
  for (const run of subject.certificate.runs) {
    const { beacon } = run.statement.context
    if (beacon === null) throw new Undetermined("PROOF_ABSENT", `run ${run.run} names no beacon`)
    const closing = run.lastCapture.sources.closing?.beacon ?? null
    const isInOrder = closing === null || closing.number >= beacon.number
    check(isInOrder, "BEACON_MISMATCH", `run ${run.run}: closing block ${closing?.number} is before the opening's`)
    const { endTimeMs } = run.statement
    times.push({
      opening: await checkNamed(subject, run, beacon, endTimeMs),
      closing: closing === null ? null : await checkNamed(subject, run, closing, endTimeMs),
    })
  }
  return times
}
