import { mkdirSync } from "node:fs"
import { UsageError } from "@wattest/command"
import { encodeDocument, MAX_CERTIFICATE_BYTES } from "@wattest/protocol"
import type { Policy } from "../policy.ts"
import { reportVerdict } from "../report/build.ts"
import { NO_FACTS } from "./facts.ts"
import { gatherFiles } from "./files/gather.ts"
import type { DeskKind } from "./files/kinds.ts"
import { refusedPrivate } from "./files/private.ts"
import { type Sorted, sortFile } from "./files/sort.ts"
import type { Job } from "./judge-file.ts"
import { judgeFiles } from "./pool.ts"
import { createProgress } from "./progress.ts"
import { type DeskResult, deskResult } from "./result.ts"
import type { Judged } from "./row.ts"
import { readSample, type SampleRequest } from "./sample/draw.ts"
import { filesOfSample } from "./sample/files.ts"

/** What is to be judged in one go, and under what. */
export type DeskRequest = {
  readonly paths: readonly string[]
  readonly policy: Policy
  /** Unix seconds that the reports bear; null for none. */
  readonly time: number | null
  readonly offline: boolean
  /** Time for the questions of one document to nodes. */
  readonly nodesDeadlineMs: number
  /** The folder in which each document gets a page; null for none. */
  readonly pages: string | null
  readonly sample: SampleRequest | null
  readonly showsProgress: boolean
}

const JUDGED: readonly DeskKind[] = ["certificate", "job", "presentation", "extract", "receipt", "vouch"]

/** What somebody named and nobody judges here. */
function refusedFile({ path, kind }: Sorted): UsageError {
  if (kind === "private") return refusedPrivate(path)
  return new UsageError(
    `${path} is ${kind === "foreign" ? "no document of ours" : `a ${kind}`}`,
    kind === "signed-report" ? "verify a signed report by itself" : "leave it out, or name the folder that it lies in",
  )
}

/** Files of our kinds. Throws a UsageError for one that somebody named and that is none, and where there is nothing to judge. */
export function sortFiles(paths: readonly string[]) {
  const files = gatherFiles(paths).map(sortFile)
  const foreign = files.find(({ kind, isNamed }) => isNamed && !JUDGED.includes(kind) && kind !== "evidence")
  if (foreign !== undefined) throw refusedFile(foreign)
  const ours = files.filter(({ kind }) => JUDGED.includes(kind) || kind === "evidence")
  if (ours.length === 0) throw new UsageError("there is no document of ours among these files", "check the paths")
  return { ours, private: files.filter(({ kind }) => kind === "private").map(({ path }) => path) }
}

/** Paths of evidence by the run that they are of. */
export function evidenceByRun(files: readonly Sorted[]): ReadonlyMap<string, readonly string[]> {
  const byRun = new Map<string, string[]>()
  for (const { kind, run, path } of files)
    if (kind === "evidence" && run !== null) byRun.set(run, [...(byRun.get(run) ?? []), path])
  return byRun
}

/** Evidence that belongs to no certificate here is judged by nobody. */
function unmatchedEvidence(files: readonly Sorted[], judged: readonly Judged[]): readonly Judged[] {
  const used = new Set(judged.flatMap(({ row, refused = [] }) => [...row.evidence, ...refused].map(({ name }) => name)))
  const unmatched = files.filter(({ kind, path }) => kind === "evidence" && !used.has(path))
  return unmatched.map(({ kind, path, run }) => {
    const detail = run === null ? "it does not say of which run it is" : `run ${run}`
    const verdict = reportVerdict({ status: "undetermined", code: "CERTIFICATE_ABSENT", detail })
    const row = { kind, name: path, sha256: null, bytes: 0, verdict, evidence: [], page: null, report: null }
    return { row, facts: NO_FACTS }
  })
}

/**
 * Judges files together: each as it would be judged by itself, and what they show of each other. Throws a UsageError
 * where there is nothing to judge; nothing for a document's sake.
 */
export async function judgeTogether(request: DeskRequest): Promise<DeskResult> {
  const { policy, time, pages, offline, nodesDeadlineMs, showsProgress } = request
  const { ours, private: kept } = sortFiles(request.paths)
  const sample = request.sample && (await readSample(request.sample))
  const files = sample === null ? ours : filesOfSample(ours, sample, MAX_CERTIFICATE_BYTES)
  if (pages !== null) mkdirSync(pages, { recursive: true })
  const jobs = files
    .filter(({ kind }) => kind !== "evidence")
    .map(({ path, kind }, index): Job => ({ index, path, kind }))
  const progress = createProgress(jobs.length, showsProgress)
  const judged: Judged[] = []
  const believed = { policy: encodeDocument(policy), time, offline, nodesDeadlineMs }
  const task = { evidence: evidenceByRun(files), pages, ...believed }
  await judgeFiles(jobs, task, (index, one) => {
    judged[index] = one
    progress.step()
  })
  progress.end()
  const refused = judged.flatMap((one) => (one.refused ?? []).map((row) => ({ row, facts: NO_FACTS })))
  const all = [...judged, ...refused, ...unmatchedEvidence(files, judged)]
  return deskResult(all, { sample, private: kept }, { policy, time })
}
