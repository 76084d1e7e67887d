import type { Hex } from "@wattest/protocol"
import { verdictOf } from "../check-log.ts"
import { acceptFindings } from "../gate/subject.ts"
import type { Policy } from "../policy.ts"
import { type Judging, reportFrame, reportVerdict } from "../report/build.ts"
import type { ReportFrame, ReportVerdict } from "../report/model.ts"
import { OUTCOMES, type Outcome } from "../verdict.ts"
import { acrossDocuments } from "./across/across.ts"
import { type DeskFinding, deskFinding } from "./across/findings.ts"
import { runName } from "./files/kinds.ts"
import type { Judged, Row } from "./row.ts"
import type { Sample } from "./sample/draw.ts"

/** A run that a seed drew, and the documents that show it with a verdict. */
export type DrawnRun = {
  readonly device: string
  /** Decimal. */
  readonly run: string
  readonly documents: readonly string[]
}

export type DeskSample = {
  /** Where the population was read, how many runs it has, and the digest of their list. */
  readonly source: string
  readonly population: number
  readonly populationDigest: Hex
  /** Runs besides these that are anchored as void. */
  readonly voids: number
  readonly seed: string
  readonly drawn: readonly DrawnRun[]
}

/** Everything that was judged in one go, and what it shows together. */
export type DeskResult = ReportFrame & {
  /** The gravest of all. */
  readonly verdict: ReportVerdict
  readonly counts: { readonly [O in Outcome]: number }
  readonly rows: readonly Row[]
  readonly findings: readonly DeskFinding[]
  readonly sample: DeskSample | null
}

function sampleOf({ drawn, voids, ...fixed }: Sample, judged: readonly Judged[]): DeskSample {
  const shown = new Map<string, string[]>()
  for (const { row, facts } of judged)
    for (const { device, run } of facts.runs) {
      const name = runName(device, run)
      shown.set(name, [...(shown.get(name) ?? []), row.name])
    }
  return {
    ...{ ...fixed, voids: voids.length },
    drawn: drawn.map(({ device, run }) => ({
      ...{ device, run: run.toString() },
      documents: shown.get(runName(device, run)) ?? [],
    })),
  }
}

const MOST_NAMED = 8

/** Runs that nobody can be asked for: whoever draws is told of them. */
function voidFindings(sample: Sample | null): readonly DeskFinding[] {
  const voids = sample?.voids ?? []
  if (voids.length === 0) return []
  const named = voids.slice(0, MOST_NAMED).map(({ device, run }) => runName(device, run))
  const more = voids.length > named.length ? ` and ${voids.length - named.length} more` : ""
  return [deskFinding("RUNS_VOID", `${named.join(", ")}${more}`, [])]
}

const VALID: ReportVerdict = reportVerdict({ status: "valid" })

/** The verdict on what documents show together: findings that the policy does not accept, and a sample that is not whole. */
function togetherVerdict(findings: readonly DeskFinding[], sample: DeskSample | null, policy: Policy): ReportVerdict {
  try {
    acceptFindings(findings, policy.expect)
  } catch (error) {
    return reportVerdict(verdictOf(error))
  }
  const missing = sample?.drawn.filter(({ documents }) => documents.length === 0) ?? []
  if (missing.length === 0) return VALID
  const detail = `${missing.length} of ${sample?.drawn.length} drawn runs are in no valid certificate here`
  return reportVerdict({ status: "undetermined", code: "SAMPLE_NOT_SHOWN", detail })
}

function countsOf(verdicts: readonly ReportVerdict[]): DeskResult["counts"] {
  const of = (status: Outcome) => verdicts.filter((verdict) => verdict.status === status).length
  return { invalid: of("invalid"), unaccepted: of("unaccepted"), undetermined: of("undetermined"), valid: of("valid") }
}

const privateFindings = (paths: readonly string[]) =>
  paths.map((path) => deskFinding("PRIVATE_FILE", "it is judged by nobody", [path]))

/** What is known beside the judged documents: the sample that was drawn, and private files that lie among them. */
export type Beside = { readonly sample: Sample | null; readonly private: readonly string[] }

/** Brings together what was judged. Pure. */
export function deskResult(judged: readonly Judged[], beside: Beside, judging: Judging): DeskResult {
  const findings = [...acrossDocuments(judged), ...voidFindings(beside.sample), ...privateFindings(beside.private)]
  const sample = beside.sample && sampleOf(beside.sample, judged)
  const own = judged.flatMap(({ row: { verdict } }) => verdict ?? [])
  const all = [...own, togetherVerdict(findings, sample, judging.policy)]
  const verdict = OUTCOMES.flatMap((status) => all.find((candidate) => candidate.status === status) ?? [])[0] ?? VALID
  return {
    ...{ verdict, ...reportFrame(judging), counts: countsOf(own) },
    ...{ rows: judged.map(({ row }) => row), findings, sample },
  }
}
