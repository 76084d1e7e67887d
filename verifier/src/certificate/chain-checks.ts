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
import { askEach } from "../ask-each.ts"
import type { BlockHeader } from "../chain/header.ts"
import { comesBefore } from "../chain/place.ts"
import { withCode } from "../chain/proof.ts"
import { type Log, logAt, proveReceipt } from "../chain/receipt.ts"
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
export function checkAnchorProofs(subject: Subject): Promise<readonly BlockHeader[]> {
  return askEach(subject.certificate.runs, (run) =>
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
  const { runs } = subject.certificate
  await askEach([...headers.entries()], async ([i, header]) => {
    const run = runs[i]
    if (run === undefined) return
    const checkpoint = run.proof?.checkpoint
    await checkBlockTrusted(header, { ...subject, chainId: run.anchor.chainId, checkpoint })
  })
}

/** A log that a run's proof shows beside its anchor, and how it is read. */
type ShownLog<Event> = {
  readonly part: "enrolled" | "vouched" | "revised"
  readonly proof: LogProof | undefined
  readonly parse: (log: Log) => Event
}

/** An event of the registry from before the anchor, in a block that is trusted. */
async function provenLog<Event>(subject: Subject, run: CertifiedRun, { part, proof, parse }: ShownLog<Event>) {
  if (proof === undefined) throw new Undetermined("PROOF_ABSENT", `run ${run.run}: the receipt is not in the document`)
  const { chainId, registry } = run.anchor
  const receipt = withCode("ANCHOR_PROOF_INVALID", part, () => proveReceipt(proof.receipt))
  const blockNumber = receipt.header.number
  const isBefore = comesBefore(
    { blockNumber, transactionIndex: proof.receipt.index, logIndex: proof.logIndex },
    run.anchor,
  )
  check(isBefore, "ANCHOR_PROOF_INVALID", `${part}: the log in block ${blockNumber} does not come before the anchor`)
  const event = withCode("ANCHOR_PROOF_INVALID", part, () => parse(logAt(receipt, proof.logIndex, registry)))
  await checkBlockTrusted(receipt.header, { ...subject, chainId, checkpoint: proof.checkpoint })
  return { header: receipt.header, event }
}

/** The key was enrolled in this ledger, at the boundary of its runs. */
export async function checkEnrolment(subject: Subject): Promise<void> {
  const { scheme, key } = subject.certificate.device
  await askEach(subject.certificate.runs, async (run) => {
    const { enrolled } = proofOf(run)
    const { event } = await provenLog(subject, run, { part: "enrolled", proof: enrolled, parse: parseEnrolled })
    const { operator, voucher } = run.anchor
    check(event.device === subject.device, "ENROLMENT_MISMATCH", `the event enrols device ${event.device}`)
    check(event.scheme === BigInt(scheme) && event.key === key, "ENROLMENT_MISMATCH", "the event enrols another key")
    const isSame = event.operator === operator && event.voucher === voucher
    check(isSame, "ENROLMENT_MISMATCH", `it joined operator ${event.operator}, voucher ${event.voucher}`)
    const { boundary } = run.statement
    const isThere = event.boundary === BigInt(boundaryNumber(boundary))
    check(isThere, "BOUNDARY_MISMATCH", `run ${run.run}: ${boundary}, enrolled at boundary ${event.boundary}`)
  })
}

/** A voucher's word for this device and operator. Throws VOUCH_MISSING. */
async function provenVouch(
  subject: Subject,
  run: CertifiedRun,
  part: "vouched" | "revised",
  proof: LogProof | undefined,
) {
  const parse = (log: Log) => parseVouched(log, part)
  const { header, event } = await provenLog(subject, run, { part, proof, parse })
  const { device, voucher, operator, evidence } = event
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
export function checkVouch(subject: Subject): Promise<readonly number[]> {
  return askEach(subject.certificate.runs, async (run) => {
    const { header, evidence } = await provenVouch(subject, run, "vouched", proofOf(run).vouched)
    await checkDocumentVouched(subject, run, evidence)
    return header.timestamp
  })
}

/** As of the proof's block, which is as late as the policy asks, the vouch was not withdrawn from a time before the anchor. */
export async function checkNotWithdrawn(subject: Subject): Promise<void> {
  await askEach(subject.certificate.runs, async (run) => {
    const { state } = proofOf(run)
    if (state === undefined) throw new Undetermined("PROOF_ABSENT", `run ${run.run}: no storage proof of the vouch`)
    const { chainId, registry, blockNumber, anchoredAt, operator, voucher } = run.anchor
    const storage = proveStorage(state, registry)
    const { number } = storage.header
    check(number >= blockNumber, "STATE_PROOF_INVALID", `block ${number} is before the anchor's`)
    const vouch = readVouch(storage, subject.device, voucher)
    await checkBlockTrusted(storage.header, { ...subject, chainId })
    check(vouch.operator === operator, "VOUCH_MISSING", `as of block ${number} the vouch is for ${vouch.operator}`)
    const isHeld = vouch.since === null || vouch.since > anchoredAt
    check(isHeld, "VOUCH_WITHDRAWN", `run ${run.run}: withdrawn from ${vouch.since} on, anchored at ${anchoredAt}`)
    checkRecent(storage.header, subject.policy)
  })
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

/** A block of the chain whose time is not after the capture that names it. Returns its Unix seconds. */
async function checkNamed(subject: Subject, { run, anchor }: CertifiedRun, beacon: Beacon | null, namedMs: number) {
  if (beacon === null) throw new Undetermined("PROOF_ABSENT", `run ${run} names no beacon`)
  const seconds = await beaconTime(subject, anchor.chainId, beacon)
  const earlyMs = seconds * 1000 - namedMs
  const isAfter = earlyMs <= subject.policy.tolerances.clockMs
  check(isAfter, "BEACON_MISMATCH", `run ${run} is ${earlyMs} ms before the time of block ${beacon.number}`)
  return seconds
}

/** The blocks that a run names are before the anchor's, and the closing's not before the opening's: by number, whoever knows them. */
function checkNumbers({ run, anchor }: CertifiedRun, opening: Beacon | null, closing: Beacon | null): void {
  for (const beacon of [opening, closing]) {
    const isBefore = beacon === null || beacon.number < anchor.blockNumber
    check(isBefore, "BEACON_MISMATCH", `run ${run}: block ${beacon?.number} is not before the anchor`)
  }
  const isInOrder = opening === null || closing === null || closing.number >= opening.number
  check(isInOrder, "BEACON_MISMATCH", `run ${run}: closing block ${closing?.number} is before the opening's`)
}

/**
 * The blocks that opening and closing name are on the chain, in this order and before the anchor. A run begins where the
 * one before ended, so the opening's block bounds what comes after capture 0: by the certificate, the end.
 */
export function checkBeacon(subject: Subject): Promise<readonly BeaconTimes[]> {
  return askEach(subject.certificate.runs, async (run) => {
    const { context, endTimeMs } = run.statement
    const last = run.lastCapture.sources.closing?.beacon ?? null
    checkNumbers(run, context.beacon, last)
    const named = last === null ? [context.beacon] : [context.beacon, last]
    const times = await askEach(named, (beacon) => checkNamed(subject, run, beacon, endTimeMs))
    const [opening = null, closing = null] = times
    return { opening, closing }
  })
}
