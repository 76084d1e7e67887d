import {
  countsWork,
  type Expectation,
  type Grade,
  hasUncertainty,
  NO_UPPER_BOUND,
  type ProvenBound,
  type Scope,
  worseGrade,
} from "@wattest/protocol"
import type { Expected } from "../policy.ts"
import { accept } from "../verdict.ts"
import { decideExpectation, expectationsOf, type Known, type MetExpectation, meetEach, undecided } from "./decide.ts"
import { acceptGradeOf, acceptLabel } from "./subject.ts"

/** What the gate looks at of a claim that was proved. */
type GatedClaim = { readonly bound: ProvenBound; readonly scope: Scope; readonly over: Scope }

const FACTORED: readonly string[] = ["carbonMilligrams", "waterMillilitres"]

function acceptPeriod({ from, to, asOf }: Scope, expected: Expected): void {
  const isSame = (expected.from ?? from) === from && (expected.to ?? to) === to
  accept(isSame, "SUBJECT_NOT_EXPECTED", `it is of ${from} to ${to}, Unix seconds; another period is expected`)
  const isPeriod = asOf !== null || (expected.from === undefined && expected.to === undefined)
  accept(isPeriod, "SUBJECT_NOT_EXPECTED", "it is about chosen runs; all runs of a period are expected")
}

function acceptScope(scope: Scope, expected: Expected): void {
  for (const name of ["model", "party"] as const) {
    const [actual, wanted] = [scope.filters[name], expected[name]]
    if (wanted === undefined) continue
    if (actual === null) throw undecided(`${name} ${JSON.stringify(wanted)}`, "the claim is about runs of any")
    acceptLabel(name, actual, wanted)
  }
  acceptPeriod(scope, expected)
}

function gradeOf({ scope: { conditions }, bound: { measure } }: GatedClaim): Grade {
  const grade = countsWork(measure) ? worseGrade(conditions.energyGrade, conditions.workGrade) : conditions.energyGrade
  const isFactored = [...measure.numerator, ...measure.denominator].some((name) => FACTORED.includes(name))
  return isFactored ? worseGrade(grade, "estimated") : grade
}

const ascending = (a: bigint, b: bigint) => (a < b ? -1 : Number(a > b))

/** What was proved of one tally's number: every bound of it holds at once. */
function knownOf(claims: readonly GatedClaim[], { metric, isUpper }: Expectation, central: boolean): Known {
  const los = claims.map(({ bound: { lo } }) => lo)
  const his = claims.map(({ bound: { hi } }) => hi)
  const [lo, hi] = [los.toSorted(ascending).at(-1) ?? 0n, his.toSorted(ascending)[0] ?? NO_UPPER_BOUND]
  // What is proved has its uncertainty added: from below it says nothing of the number without.
  const isAdded = hasUncertainty(metric)
  const isLowKnown = lo > 0n && !(isAdded && (central || !isUpper))
  const range = {
    lo: isLowKnown ? { value: lo, divisor: 1n } : null,
    hi: hi === NO_UPPER_BOUND ? null : { value: hi, divisor: 1n },
  }
  return { range, otherEndRefuses: true, manner: isAdded ? ", uncertainty added, as proved" : ", as proved" }
}

/** Claims that are about one and the same tally. */
function byTally(claims: readonly GatedClaim[]): readonly (readonly GatedClaim[])[] {
  const groups = new Map<Scope, GatedClaim[]>()
  for (const claim of claims) groups.set(claim.scope, [...(groups.get(claim.scope) ?? []), claim])
  return [...groups.values()]
}

function meet(claims: readonly GatedClaim[], expectation: Expectation, expected: Expected): MetExpectation {
  const about = claims.filter(({ bound }) => bound.metric === expectation.metric)
  if (about.length === 0) throw undecided(expectation.text, "no number of this kind was proved")
  for (const claim of about) acceptGradeOf(expectation.metric, gradeOf(claim), expected.minGrade)
  // Every tally that a number was proved of must keep it: a claimant could add one that does.
  const met = meetEach(byTally(about), (same) => {
    const unit = same[0]?.scope.filters.unit ?? ""
    return decideExpectation(expectation, unit, knownOf(same, expectation, expected.central ?? false))
  })
  return { expected: expectation.text, found: [...new Set(met.map(({ found }) => found))].join("; ") }
}

/** What the policy expects of a presentation, met. Throws as {@link meetEach} does. */
export function meetPresentation(claims: readonly GatedClaim[], expected: Expected): readonly MetExpectation[] {
  for (const { scope, over } of claims) for (const one of new Set([scope, over])) acceptScope(one, expected)
  for (const { scope } of claims) acceptGradeOf("energy", scope.conditions.energyGrade, expected.minGrade)
  return meetEach(expectationsOf(expected.bounds ?? []), (expectation) => meet(claims, expectation, expected))
}
