import {
  CERTIFICATE_TYPE,
  type Certificate,
  EVIDENCE_TYPE,
  EXTRACT_TYPE,
  JOB_TYPE,
  PRESENTATION_TYPE,
  parseCertificate,
  RUN_RECORD_TYPE,
  TALLY_TYPE,
} from "@wattest/protocol"
import { verifyCertificate } from "./certificate/verify.ts"
import { verdictOfWhole, type WholeClaim } from "./certificate/whole.ts"
import type { ProvenClaim } from "./claims/verify-presentation.ts"
import type { CaptureEngineFactory } from "./evidence/capture-engine.ts"
import type { EvidenceFile } from "./evidence/file.ts"
import type { ByteStream } from "./evidence/lines.ts"
import type { EvidenceResult } from "./evidence/verify.ts"
import type { ExtractClaim } from "./extract/verify.ts"
import type { JobClaim } from "./job/claim.ts"
import type { JobOptions } from "./job/verify.ts"
import { POLICY_TYPE, type Policy } from "./policy.ts"
import type { Readers } from "./readers.ts"
import { type Named, reportModel } from "./report/build.ts"
import type { ExtractModel } from "./report/extract/model.ts"
import type { JobModel } from "./report/job/model.ts"
import type { ReportModel } from "./report/model.ts"
import type { PresentationModel } from "./report/presentation/model.ts"
import { factsOfBytes, portableSum, type SumFactory, summed } from "./report/sum.ts"
import type { Outcome, Verdict } from "./verdict.ts"

/** What a file can be that concerns a verifier. */
export type Kind = "certificate" | "job" | "evidence" | "presentation" | "extract" | "policy" | "private"

const KINDS: ReadonlyMap<string, Kind> = new Map([
  [CERTIFICATE_TYPE, "certificate"],
  [JOB_TYPE, "job"],
  [EVIDENCE_TYPE, "evidence"],
  [PRESENTATION_TYPE, "presentation"],
  [EXTRACT_TYPE, "extract"],
  [POLICY_TYPE, "policy"],
  [TALLY_TYPE, "private"],
  [RUN_RECORD_TYPE, "private"],
])

/** Payload type of a signed report, which is no document of a device but a word about some. */
export const SIGNED_REPORT_TYPE = "application/vnd.wattest.signed-report.v1+json"

/** Longest signed report, in bytes. */
export const MAX_SIGNED_BYTES = 24 * 1024 * 1024

const PAYLOAD_TYPE = new RegExp(`"payloadType"\\s*:\\s*"${SIGNED_REPORT_TYPE.replace(/[.+]/g, "\\$&")}"`)

/** Whether one end of a file says that it is a signed report. */
export const isSignedReport = (end: Uint8Array): boolean => PAYLOAD_TYPE.test(new TextDecoder().decode(end))

/** How much of a file's beginning and of its end tells what it is. */
export const SNIFFED_BYTES = 128 * 1024

// No text of a document can hold this: there the quotation marks would be escaped.
const MEDIA_TYPE = /"mediaType"\s*:\s*"([^"]*)"/g

function kindsIn(bytes: Uint8Array): readonly Kind[] {
  const named = [...new TextDecoder().decode(bytes).matchAll(MEDIA_TYPE)].map(([, mediaType = ""]) => mediaType)
  return named.flatMap((mediaType) => KINDS.get(mediaType) ?? [])
}

/**
 * What a file says it is, by the media type that its first or its last {@link SNIFFED_BYTES} hold; null for none of ours.
 * A certificate names its type behind its device, evidence and a job in their first line, a presentation behind its bounds and keys, a written policy
 * anywhere. `private` is what only a prover or a device keeps: a tally, whose own type follows that of the presentation in it, or a
 * run's record. Whether it is one, judging tells.
 */
export function kindOf(head: Uint8Array, tail: Uint8Array): Kind | null {
  const isGzip = head[0] === 0x1f && head[1] === 0x8b
  // Of ours only evidence is ever compressed.
  if (isGzip) return "evidence"
  const [inHead, inTail] = [kindsIn(head), kindsIn(tail)]
  if ([...inHead, ...inTail].at(-1) === "private") return "private"
  const isJudged = (kind: Kind) => kind !== "private"
  return inHead.find(isJudged) ?? inTail.findLast(isJudged) ?? null
}

/** {@link kindOf} of a file that is in memory. */
export function kindOfBytes(bytes: Uint8Array): Kind | null {
  return kindOf(bytes.subarray(0, SNIFFED_BYTES), bytes.subarray(-SNIFFED_BYTES))
}

/** A certificate, a job, a presentation or an extract. */
export type Document = { readonly name: string; readonly bytes: Uint8Array }

/** What is believed, how blocks and signatures are looked up, and where captures are checked: by default in this thread. */
export type World = {
  readonly policy: Policy
  readonly readers: Readers
  readonly engine?: CaptureEngineFactory
  /** Unix seconds that the report bears: the caller's word, no clock is read. */
  readonly time?: number | null
  /** How files are summed; portable code if absent. */
  readonly createSum?: SumFactory
}

/** The verdict on all that was given, and the report that tells of it. */
export type Judgement =
  | {
      readonly kind: "certificate"
      readonly status: Outcome
      readonly verdict: Verdict<WholeClaim>
      readonly model: ReportModel
      /** Evidence that was refused and kept apart. */
      readonly apart: readonly Named<EvidenceResult>[]
    }
  | {
      readonly kind: "presentation"
      readonly status: Outcome
      readonly verdict: Verdict<readonly ProvenClaim[]>
      readonly model: PresentationModel
    }
  | {
      readonly kind: "extract"
      readonly status: Outcome
      readonly verdict: Verdict<ExtractClaim>
      readonly model: ExtractModel
    }
  | {
      readonly kind: "job"
      readonly status: Outcome
      readonly verdict: Verdict<JobClaim>
      readonly model: JobModel
    }

/**
 * Judges a document, and beside a certificate the evidence of its runs. What is none of the others is judged as a
 * certificate, and refused if it is none. With `keepsApart` evidence that is refused says nothing of the certificate: for
 * files that nobody laid beside it on purpose. Throws what the readers or the files throw, and nothing for a document's sake.
 */
export function judge(
  document: Document,
  evidence: readonly EvidenceFile[],
  world: World,
  { keepsApart = false } = {},
): Promise<Judgement> {
  const kind = kindOfBytes(document.bytes)
  if (kind === "presentation") return judgePresentation(document, world)
  if (kind === "extract") return judgeExtract(document, world)
  if (kind === "job") return judgeJob({ name: document.name, pieces: onePiece(document.bytes), evidence }, world)
  return judgeCertificate(document, evidence, { ...world, keepsApart })
}

async function judgeCertificate(
  { name, bytes }: Document,
  files: readonly EvidenceFile[],
  world: World & { readonly keepsApart: boolean },
): Promise<Judgement> {
  const { policy, readers, keepsApart, time = null, createSum = portableSum } = world
  const facts = factsOfBytes(bytes, createSum)
  const certificate = { name, ...facts, result: await verifyCertificate(bytes, policy, readers) }
  // Beside a certificate that is refused evidence proves nothing, so nobody can make it cost anything.
  const isIdle = files.length === 0 || certificate.result.verdict.status === "invalid"
  const judged = isIdle ? [] : await judgeEvidence(files, bytes, world)
  const apart = keepsApart ? judged.filter(({ result }) => result.verdict.status === "invalid") : []
  const evidence = judged.filter((one) => !apart.includes(one))
  const results = evidence.map(({ result }) => result)
  const verdict = verdictOfWhole(certificate.result, results, policy)
  const model = reportModel({ certificate, evidence, verdict, policy, time })
  return { kind: "certificate", status: verdict.status, verdict, model, apart }
}

// What only some documents need is loaded with them: most of the time that one certificate takes is loading code.

async function judgeEvidence(files: readonly EvidenceFile[], certified: Uint8Array, world: World) {
  const certificate = parseCertificate(certified)
  const judged: Named<EvidenceResult>[] = []
  for (const file of files) judged.push({ name: file.name, ...(await judgeCaptures(file, certificate, world)) })
  return judged
}

async function judgeCaptures({ open, onProgress }: EvidenceFile, certificate: Certificate, world: World) {
  const { verifyEvidence } = await import("./evidence/verify.ts")
  const { engine, createSum = portableSum } = world
  const options = { ...(engine && { engine }), ...(onProgress && { onProgress }) }
  const { pieces, facts } = summed(await open(), createSum)
  const result = await verifyEvidence(pieces, certificate, world, options)
  return { result, ...(await facts()) }
}

async function* onePiece(bytes: Uint8Array): ByteStream {
  yield bytes
}

/** A job that is read as it is judged, and the evidence of its runs. */
export type JobFile = {
  readonly name: string
  readonly pieces: ByteStream
  readonly evidence?: readonly EvidenceFile[]
}

/**
 * A job may be long: it is judged as it is read, and each file of evidence with the certificate of its run. `onCertificate`
 * is called with each of its certificates that is valid.
 */
export async function judgeJob(
  { name, pieces: stream, evidence = [] }: JobFile,
  world: World,
  { onCertificate }: Pick<JobOptions, "onCertificate"> = {},
): Promise<Extract<Judgement, { kind: "job" }>> {
  const { policy, readers, time = null, createSum = portableSum } = world
  const { EvidenceShelf } = await import("./job/evidence.ts")
  const { verifyJob } = await import("./job/verify.ts")
  const { jobModel } = await import("./report/job/build.ts")
  const { pieces, facts } = summed(stream, createSum)
  const shelf =
    evidence.length === 0
      ? null
      : await EvidenceShelf.of(evidence, (file, certificate) => judgeCaptures(file, certificate, world))
  const options = { ...(shelf && { evidence: shelf }), ...(onCertificate && { onCertificate }) }
  const result = await verifyJob(pieces, policy, readers, options)
  const { verdict } = result
  const model = jobModel({ name, ...(await facts()), result }, { policy, time })
  return { kind: "job", status: verdict.status, verdict, model }
}

async function judgePresentation({ name, bytes }: Document, world: World): Promise<Judgement> {
  const { verifyPresentation } = await import("./claims/verify-presentation.ts")
  const { presentationModel } = await import("./report/presentation/build.ts")
  const { policy, readers, time = null, createSum = portableSum } = world
  const result = await verifyPresentation(bytes, policy, readers)
  const { verdict } = result
  const model = presentationModel({ name, ...factsOfBytes(bytes, createSum), result }, { policy, time })
  return { kind: "presentation", status: verdict.status, verdict, model }
}

async function judgeExtract({ name, bytes }: Document, world: World): Promise<Judgement> {
  const { verifyExtract } = await import("./extract/verify.ts")
  const { extractModel } = await import("./report/extract/build.ts")
  const { policy, readers, time = null, createSum = portableSum } = world
  const result = await verifyExtract(bytes, policy, readers)
  const { verdict } = result
  const model = extractModel({ name, ...factsOfBytes(bytes, createSum), result }, { policy, time })
  return { kind: "extract", status: verdict.status, verdict, model }
}
