import type { Phase } from "@wattest/protocol"
import type { Beginning } from "../books/beginning.ts"
import type { Run } from "../run/run.ts"
import type { WorkloadLabels } from "../workload/workload.ts"

/** What an agent does now; `group`: the part of a job of several devices. */
export type AgentStatus = {
  readonly run: string | null
  readonly workload: string
  readonly phase: Phase
  readonly group: { readonly job: string; readonly part: number } | null
}

export function statusOf(run: Run | undefined, { workload, group }: WorkloadLabels, phase: Phase): AgentStatus {
  const place = group === undefined ? null : { job: group.job, part: group.part }
  return { run: run?.run.toString() ?? null, workload, phase, group: place }
}

/** The open run, how many sensors were known when its plan was last looked at, and when its period ends. */
export type OpenedRun = { readonly beginning: Beginning; readonly known: number; readonly periodEndMs: number }

/** How the open run is divided from the next. */
export type Division = {
  readonly phase?: Phase
  /** The latest that the run may end at. */
  readonly untilMs?: number
  readonly exitStatus?: number | null
}
