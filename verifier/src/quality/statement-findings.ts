import type { CertifiedRun } from "@wattest/protocol"
import { jobExtentOf } from "../certificate/job-extent.ts"
import type { Policy } from "../policy.ts"
import { createFindingLog, type Finding, type FindingLog } from "./findings.ts"

const DAY_MS = 24 * 3_600_000

/** Registers that contradict each other within one statement. */
function lookAtRegisters(
  { statement: { registers: r, boundary } }: CertifiedRun,
  log: FindingLog,
  policy: Policy,
): void {
  const { powerPercent, uncertaintyPercent } = policy.tolerances
  if (r.acceptedUnits > r.workUnits) log.add("ACCEPTED_ABOVE_WORK", `${r.acceptedUnits} of ${r.workUnits}`)
  if (r.idleMillijoules > r.acceleratorMillijoules)
    log.add("IDLE_ABOVE_ACCELERATOR", `${r.idleMillijoules} mJ of ${r.acceleratorMillijoules} mJ`)
  const most = (r.energyMillijoules * BigInt(100 + powerPercent)) / 100n
  if (r.acceleratorMillijoules > most)
    log.add("ACCELERATOR_ABOVE_BOUNDARY", `${r.acceleratorMillijoules} mJ within ${boundary} ${r.energyMillijoules} mJ`)
  if (r.energyMillijoules === 0n) return
  if (r.uncertaintyMillijoules === 0n) log.add("UNCERTAINTY_ZERO", `energy ${r.energyMillijoules} mJ ± 0`)
  const percent = (Number(r.uncertaintyMillijoules) / Number(r.energyMillijoules)) * 100
  if (percent > uncertaintyPercent)
    log.add("UNCERTAINTY_LARGE", `${percent.toFixed(1)} %, tolerance ${uncertaintyPercent} %`)
}

function lookAtRun(run: CertifiedRun, policy: Policy, hasBeacon: boolean): readonly Finding[] {
  const { statement, anchor } = run
  const log = createFindingLog(run.run)
  const { startTimeMs, endTimeMs, context, energyGrade, workGrade, registers } = statement
  if (statement.status === "interrupted") log.add("RUN_INTERRUPTED", "status is interrupted")
  if (endTimeMs - startTimeMs > DAY_MS) log.add("RUN_TOO_LONG", `${(endTimeMs - startTimeMs) / 3_600_000} h`)
  const delayMs = anchor.anchoredAt * 1000 - endTimeMs
  if (delayMs > policy.tolerances.anchorDelayMs) log.add("ANCHORED_LATE", `${Math.round(delayMs / 3_600_000)} h after`)
  if (context.beacon === null) log.add("BEACON_ABSENT", "beacon is null")
  else if (!hasBeacon) log.add("BEACON_UNCHECKED", `block ${context.beacon.number}`)
  if (context.metering.length === 0) log.add("SOURCES_NOT_RECOMPUTED", "the opening binds no metering plan")
  if (energyGrade === "simulated") log.add("GRADE_SIMULATED", "the energy grade is simulated")
  if (workGrade === "declared" && registers.workUnits > 0n) log.add("WORK_DECLARED", `${registers.workUnits} units`)
  lookAtRegisters(run, log, policy)
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

/** Findings that statements and anchors give by themselves. `hasBeacon`: the beacons, where there are any, hold. */
export function statementFindings(
  runs: readonly CertifiedRun[],
  policy: Policy,
  hasBeacon: boolean,
): readonly Finding[] {
  return [...lookAtJob(runs), ...runs.flatMap((run) => lookAtRun(run, policy, hasBeacon))]
}
