import type { ClaimSegment, Hex, PeriodClaim, Presentation } from "@wattest/protocol"

// What a forger does to a presentation.

export const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`

/** The only claim, which is over a period. */
export const claimOf = ({ claims: [claim] }: Presentation): PeriodClaim => {
  if (claim?.kind !== "period") throw new Error("no claim over a period")
  return claim
}
export const withClaim = (document: Presentation, change: (claim: PeriodClaim) => PeriodClaim): Presentation => ({
  ...document,
  claims: [change(claimOf(document))],
})
export const withSegments = (
  document: Presentation,
  change: (segments: readonly ClaimSegment[]) => readonly ClaimSegment[],
) =>
  withClaim(document, (claim) => ({
    ...claim,
    ledgers: claim.ledgers.map((ledger) => ({ ...ledger, segments: change(ledger.segments) })),
  }))
export const withSegment = (document: Presentation, change: Partial<ClaimSegment>) =>
  withSegments(document, ([first, ...rest]) => (first ? [{ ...first, ...change }, ...rest] : []))
export const segmentOf = (document: Presentation, at = 0): ClaimSegment =>
  claimOf(document).ledgers[0]?.segments[at] as ClaimSegment

type State = NonNullable<PeriodClaim["ledgers"][0]["state"]>

export const withState = (document: Presentation, change: (state: State) => Partial<State>) =>
  withClaim(document, (claim) => ({
    ...claim,
    ledgers: claim.ledgers.map((ledger) =>
      ledger.state ? { ...ledger, state: { ...ledger.state, ...change(ledger.state) } } : ledger,
    ),
  }))

/** The claim over the first 32 runs alone, with an end to fit. */
export const cutShort = (document: Presentation) =>
  withClaim(document, (claim) => ({
    ...claim,
    ledgers: claim.ledgers.map((ledger) => {
      const [first] = ledger.segments
      const to = { ...ledger.to, head: first?.headTo ?? ledger.to.head, length: ledger.from.length + 32n }
      return { ...ledger, to, segments: first ? [first] : [] }
    }),
  }))
