import { randomBytes } from "node:crypto"
import {
  type Accumulation,
  type Asked,
  addTotals,
  amountsOf,
  bytesToBigInt,
  EMPTY_ACCUMULATION,
  encodeFed,
  type Fault,
  FED,
  FIELD_ORDER,
  faultsOf,
  foldSegment,
  isCounted,
  PRESENTATION_LIMITS,
  quotientOf,
  requiredBy,
  SEGMENT_RUNS,
  type Segment,
  type Totals,
  totalOf,
} from "@wattest/protocol"
import { createWasmPoseidon } from "@wattest/protocol/batch"
import type { LedgerPeriod } from "../chain/ledger-reader.ts"
import { Refusal } from "../refusal.ts"
import { missingOf, nameRuns, type OpenedRun } from "./open-runs.ts"
import { type BoundSubject, type Closing, say, type TallySubject } from "./terms.ts"

/** A ledger with its runs opened. */
export type OpenedLedger = { readonly period: LedgerPeriod; readonly runs: readonly OpenedRun[] }

/** A chain of segments before it is proved: those of each ledger in turn, and what they add up to. */
export type Chain = { readonly ledgers: readonly (readonly Segment[])[]; readonly end: Accumulation }

/** A blind that nobody can guess: 384 random bits, so that their remainder is uniform in all but a 2^-130 part. */
export function freshBlind(): bigint {
  return bytesToBigInt(randomBytes(48)) % FIELD_ORDER
}

/** Refuses what no archive opens, beyond the number that the operator allows. Says which runs. */
export function checkOpenings(ledgers: readonly OpenedLedger[], allowed: number): void {
  const missing = ledgers.flatMap(({ runs }) => missingOf(runs)).map((anchored) => ({ anchored }))
  if (missing.length <= allowed) return
  const detail = `no archive has ${missing.length} of the period's runs: ${nameRuns(missing)}`
  throw new Refusal("OPENINGS_MISSING", detail, "add --archive DIR, or show them as unopened with --unopened N")
}

const REMEDIES: { readonly [fault in Fault]: string } = {
  UNIT_DIFFERS: "tally with their --unit",
  ENERGY_GRADE_WORSE: "allow them with --energy-grade",
  WORK_GRADE_WORSE: "allow them with --work-grade",
  ORIGIN_DIFFERS: "allow them with --origin recorded",
  SOURCE_MISSING: "leave the source out of --require",
  TIME_BACKWARDS: "no tally can have a run that ends before it starts",
}

/** Refuses runs that a tally counts and its conditions exclude: they cannot be left out. Says which, why, and what to do. */
export function checkConditions(ledgers: readonly OpenedLedger[], asked: Asked): void {
  const bad = ledgers.flatMap(({ runs }) =>
    runs.flatMap((run) => {
      const faults = "opening" in run.slot ? faultsOf(run.slot.opening, asked) : []
      return faults.length > 0 ? [{ ...run, faults }] : []
    }),
  )
  if (bad.length === 0) return
  const reasons = [...new Set(bad.flatMap(({ faults }) => faults))]
  const hint = `${reasons.map((fault) => REMEDIES[fault]).join("; ")}; or count fewer runs by model, zone, site or party`
  throw new Refusal("CONDITION_FAILED", `${bad.length} counted runs have ${reasons.join(", ")}: ${nameRuns(bad)}`, hint)
}

/** What the opened runs add up to. */
export function totalsOf(ledgers: readonly OpenedLedger[], asked: Asked): Totals {
  const openings = ledgers.flatMap(({ runs }) => runs.flatMap(({ slot }) => ("opening" in slot ? [slot.opening] : [])))
  return openings.reduce((sum, opening) => addTotals(sum, amountsOf(opening, asked)), EMPTY_ACCUMULATION.totals)
}

/** How many of the runs count, and how many there are. */
export function countsOf(
  ledgers: readonly OpenedLedger[],
  asked: Asked,
): { readonly counted: number; readonly runs: number } {
  const runs = ledgers.flatMap((ledger) => ledger.runs)
  return {
    counted: runs.filter(({ slot }) => "opening" in slot && isCounted(slot.opening, asked)).length,
    runs: runs.length,
  }
}

/** Both sides of a number, and what was asked of them. */
export type Pair = {
  readonly numerator: Totals
  readonly denominator: Totals
  readonly top: TallySubject
  readonly bottom: TallySubject
}

function checkSources({ top, bottom }: Pair, { measure, lo, hi }: BoundSubject): void {
  const lacking =
    (requiredBy({ ...measure, denominator: [] }, { lo, hi }) & ~encodeFed(top.conditions.required)) |
    (requiredBy({ ...measure, numerator: [] }, { lo, hi }) & ~encodeFed(bottom.conditions.required))
  if (lacking === 0n) return
  const names = FED.filter((_, i) => ((lacking >> BigInt(i)) & 1n) === 1n).join(",")
  const detail = `it would flatter from runs that feed no ${names}`
  throw new Refusal("TERMS_INVALID", detail, `tally with --require ${names}`)
}

/** Refuses a bound that is false or about nothing. The true value is told to the operator, and to nobody else. */
export function checkBound(pair: Pair, subject: BoundSubject): void {
  checkSources(pair, subject)
  const { numerator, denominator } = pair
  const hasRuns = [numerator, denominator].every((totals) => totalOf(totals, "runs") > 0n)
  if (!hasRuns)
    throw new Refusal(
      "BOUND_FALSE",
      "no run counts, and a bound is about one at least",
      "check model, unit and boundary",
    )
  const { metric, measure, lo, hi } = subject
  const { dividend, divisor } = quotientOf(numerator, denominator, measure)
  if (divisor === 0n)
    throw new Refusal("BOUND_FALSE", `${metric} divides by 0: no counted run has any`, "check model, unit and boundary")
  const { unit } = pair.top.filters
  const hint = "choose bounds that hold; docs/claims.md says how"
  if (dividend > hi * divisor) {
    const least = say((dividend + divisor - 1n) / divisor, subject, unit)
    throw new Refusal(
      "BOUND_FALSE",
      `the true value is above ${say(hi, subject, unit)}: at most ${least} would hold`,
      hint,
    )
  }
  if (dividend < lo * divisor) {
    const most = say(dividend / divisor, subject, unit)
    throw new Refusal(
      "BOUND_FALSE",
      `the true value is below ${say(lo, subject, unit)}: at least ${most} would hold`,
      hint,
    )
  }
}

/** Refuses closing bounds that do not hold. */
export function checkClosing(totals: Totals, { meteredAtLeast, blindAtMost, brokenAtMost }: Closing): void {
  const [time, blind] = [totalOf(totals, "allTimeMs"), totalOf(totals, "allBlindMs")]
  const hint = "leave it out: then it is chosen so that it holds"
  if (meteredAtLeast > time) throw new Refusal("BOUND_FALSE", `--metered-at-least: ${time} ms were metered`, hint)
  if (blind * 1_000_000n > blindAtMost * time)
    throw new Refusal("BOUND_FALSE", `--blind-at-most: ${blind} of ${time} ms were blind`, hint)
  const broken = totalOf(totals, "allBroken")
  if (broken > brokenAtMost) throw new Refusal("BOUND_FALSE", `--broken-at-most: ${broken} runs were`, hint)
}

/** Refuses what no document can hold, before a run is opened. */
export function checkSize(periods: readonly LedgerPeriod[]): void {
  const { segmentsOfLedger, segments, ledgers } = PRESENTATION_LIMITS
  const hint = "tally shorter periods, or fewer ledgers, and join them"
  if (periods.length > ledgers)
    throw new Refusal("INPUT_INVALID", `${periods.length} ledgers, and a tally has room for ${ledgers}`, hint)
  const counts = periods.map(({ runs }) => Math.ceil(runs.length / SEGMENT_RUNS))
  const sum = counts.reduce((total, count) => total + count, 0)
  if (counts.every((count) => count <= segmentsOfLedger) && sum <= segments) return
  const runs = periods.reduce((total, period) => total + period.runs.length, 0)
  const detail = `${runs} runs take ${sum} segments, and a document has ${segmentsOfLedger} a ledger and ${segments} in all`
  throw new Refusal("INPUT_INVALID", detail, hint)
}

/** Lays the runs of all ledgers out in segments, with a blind for each accumulator. */
export function planChain(ledgers: readonly OpenedLedger[], asked: Asked, blinds: (i: number) => bigint): Chain {
  const hash = createWasmPoseidon()
  let accumulation = EMPTY_ACCUMULATION
  let made = 0
  const laid = ledgers.map(({ period, runs }) => {
    const segments: Segment[] = []
    let head = BigInt(period.from.head)
    for (let at = 0; at < runs.length; at += SEGMENT_RUNS) {
      const slots = runs.slice(at, at + SEGMENT_RUNS).map(({ slot }) => slot)
      const segment = foldSegment({ head, accumulation }, slots, { asked, blindTo: blinds(made++), hash })
      segments.push(segment)
      head = segment.headTo
      accumulation = segment.to
    }
    return segments
  })
  return { ledgers: laid, end: accumulation }
}
