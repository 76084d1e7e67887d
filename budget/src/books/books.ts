import type { CertifiedRun, Hex } from "@wattest/protocol"
import type { EvidenceClaim, Outcome, Policy, ProvenClaim } from "@wattest/verifier"
import { type JudgedDocument, judgeEach } from "@wattest/verifier/files"

/** A run of a valid certificate, and the document that shows it. */
export type JudgedRun = { readonly document: string; readonly device: Hex; readonly certified: CertifiedRun }

/** A document that does not enter, and why. */
export type Refused = {
  readonly name: string
  readonly status: Exclude<Outcome, "valid">
  readonly code: string
  readonly detail: string
}

/** Runs of a device between two that are shown, which no document here shows. */
export type Gap = {
  readonly device: Hex
  readonly first: bigint
  readonly last: bigint
  /** They ended after the one before and before the one behind began, Unix ms. */
  readonly afterMs: number
  readonly beforeMs: number
}

export type ProvenIn = { readonly document: string; readonly claim: ProvenClaim }
export type EvidenceIn = { readonly device: Hex; readonly site: string; readonly evidence: EvidenceClaim }

/** All that valid documents prove, each run once, by the time in which it ended. */
export type Books = {
  readonly runs: readonly JudgedRun[]
  readonly claims: readonly ProvenIn[]
  readonly evidence: readonly EvidenceIn[]
  readonly refused: readonly Refused[]
  readonly gaps: readonly Gap[]
  /** How many documents are valid. */
  readonly valid: number
}

/** Time for the questions of one document to nodes. */
const NODES_DEADLINE_MS = 300_000

const runKey = (device: Hex, run: bigint) => `${device}/${run}`
const endOf = ({ certified }: JudgedRun) => certified.statement.endTimeMs

function gapBetween(before: JudgedRun, after: JudgedRun | undefined): readonly Gap[] {
  if (after === undefined || after.device !== before.device) return []
  const [first, last] = [before.certified.run + 1n, after.certified.run - 1n]
  if (first > last) return []
  const beforeMs = after.certified.statement.startTimeMs
  return [{ device: before.device, first, last, afterMs: endOf(before), beforeMs }]
}

/** What is missing between runs that are shown, device by device. */
export function gapsIn(runs: readonly JudgedRun[]): readonly Gap[] {
  const ordered = runs.toSorted((a, b) =>
    a.device === b.device ? Number(a.certified.run - b.certified.run) : a.device < b.device ? -1 : 1,
  )
  return ordered.flatMap((run, i) => gapBetween(run, ordered[i + 1]))
}

function refusalOf({ name, verdict }: JudgedDocument): readonly Refused[] {
  if (verdict.status === "valid") return []
  const { status, code, detail } = verdict
  return [{ name, status, code, detail }]
}

/** What documents prove, of which each was judged. A run that two of them show counts once. Pure. */
export function booksOf(documents: readonly JudgedDocument[]): Books {
  const runs = new Map<string, JudgedRun>()
  const claims: ProvenIn[] = []
  const evidence: EvidenceIn[] = []
  for (const { name: document, proven } of documents) {
    claims.push(...(proven?.claims ?? []).map((claim) => ({ document, claim })))
    for (const { certificate, evidence: captures } of proven?.wholes ?? []) {
      const { device, labels } = certificate
      for (const certified of certificate.certificate.runs)
        runs.set(runKey(device, certified.run), { document, device, certified })
      evidence.push(...captures.map((one) => ({ device, site: labels.site, evidence: one })))
    }
  }
  const shown = [...runs.values()].sort((a, b) => endOf(a) - endOf(b))
  const refused = documents.flatMap(refusalOf)
  return { runs: shown, claims, evidence, refused, gaps: gapsIn(shown), valid: documents.length - refused.length }
}

export type Believed = { readonly policy: Policy; readonly offline: boolean }

/** Judges what paths name. Throws a UsageError where there is nothing to judge. */
export async function judgeAll(paths: readonly string[], believed: Believed): Promise<readonly JudgedDocument[]> {
  const judged: JudgedDocument[] = []
  for await (const one of judgeEach({ paths, ...believed, nodesDeadlineMs: NODES_DEADLINE_MS })) judged.push(one)
  return judged
}
