import { hash } from "node:crypto"
import { createReadStream, writeFileSync } from "node:fs"
import { join } from "node:path"
import { readAtMost } from "@wattest/command"
import {
  anchorReceipt,
  deviceIdOf,
  MAX_PRESENTATION_BYTES,
  parseCertificate,
  parseDocument,
  parseVouch,
} from "@wattest/protocol"
import type { CertificateClaim } from "../certificate/claim.ts"
import { verdictOf } from "../check-log.ts"
import type { EvidenceFile } from "../evidence/file.ts"
import { type Document, type Judgement, judge, judgeJob, type World } from "../judge.ts"
import { reportVerdict } from "../report/build.ts"
import {
  certificateFacts,
  type Facts,
  jobFacts,
  NO_FACTS,
  presentationFacts,
  receiptFacts,
  vouchFact,
} from "./facts.ts"
import { type DeskKind, runName } from "./files/kinds.ts"
import type { FileDigest, Judged, Row, RowReport } from "./row.ts"

/** A file to judge. */
export type Job = { readonly index: number; readonly path: string; readonly kind: DeskKind }

/** What is the same for every job. */
export type Desk = {
  /** Paths of evidence by the run that they are of. */
  readonly evidence: ReadonlyMap<string, readonly string[]>
  /** The folder in which each document gets a page; null for none. */
  readonly pages: string | null
}

const READ_BYTES = 256 * 1024
const sha256Of = (bytes: Uint8Array) => `0x${hash("sha256", bytes, "hex")}`

const evidenceFile = (name: string): EvidenceFile => ({
  ...{ name, open: async () => createReadStream(name, { highWaterMark: READ_BYTES }) },
})

/** Evidence of a certificate's runs. A certificate that cannot be read has none: judging it says why. */
function evidenceFor(bytes: Uint8Array, evidence: Desk["evidence"]): readonly string[] {
  if (evidence.size === 0) return []
  try {
    const { device, runs } = parseCertificate(bytes)
    const id = deviceIdOf(device)
    return runs.flatMap(({ run }) => evidence.get(runName(id, run)) ?? [])
  } catch (error) {
    verdictOf(error)
    return []
  }
}

function factsOf(judgement: Judgement): Facts {
  if (judgement.verdict.status !== "valid" || judgement.kind === "job" || judgement.kind === "extract") return NO_FACTS
  return judgement.kind === "certificate"
    ? certificateFacts(judgement.verdict.claim.certificate)
    : presentationFacts(judgement.verdict.claim)
}

function rowReport(judgement: Judgement): RowReport {
  const { expectations, findings, trustedBlocks } = judgement.model
  const shared = { expectations, findings, trustedBlocks }
  if (judgement.kind === "presentation")
    return { ...shared, subject: null, quantities: [], claims: judgement.model.claims }
  if (judgement.kind === "extract") return { ...shared, subject: null, quantities: [], claims: [] }
  if (judgement.kind === "job") return { ...shared, subject: null, quantities: judgement.model.quantities, claims: [] }
  const { subject, quantities } = judgement.model
  return { ...shared, subject, quantities, claims: [] }
}

async function writePage(judgement: Judgement, { index, path }: Job, folder: string): Promise<string> {
  const safe = (path.split(/[\\/]/).at(-1) ?? "").replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 80)
  const name = `${String(index + 1).padStart(5, "0")}-${safe}.html`
  writeFileSync(join(folder, name), await pageOf(judgement))
  return name
}

async function pageOf({ kind, model }: Judgement): Promise<string> {
  if (kind === "certificate") return (await import("../report/page/html.ts")).renderHtml(model)
  if (kind === "job") return (await import("../report/job/html.ts")).renderJobHtml(model)
  if (kind === "extract") return (await import("../report/extract/html.ts")).renderExtractHtml(model)
  return (await import("../report/presentation/html.ts")).renderPresentationHtml(model)
}

const BESIDE = { kind: "evidence", bytes: 0, evidence: [], page: null, report: null } as const

/** Refused evidence as a document of its own: anybody can lay a forged file beside a certificate. */
function refusedRows(judgement: Judgement): readonly Row[] {
  const apart = judgement.kind === "certificate" ? judgement.apart : []
  return apart.map(({ name, sha256, result }) => ({
    ...{ ...BESIDE, name, sha256, verdict: reportVerdict(result.verdict) },
  }))
}

/** What was found to belong to a certificate; not read where that is refused. */
function besideDigests(judgement: Judgement, files: readonly EvidenceFile[], refused: readonly Row[]) {
  const documents = judgement.kind === "certificate" ? judgement.model.documents : []
  const kept = files.filter((file) => !refused.some((row) => row.name === file.name))
  return kept.map(({ name }): FileDigest => {
    const read = documents.find((document) => document.kind === "evidence" && document.name === name)
    return { name, sha256: read?.sha256 ?? null }
  })
}

/** Judges a document with the evidence of its runs; refused evidence is kept apart. */
export async function judgeBeside(document: Document, kind: DeskKind, evidence: Desk["evidence"], world: World) {
  const files = kind === "certificate" ? evidenceFor(document.bytes, evidence).map(evidenceFile) : []
  return { files, judgement: await judge(document, files, world, { keepsApart: true }) }
}

async function judgeDocument(job: Job, bytes: Uint8Array, desk: Desk, world: World): Promise<Judged> {
  const { path: name, kind } = job
  const { files, judgement } = await judgeBeside({ name, bytes }, kind, desk.evidence, world)
  const refused = refusedRows(judgement)
  const row: Row = {
    ...{ kind: judgement.kind, name, sha256: sha256Of(bytes), bytes: bytes.length, verdict: judgement.model.verdict },
    evidence: besideDigests(judgement, files, refused),
    page: desk.pages === null ? null : await writePage(judgement, job, desk.pages),
    report: rowReport(judgement),
  }
  return { row, facts: factsOf(judgement), refused }
}

/** A job, read once: judged, and its certificates looked at as they come. */
async function judgeJobFile(job: Job, desk: Desk, world: World): Promise<Judged> {
  const { path: name } = job
  const facts: Facts[] = []
  const onCertificate = (claim: CertificateClaim) => facts.push(certificateFacts(claim))
  const pieces = createReadStream(name, { highWaterMark: READ_BYTES })
  const judgement = await judgeJob({ name, pieces }, world, { onCertificate })
  const { verdict, model } = judgement
  const row: Row = {
    ...{ kind: "job", name, sha256: model.sha256, bytes: model.bytes, verdict: model.verdict },
    ...{ evidence: [], page: desk.pages === null ? null : await writePage(judgement, job, desk.pages) },
    report: rowReport(judgement),
  }
  return { row, facts: verdict.status === "valid" ? jobFacts(verdict.claim, facts) : NO_FACTS }
}

const READERS: { readonly [K in DeskKind]?: (bytes: Uint8Array) => Facts } = {
  receipt: (bytes) => receiptFacts(parseDocument(bytes, anchorReceipt, MAX_PRESENTATION_BYTES)),
  vouch: (bytes) => ({ ...NO_FACTS, vouches: [vouchFact(parseVouch(bytes))] }),
}

/** A document that says something only beside others: it is broken, or nothing is said of it. */
function readBeside({ path: name, kind }: Job, bytes: Uint8Array, read: (bytes: Uint8Array) => Facts): Judged {
  const row = { kind, name, sha256: sha256Of(bytes), bytes: bytes.length, evidence: [], page: null, report: null }
  try {
    return { row: { ...row, verdict: null }, facts: read(bytes) }
  } catch (error) {
    return { row: { ...row, verdict: reportVerdict(verdictOf(error)) }, facts: NO_FACTS }
  }
}

/** Judges a file as it would be judged by itself. Throws what reading it throws. */
export async function judgeFile(job: Job, desk: Desk, world: World): Promise<Judged> {
  if (job.kind === "job") return judgeJobFile(job, desk, world)
  const bytes = readAtMost(job.path, MAX_PRESENTATION_BYTES)
  const read = READERS[job.kind]
  return read === undefined ? judgeDocument(job, bytes, desk, world) : readBeside(job, bytes, read)
}
