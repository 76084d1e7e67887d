import { type CertifiedRun, check, encodeCanonicalJson, TAGS, toJson } from "@wattest/protocol"
import { jobExtentOf } from "../measure/job-extent.ts"
import { Undetermined } from "../verdict.ts"
import type { Subject } from "./subject.ts"

/** Lifetime and run energy are floors of exact totals, so their sum may differ by one. */
export const ROUNDING_MILLIJOULES = 1n

/** Labels that a report shows once for the whole job: with another one, a run would pass for what it is not. */
const LABELS = ["boundary", "origin", ...TAGS] as const
const JOB = ["workload", "job", "modelDigest", "jobStart", "task", "qualityRule", "group"] as const

const spell = (value: unknown) => encodeCanonicalJson(toJson(value ?? null))

function checkJoined(before: CertifiedRun, after: CertifiedRun): void {
  const where = `runs ${before.run} and ${after.run}`
  check(after.run === before.run + 1n, "RUN_SEQUENCE_BROKEN", `${where} are not consecutive`)
  const { statement: earlier } = before
  const { statement: later } = after
  const isNext = later.startTimeMs === earlier.endTimeMs
  check(isNext, "RUN_SEQUENCE_BROKEN", `${where}: one does not begin where the other ended`)
  check(!later.broken, "JOB_MISMATCH", `${where}: the books are broken between them`)
  const other = LABELS.find((name) => later[name] !== earlier[name])
  check(other === undefined, "JOB_MISMATCH", `${where}: another ${other}`)
  const change = JOB.find((name) => spell(later.context[name]) !== spell(earlier.context[name]))
  check(change === undefined, "JOB_MISMATCH", `${where}: another ${change}`)
  const hasEnded = earlier.status !== "continued"
  check(!hasEnded, "JOB_MISMATCH", `${where}: the job is ${earlier.status} with the one, and the other goes on with it`)
  const sum = earlier.lifetimeMillijoules + later.registers.energyMillijoules
  const surplus = later.lifetimeMillijoules - sum
  check(surplus >= 0n && surplus <= ROUNDING_MILLIJOULES, "LIFETIME_MISMATCH", `${where} differ by ${surplus} mJ`)
}

/** The runs belong to one job and tile its time and its energy without a gap. */
export function checkConsecutive({ certificate: { runs } }: Subject): void {
  runs.forEach((run, i) => {
    const { jobStart } = run.statement.context
    const isBegun = jobStart === undefined || jobStart <= run.run
    check(isBegun, "JOB_MISMATCH", `run ${run.run} is of a job that begins with run ${jobStart}`)
    const before = runs[i - 1]
    if (before !== undefined) checkJoined(before, run)
  })
}

/** From the run in which the device began the job to the one that ended it, whatever the end. */
export function checkWholeJob({ certificate: { runs } }: Subject): void {
  const { extent, missing } = jobExtentOf(runs)
  if (extent !== "whole") throw new Undetermined("JOB_NOT_WHOLE", missing)
}
