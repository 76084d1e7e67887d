import type { ClaimBound, ClaimSegment, Hex, PeriodTally, Presentation } from "@wattest/protocol"

// What a forger does to a presentation.

export const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`

/** The first tally, which is over a period. */
export const tallyOf = ({ tallies: [tally] }: Presentation): PeriodTally => {
  if (tally?.kind !== "period") throw new Error("no tally over a period")
  return tally
}
export const withTally = (document: Presentation, change: (tally: PeriodTally) => PeriodTally): Presentation => ({
  ...document,
  tallies: [change(tallyOf(document)), ...document.tallies.slice(1)],
})
export const withBound = (document: Presentation, change: Partial<ClaimBound>): Presentation => ({
  ...document,
  bounds: document.bounds.map((bound) => ({ ...bound, ...change })),
})
export const withSegments = (
  document: Presentation,
  change: (segments: readonly ClaimSegment[]) => readonly ClaimSegment[],
) =>
  withTally(document, (tally) => ({
    ...tally,
    ledgers: tally.ledgers.map((ledger) => ({ ...ledger, segments: change(ledger.segments) })),
  }))
export const withSegment = (document: Presentation, change: Partial<ClaimSegment>, at = 0) =>
  withSegments(document, (all) => all.map((segment, i) => (i === at ? { ...segment, ...change } : segment)))
export const segmentOf = (document: Presentation, at = 0): ClaimSegment =>
  tallyOf(document).ledgers[0]?.segments[at] as ClaimSegment

type State = NonNullable<PeriodTally["ledgers"][0]["state"]>

export const withState = (document: Presentation, change: (state: State) => Partial<State>) =>
  withTally(document, (tally) => ({
    ...tally,
    ledgers: tally.ledgers.map((ledger) =>
      ledger.state ? { ...ledger, state: { ...ledger.state, ...change(ledger.state) } } : ledger,
    ),
  }))
