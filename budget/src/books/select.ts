import { type Scope, TAGS } from "@wattest/protocol"
import type { Selection } from "../file/shape.ts"
import type { JudgedRun } from "./books.ts"

/** What a run says of itself by the names of a selection. */
export function labelsOf({ certified: { statement } }: JudgedRun): Required<Selection> {
  const { model, unit, zone, site, party, boundary } = statement
  const { workload, job } = statement.context
  return { model, unit, zone, site, party, workload, job, boundary }
}

const NAMES = [...TAGS, "workload", "job", "boundary"] as const

/** Whether a run has all labels of a selection. */
export function isSelected(run: JudgedRun, selection: Selection): boolean {
  const labels = labelsOf(run)
  return NAMES.every((name) => selection[name] === undefined || selection[name] === labels[name])
}

/** Whether a claim's tally asked for exactly what a selection names: with a label more it would leave runs out. */
export function isAskedFor({ filters }: Scope, { workload, job, boundary, ...tags }: Selection): boolean {
  // Of these a tally asks nothing.
  if (workload !== undefined || job !== undefined) return false
  const isSame = TAGS.every((name) => (tags[name] ?? null) === filters[name])
  return isSame && (boundary === undefined || boundary === filters.boundary)
}

/** The values of a label over runs, each once. */
export function valuesOf(runs: readonly JudgedRun[], name: keyof Selection): readonly string[] {
  return [...new Set(runs.map((run) => labelsOf(run)[name]))].sort()
}
