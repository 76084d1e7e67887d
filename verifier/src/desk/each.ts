import { createReadStream } from "node:fs"
import { readAtMost } from "@wattest/command"
import { MAX_PRESENTATION_BYTES } from "@wattest/protocol"
import type { CertificateClaim } from "../certificate/claim.ts"
import type { WholeClaim } from "../certificate/whole.ts"
import type { ProvenClaim } from "../claims/verify-presentation.ts"
import type { ExtractClaim } from "../extract/verify.ts"
import { type Judgement, judgeJob, type World } from "../judge.ts"
import type { Policy } from "../policy.ts"
import type { CheckVerdict } from "../verdict.ts"
import { acrossDocuments } from "./across/across.ts"
import type { DeskFinding } from "./across/findings.ts"
import { evidenceByRun, sortFiles } from "./desk.ts"
import { certificateFacts, type Facts, jobFacts, NO_FACTS, presentationFacts } from "./facts.ts"
import type { DeskKind } from "./files/kinds.ts"
import { judgeBeside } from "./judge-file.ts"
import { worldFor } from "./task.ts"

/** What a valid document proves: certificates with the evidence beside them, claims, or what the registry holds. */
export type Proven = {
  readonly wholes: readonly WholeClaim[]
  readonly claims: readonly ProvenClaim[]
  readonly extracts: readonly ExtractClaim[]
}

const NOTHING: Proven = { wholes: [], claims: [], extracts: [] }

/** A document that can be judged by itself, and what it proves; null where it is not valid. */
export type JudgedDocument = {
  readonly name: string
  readonly kind: Judgement["kind"]
  /** Of the bytes that were judged. */
  readonly sha256: string
  readonly verdict: CheckVerdict
  readonly proven: Proven | null
  /** What other documents can contradict. */
  readonly facts: Facts
}

export type EachRequest = {
  readonly paths: readonly string[]
  readonly policy: Policy
  readonly offline: boolean
  /** Time for the questions of one document to nodes. */
  readonly nodesDeadlineMs: number
}

/** What says something only beside others. */
const BESIDE: readonly DeskKind[] = ["evidence", "receipt", "vouch"]

/** A job proves what its certificates do. */
function provenBy(judgement: Judgement, members: readonly WholeClaim[] = []): Proven | null {
  if (judgement.verdict.status !== "valid") return null
  if (judgement.kind === "presentation") return { ...NOTHING, claims: judgement.verdict.claim }
  if (judgement.kind === "job") return { ...NOTHING, wholes: members }
  if (judgement.kind === "extract") return { ...NOTHING, extracts: [judgement.verdict.claim] }
  return { ...NOTHING, wholes: [judgement.verdict.claim] }
}

function factsOf({ kind, verdict }: Judgement, proven: Proven | null): Facts {
  if (proven === null || verdict.status !== "valid" || kind === "extract") return NO_FACTS
  if (kind === "presentation") return presentationFacts(proven.claims)
  const certificates = proven.wholes.map(({ certificate }) => certificateFacts(certificate))
  return kind === "job" ? jobFacts(verdict.claim, certificates) : (certificates[0] ?? NO_FACTS)
}

/** The digest of the document itself: of a certificate, evidence beside it has its own. */
function sha256In(judgement: Judgement): string {
  if (judgement.kind !== "certificate") return judgement.model.sha256
  return judgement.model.documents.find(({ kind }) => kind === "certificate")?.sha256 ?? ""
}

function judgedDocument(name: string, judgement: Judgement, members?: readonly WholeClaim[]): JudgedDocument {
  const { kind, verdict } = judgement
  const proven = provenBy(judgement, members)
  return { name, kind, sha256: sha256In(judgement), verdict, proven, facts: factsOf(judgement, proven) }
}

async function judgedJob(name: string, world: World): Promise<JudgedDocument> {
  const wholes: WholeClaim[] = []
  const onCertificate = (certificate: CertificateClaim) => wholes.push({ certificate, evidence: [] })
  const judgement = await judgeJob({ name, pieces: createReadStream(name) }, world, { onCertificate })
  return judgedDocument(name, judgement, wholes)
}

/** What judged documents show only together. */
export const findingsAmong = (documents: readonly JudgedDocument[]): readonly DeskFinding[] =>
  acrossDocuments(documents.map(({ name, kind, sha256, facts }) => ({ row: { name, kind, sha256 }, facts })))

/**
 * Judges the documents among files, folders and patterns one after another, each as it would be judged by itself: for
 * programs that go on with what is valid. Throws a UsageError where there is nothing to judge.
 */
export async function* judgeEach({ paths, policy, ...rest }: EachRequest): AsyncGenerator<JudgedDocument> {
  const { ours: files } = sortFiles(paths)
  const evidence = evidenceByRun(files)
  const engine = evidence.size === 0 ? {} : { engine: (await import("../node/worker-engine.ts")).createWorkerEngine }
  for (const { path: name, kind } of files) {
    if (BESIDE.includes(kind)) continue
    const world = { ...worldFor(policy, { ...rest, time: null }), ...engine }
    if (kind === "job") {
      yield await judgedJob(name, world)
      continue
    }
    const document = { name, bytes: readAtMost(name, MAX_PRESENTATION_BYTES) }
    const { judgement } = await judgeBeside(document, kind, evidence, {
      ...worldFor(policy, { ...rest, time: null }),
      ...engine,
    })
    yield judgedDocument(name, judgement)
  }
}
