import { type Certificate, type CertifiedRun, encodeCanonicalJson, toJson } from "@wattest/protocol"
import { jobExtentOf } from "../measure/job-extent.ts"
import type { Policy } from "../policy.ts"
import { type BeaconTimes, lookAtBooks, lookAtRate } from "./books-findings.ts"
import { createFindingLog, type Finding, type FindingLog } from "./findings.ts"
import { lookAtLabels, lookAtPlan } from "./plan-findings.ts"
import { lookAtPower } from "./power-findings.ts"

const DAY_MS = 24 * 3_600_000

/** Registers that contradict each other within one statement. */
function lookAtRegisters(
  { statement: { registers: r, boundary } }: CertifiedRun,
  log: FindingLog,
  policy: Policy,
): void {
  const { powerPercent, uncertaintyPercent } = policy.tolerances
  const most = (r.energyMillijoules * BigInt(100 + powerPercent)) / 100n
  if (r.acceleratorMillijoules > most)
    log.add("ACCELERATOR_ABOVE_BOUNDARY", `${r.acceleratorMillijoules} mJ within ${boundary} ${r.energyMillijoules} mJ`)
  if (r.energyMillijoules === 0n) return
  if (r.uncertaintyMillijoules === 0n) log.add("UNCERTAINTY_ZERO", `energy ${r.energyMillijoules} mJ ± 0`)
  const percent = (Number(r.uncertaintyMillijoules) / Number(r.energyMillijoules)) * 100
  if (percent > uncertaintyPercent)
    log.add("UNCERTAINTY_LARGE", `${percent.toFixed(1)} %, tolerance ${uncertaintyPercent} %`)
}

/** What is known of the chain by now. */
export type ChainFacts = {
  /** Times of the beacons, which hold; null where they could not be checked. */
  readonly beacons: readonly BeaconTimes[] | null
  /** Unix seconds at which each run's device was vouched for; null where that is not proven. */
  readonly vouchedAt: readonly number[] | null
}

/** Parts of the context that may change within a job, and that its numbers rest on. */
const CHANGEABLE = ["accelerators", "factors", "metering"] as const

/** What a run's context has that is not as in the run before. */
function lookAtChange(run: CertifiedRun, before: CertifiedRun | undefined, log: FindingLog): void {
  if (before === undefined) return
  const textOf = ({ statement }: CertifiedRun, name: (typeof CHANGEABLE)[number]) =>
    encodeCanonicalJson(toJson(statement.context[name]))
  const changed = CHANGEABLE.filter((name) => textOf(run, name) !== textOf(before, name))
  if (changed.length > 0) log.add("CONTEXT_CHANGED", `${changed.join(", ")} not as in run ${before.run}`)
}

function lookAtVouch({ statement }: CertifiedRun, vouchedAt: number | undefined, log: FindingLog, policy: Policy) {
  if (vouchedAt === undefined) return
  const earlyMs = vouchedAt * 1000 - statement.startTimeMs
  if (earlyMs > policy.tolerances.clockMs) log.add("RUN_BEFORE_VOUCH", `${Math.round(earlyMs / 1000)} s before`)
}

function lookAtRun(certificate: Certificate, i: number, policy: Policy, facts: ChainFacts): readonly Finding[] {
  const { runs, vouchDocuments = [] } = certificate
  const run = runs[i] as CertifiedRun
  const { statement, anchor } = run
  const log = createFindingLog(run.run)
  lookAtChange(run, runs[i - 1], log)
  lookAtVouch(run, facts.vouchedAt?.[i], log, policy)
  const { startTimeMs, endTimeMs, context, energyGrade, workGrade, registers } = statement
  const delivered = registers.workUnits || registers.inputUnits
  if (statement.status === "interrupted") log.add("RUN_INTERRUPTED", "status is interrupted")
  if (endTimeMs - startTimeMs > DAY_MS) log.add("RUN_TOO_LONG", `${(endTimeMs - startTimeMs) / 3_600_000} h`)
  const delayMs = anchor.anchoredAt * 1000 - endTimeMs
  if (delayMs > policy.tolerances.anchorDelayMs) log.add("ANCHORED_LATE", `${Math.round(delayMs / 3_600_000)} h after`)
  if (context.beacon === null) log.add("BEACON_ABSENT", "beacon is null")
  else if (facts.beacons === null) log.add("BEACON_UNCHECKED", `block ${context.beacon.number}`)
  if (context.metering.length === 0) log.add("SOURCES_NOT_RECOMPUTED", "the opening binds no metering plan")
  if (energyGrade === "simulated") log.add("GRADE_SIMULATED", "the energy grade is simulated")
  if (workGrade === "declared" && delivered > 0n) log.add("WORK_DECLARED", `${delivered} units`)
  lookAtBooks(run, vouchDocuments, log, policy)
  lookAtLabels(run, log)
  lookAtPlan(run, log, policy)
  lookAtRegisters(run, log, policy)
  lookAtPower(run, policy.tolerances.powerPercent, log)
  return log.findings()
}

/** What a certificate leaves out of its job. */
function lookAtJob(runs: readonly CertifiedRun[]): readonly Finding[] {
  const { extent, missing } = jobExtentOf(runs)
  const log = createFindingLog(runs[0]?.run ?? 0n)
  if (extent === "part") log.add("JOB_PART", missing)
  if (extent === "unknown") log.add("JOB_EXTENT_UNKNOWN", missing)
  return log.findings()
}

/** Findings that statements and anchors give by themselves. */
export function statementFindings(certificate: Certificate, policy: Policy, facts: ChainFacts): readonly Finding[] {
  const { runs } = certificate
  const each = runs.flatMap((_, i) => lookAtRun(certificate, i, policy, facts))
  return [...lookAtJob(runs), ...lookAtRate(runs, facts.beacons), ...each]
}
