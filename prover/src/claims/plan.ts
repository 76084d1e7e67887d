import { randomBytes } from "node:crypto"
import {
  type Accumulation,
  type Asked,
  addTotals,
  askedOf,
  boundInput,
  bytesToBigInt,
  EMPTY_ACCUMULATION,
  FIELD_ORDER,
  faultsOf,
  foldSegment,
  formatQuantity,
  isSelected,
  METRICS,
  openingRoot,
  quotientOf,
  SEGMENT_RUNS,
  type Segment,
  type Totals,
  wholeOf,
} from "@wattest/protocol"
import type { LedgerPeriod } from "../chain/ledger-reader.ts"
import { Refusal } from "../refusal.ts"
import { missingOf, type OpenedRun } from "./open-runs.ts"
import type { ClaimSubject } from "./terms.ts"

/** A ledger with its runs opened. */
export type OpenedLedger = { readonly period: LedgerPeriod; readonly runs: readonly OpenedRun[] }

/** A chain of segments before it is proved: those of each ledger in turn, and what they add up to. */
export type Chain = { readonly ledgers: readonly (readonly Segment[])[]; readonly end: Accumulation }

const MAX_NAMED = 20

function name(runs: readonly { readonly anchored: { readonly device: string; readonly run: bigint } }[]): string {
  const shown = runs.slice(0, MAX_NAMED).map(({ anchored }) => `${anchored.device}/${anchored.run}`)
  return `${shown.join(", ")}${runs.length > MAX_NAMED ? ` and ${runs.length - MAX_NAMED} more` : ""}`
}

/** A blind that nobody can guess: 384 random bits, so that their remainder is uniform in all but a 2^-130 part. */
export function freshBlind(): bigint {
  return bytesToBigInt(randomBytes(48)) % FIELD_ORDER
}

/** Refuses what no archive opens, beyond the number that the operator allows. Says which runs. */
export function checkOpenings(ledgers: readonly OpenedLedger[], allowed: number): void {
  const missing = ledgers.flatMap(({ runs }) => missingOf(runs)).map((anchored) => ({ anchored }))
  if (missing.length <= allowed) return
  const detail = `no archive has ${missing.length} of the period's runs: ${name(missing)}`
  throw new Refusal("OPENINGS_MISSING", detail, "add --archive DIR, or show them as unopened with --unopened N")
}

/** Refuses runs that the claim selects and its conditions exclude: they cannot be left out. Says which and why. */
export function checkConditions(ledgers: readonly OpenedLedger[], asked: Asked): void {
  const bad = ledgers.flatMap(({ runs }) =>
    runs.flatMap((run) => {
      const opening = "opening" in run.slot ? run.slot.opening : null
      const faults = opening && isSelected(opening, asked) ? faultsOf(opening, asked) : []
      return faults.length > 0 ? [{ ...run, faults }] : []
    }),
  )
  if (bad.length === 0) return
  const reasons = [...new Set(bad.flatMap(({ faults }) => faults))].join(", ")
  const hint =
    "claim worse grades with --energy-grade or --work-grade, another unit, or a narrower model, zone or party"
  throw new Refusal("CONDITION_FAILED", `${bad.length} selected runs have ${reasons}: ${name(bad)}`, hint)
}

function totalsOf(ledgers: readonly OpenedLedger[], asked: Asked): Totals {
  const openings = ledgers.flatMap(({ runs }) => runs.flatMap(({ slot }) => ("opening" in slot ? [slot.opening] : [])))
  const matching = openings.filter((opening) => isSelected(opening, asked))
  return matching.reduce((sum, { registers }) => addTotals(sum, registers), EMPTY_ACCUMULATION.totals)
}

/** Sums over the matching runs, and over those that the denominator is about. */
export function sumsOf(ledgers: readonly OpenedLedger[], { metric, filters }: ClaimSubject): Sums {
  const numerator = totalsOf(ledgers, askedOf(filters))
  return { numerator, denominator: METRICS[metric].isShare ? totalsOf(ledgers, askedOf(wholeOf(filters))) : numerator }
}

export type Sums = { readonly numerator: Totals; readonly denominator: Totals }

/** Refuses a bound that is false. The true value is told to the operator, and to nobody else. */
export function checkBound(sums: Sums, { metric, filters, lo, hi }: ClaimSubject): void {
  const sides = {
    numerator: { totals: sums.numerator, blind: 0n },
    denominator: { totals: sums.denominator, blind: 0n },
  }
  const input = boundInput(sides, METRICS[metric], lo, hi)
  const { dividend, divisor } = quotientOf(input)
  if (divisor === 0n)
    throw new Refusal(
      "BOUND_FALSE",
      `${metric} divides by 0: no matching run has any`,
      "check model, unit and boundary",
    )
  const say = (value: bigint) => formatQuantity(value, metric, filters.unit)
  const hint = "choose bounds that hold; docs/claims.md says how"
  if (dividend > hi * divisor) {
    const least = (dividend + divisor - 1n) / divisor
    throw new Refusal("BOUND_FALSE", `the true value is above ${say(hi)}: at most ${say(least)} would hold`, hint)
  }
  if (dividend < lo * divisor)
    throw new Refusal(
      "BOUND_FALSE",
      `the true value is below ${say(lo)}: at least ${say(dividend / divisor)} would hold`,
      hint,
    )
}

/** Lays the runs of all ledgers out in segments, with a fresh blind for each accumulator. */
export function planChain(ledgers: readonly OpenedLedger[], asked: Asked): Chain {
  let accumulation = EMPTY_ACCUMULATION
  const laid = ledgers.map(({ period, runs }) => {
    const segments: Segment[] = []
    let head = BigInt(period.from.head)
    for (let at = 0; at < runs.length; at += SEGMENT_RUNS) {
      const slots = runs.slice(at, at + SEGMENT_RUNS).map(({ slot }) => slot)
      const segment = foldSegment({ head, accumulation }, slots, { asked, blindTo: freshBlind() })
      segments.push(segment)
      head = segment.headTo
      accumulation = segment.to
    }
    return segments
  })
  return { ledgers: laid, end: accumulation }
}

/** Refuses an opening whose record does not give the anchored root. Throws ARCHIVE_BROKEN. */
export function checkRoots(ledgers: readonly OpenedLedger[]): void {
  const bad = ledgers.flatMap(({ runs }) =>
    runs.filter(({ anchored, slot }) => "opening" in slot && openingRoot(slot.opening) !== BigInt(anchored.root)),
  )
  if (bad.length > 0)
    throw new Refusal(
      "ARCHIVE_BROKEN",
      `statements that do not give their roots: ${name(bad)}`,
      "restore them from a backup",
    )
}
