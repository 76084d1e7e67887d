import {
  CERTIFICATE_TYPE,
  type Certificate,
  type CertifiedRun,
  encodeCertificate,
  type Hex,
  MAX_CERTIFICATE_RUNS,
  parseCertificate,
  type VouchDocument,
  vouchDigest,
} from "@wattest/protocol"
import type { RunArchive } from "../archive/run-archive.ts"
import { proveCaptures } from "../archive/run-evidence.ts"
import { Refusal } from "../refusal.ts"
import { checkReceipt, type ReceiptSource } from "./receipts.ts"
import { checkCertifiedRun, checkRecord } from "./self-check.ts"

export type CertificateRequest = {
  readonly archive: RunArchive
  readonly receipts: ReceiptSource
  /** Device id, 32 bytes. */
  readonly device: Hex
  /** First and last run, both included. */
  readonly firstRun: bigint
  readonly lastRun: bigint
  /** The vouch documents that the runs name, where their sensors are to be shown. */
  readonly vouchDocuments?: readonly VouchDocument[]
}

async function certifyRun({ archive, receipts, device }: CertificateRequest, run: bigint): Promise<CertifiedRun> {
  const record = await archive.record(device, run)
  checkRecord(record)
  const { submission, anchor, proof } = await receipts(device, run)
  checkReceipt({ submission, anchor, proof }, device, run, record.root)
  const last = record.statement.captures - 1
  const { captures } = await proveCaptures(await archive.evidence(device, run), record, [0, last])
  const [firstCapture, lastCapture = firstCapture] = captures
  if (!firstCapture || !lastCapture) throw new Error(`run ${run} gave ${captures.length} of its ends`)
  const { statement, salt, capturesRoot } = record
  const certified = { run, statement, salt, capturesRoot, firstCapture, lastCapture, submission, anchor, proof }
  checkCertifiedRun(record.device, certified)
  return certified
}

/** Throws a Refusal where a document is given that no run names: a verifier would refuse it. */
function namedDocuments(runs: readonly CertifiedRun[], documents: readonly VouchDocument[]) {
  const named = new Set(runs.map(({ statement }) => statement.context.vouchDocument))
  for (const digest of documents.map(vouchDigest))
    if (!named.has(digest))
      throw new Refusal("INPUT_INVALID", `vouch document ${digest}`, "no run of the certificate names it")
  return documents.length === 0 ? {} : { vouchDocuments: documents }
}

/**
 * The certificate of consecutive runs of one device, from its archive and the receipts of its anchors. Everything that
 * a verifier computes again from it is computed here first. Throws a Refusal or a Rejection.
 */
export async function createCertificate(request: CertificateRequest): Promise<Certificate> {
  const { archive, device, firstRun, lastRun } = request
  const count = lastRun - firstRun + 1n
  if (count < 1n || count > BigInt(MAX_CERTIFICATE_RUNS))
    throw new Refusal("INPUT_INVALID", `${count} runs`, `a certificate holds 1 to ${MAX_CERTIFICATE_RUNS} runs`)
  const runs: CertifiedRun[] = []
  for (let run = firstRun; run <= lastRun; run++) runs.push(await certifyRun(request, run))
  const { device: key } = await archive.record(device, firstRun)
  const shown = namedDocuments(runs, request.vouchDocuments ?? [])
  // Reading back what was written proves that the document is in its one spelling and within its limits.
  return parseCertificate(encodeCertificate({ mediaType: CERTIFICATE_TYPE, device: key, ...shown, runs }))
}
