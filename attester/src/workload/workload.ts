import type { Phase, RunContext, Tags } from "@wattest/protocol"
import type { ClosedRun } from "../run/device.ts"
import type { CutRun } from "../run/last-run.ts"

/** What the workload says of itself: running totals and the phase it is in. */
export type Workload = { work: bigint; accepted: bigint; input: bigint; phase: Phase }

/** What a workload says of one stretch of its work. */
export type WorkDone = {
  readonly units: bigint
  /** Of those, how many met the declared quality. */
  readonly accepted?: bigint
  /** Consumed for it: prompt tokens. */
  readonly input?: bigint
}

/** What a workload is called; everything absent is empty. */
export type WorkloadLabels = {
  readonly tags: Tags
} & Pick<RunContext, "workload" | "job" | "modelDigest" | "versions" | "task" | "qualityRule" | "group">

/** A workload is running already: concurrent ones need a device each. */
export class WorkloadBusy extends Error {
  override readonly name = "WorkloadBusy"
}

/** A count that no workload can have delivered, or more accepted units than delivered ones. */
export class WorkRefused extends Error {
  override readonly name = "WorkRefused"
}

/** A running workload. */
export type WorkloadRun = {
  mark(phase: Phase): void
  /**
   * Adds delivered units, how many of them met the declared quality, and consumed ones. What is added again under one
   * name (`once`) counts once, also after the process was killed. Throws {@link WorkRefused}.
   */
  work(units: bigint, accepted?: bigint, input?: bigint, once?: string): void
  /**
   * Ends the workload; resolves with its last run, closed. Idle time follows. An exit status says how its process ended,
   * 128 and the signal where one ended it: with another than 0 the run is interrupted. A second call answers as the first.
   */
  stop(exitStatus?: number): Promise<ClosedRun>
}

/** Most units that are told between two proper ends of the agent: with 10^9 a second it is reached after three years. */
const MOST_UNITS = 10n ** 17n

/** Adds to the running totals. Throws {@link WorkRefused}, and then adds nothing. */
export function addWork(workload: Workload, { units, accepted = 0n, input = 0n }: WorkDone): void {
  const work = workload.work + units
  const allAccepted = workload.accepted + accepted
  const allInput = workload.input + input
  if (units < 0n || accepted < 0n || work > MOST_UNITS)
    throw new WorkRefused(`${units} units: counts are from 0 to ${MOST_UNITS}, all together`)
  if (input < 0n || allInput > MOST_UNITS)
    throw new WorkRefused(`${input} units consumed: counts are from 0 to ${MOST_UNITS}, all together`)
  if (allAccepted > work) throw new WorkRefused(`${allAccepted} units accepted of ${work}: no more than were delivered`)
  workload.work = work
  workload.accepted = allAccepted
  workload.input = allInput
}

/** What a run that was cut off was about, for the run that bridges the time after it. */
export function labelsOf({ tags, context }: CutRun): WorkloadLabels {
  const { workload, job, modelDigest, versions, task, qualityRule, group } = context
  return { tags, workload, job, modelDigest, versions, task, qualityRule, ...(group && { group }) }
}
