import {
  type ClaimSegment,
  encodeDocument,
  encodeFed,
  FED,
  type Hex,
  MAX_PRESENTATION_BYTES,
  PRESENTATION_LIMITS,
  type Presentation,
  quotientOf,
  requiredBy,
  SEGMENT_RUNS,
  type Totals,
  totalOf,
} from "@wattest/protocol"
import type { LedgerPeriod } from "../chain/ledger-reader.ts"
import { Refusal } from "../refusal.ts"
import { type BoundSubject, type Closing, say, type TallySubject } from "./terms.ts"

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

/** The widest field element, and the widest segment of a document: what a plan counts with is never too little. */
const WIDEST: Hex = `0x${"f".repeat(64)}`
const WIDEST_SEGMENT: ClaimSegment = {
  ...{ headFrom: WIDEST, headTo: WIDEST, length: SEGMENT_RUNS, unopened: SEGMENT_RUNS, voids: SEGMENT_RUNS },
  ...{ cFrom: WIDEST, cTo: WIDEST },
  proof: { a: [WIDEST, WIDEST], b: [0, 1].map(() => [WIDEST, WIDEST]), c: [WIDEST, WIDEST] },
}
/** With the comma behind it. */
const SEGMENT_BYTES = encodeDocument(WIDEST_SEGMENT).length + 1
/** Keys, terms, ledgers' ends and closing bounds: more than they ever take. */
const OTHER_BYTES = 256 * 1024

/** Refuses what no document can hold, before a run is opened. */
export function checkSize(periods: readonly LedgerPeriod[]): void {
  const { segments, ledgers } = PRESENTATION_LIMITS
  const hint = "tally shorter periods, or fewer ledgers, and join them"
  if (periods.length > ledgers)
    throw new Refusal("INPUT_INVALID", `${periods.length} ledgers, and a tally has room for ${ledgers}`, hint)
  const runs = periods.reduce((total, period) => total + period.runs.length, 0)
  const count = periods.reduce((total, period) => total + Math.ceil(period.runs.length / SEGMENT_RUNS), 0)
  if (count > segments) {
    const detail = `${runs} runs take ${count} segments, and a document has room for ${segments}`
    throw new Refusal("INPUT_INVALID", detail, hint)
  }
  const proofs = periods.reduce((total, { state }) => total + encodeDocument(state).length, 0)
  const bytes = OTHER_BYTES + count * SEGMENT_BYTES + proofs
  if (bytes <= MAX_PRESENTATION_BYTES) return
  const detail = `${runs} runs and the ledgers' storage take ${bytes} bytes, and a document has ${MAX_PRESENTATION_BYTES}`
  throw new Refusal("INPUT_INVALID", detail, hint)
}

/** Refuses a document that has no room for what is about to be proved: tallies and bounds beyond those of `document`. */
export function checkRoom(document: Presentation, more: { readonly tallies?: number; readonly bounds?: number }): void {
  const room = (what: "tallies" | "bounds", hint: string) => {
    const count = document[what].length + (more[what] ?? 0)
    const limit = PRESENTATION_LIMITS[what]
    if (count > limit)
      throw new Refusal("INPUT_INVALID", `${count} ${what}, and a document has room for ${limit}`, hint)
  }
  room("tallies", "publish what there is, and present it from the chain")
  room("bounds", "start from a copy of the tally's file as it was before its bounds")
  const bytes = encodeDocument(document).length + OTHER_BYTES
  if (bytes > MAX_PRESENTATION_BYTES)
    throw new Refusal(
      "INPUT_INVALID",
      `it takes ${bytes} bytes, and a document has ${MAX_PRESENTATION_BYTES}`,
      "publish the tallies, and present them from the chain",
    )
}
