import type { CertifiedRun } from "@wattest/protocol"

/** How much of its job a certificate holds. `unknown`: no run says where the job began. */
export const EXTENTS = ["whole", "part", "unknown"] as const
export type Extent = (typeof EXTENTS)[number]

export type JobExtent = {
  readonly extent: Extent
  /** The run in which the device began the job; null where no run says it. */
  readonly start: bigint | null
  /** What is missing, in words; empty for a whole job. */
  readonly missing: string
}

/**
 * A job is whole from the run in which the device began it to the one with which it ended. What lies between is whole
 * by itself: runs of a certificate are consecutive.
 */
export function jobExtentOf(runs: readonly CertifiedRun[]): JobExtent {
  const [first] = runs
  const last = runs.at(-1)
  if (first === undefined || last === undefined) throw new TypeError("a certificate has at least one run")
  const { jobStart: start = null } = first.statement.context
  const missing = [
    ...(start !== null && start < first.run
      ? [`the job began with run ${start}, the certificate with ${first.run}`]
      : []),
    ...(last.statement.status === "continued" ? [`the job goes on after run ${last.run}`] : []),
  ]
  if (missing.length > 0) return { extent: "part", start, missing: missing.join("; ") }
  if (start === null) return { extent: "unknown", start, missing: `run ${first.run} does not say where its job began` }
  return { extent: "whole", start, missing: "" }
}
