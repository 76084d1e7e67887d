import { GRADES, type Grade } from "@wattest/protocol"
import type { Expected } from "../policy.ts"
import { type Finding, SEVERITIES } from "../quality/findings.ts"
import { accept } from "../verdict.ts"

/** A label is the expected one. */
export function acceptLabel(what: string, actual: string, expected: string | undefined): void {
  const isSame = expected === undefined || actual === expected
  const detail = `${what} is ${JSON.stringify(actual)}; ${JSON.stringify(expected)} is expected`
  accept(isSame, "SUBJECT_NOT_EXPECTED", detail)
}

/** A number's grade is the expected one or better. */
export function acceptGradeOf(what: string, actual: Grade, worst: Grade | undefined): void {
  const isAccepted = worst === undefined || GRADES.indexOf(actual) <= GRADES.indexOf(worst)
  accept(isAccepted, "GRADE_NOT_ACCEPTED", `${what} is ${actual}; ${worst} or better is expected`)
}

type Weighed = Pick<Finding, "severity" | "detail"> & { readonly code: string }

/** No finding is as grave as the policy says, or graver. */
export function acceptFindings(findings: readonly Weighed[], expected: Expected | undefined): void {
  if (expected?.failOn === undefined) return
  const least = SEVERITIES.indexOf(expected.failOn)
  const grave = findings.find(({ severity }) => SEVERITIES.indexOf(severity) >= least)
  accept(grave === undefined, "FINDING_NOT_ACCEPTED", `${grave?.code}, ${grave?.severity}: ${grave?.detail}`)
}
