import { type LedgerShare, shareSentence } from "@wattest/protocol"
import { LEDGER_FINDING_CODES, type LedgerFinding } from "./findings.ts"
import type { WalkedBound } from "./proof/bounds.ts"
import type { Walk } from "./proof/chains.ts"

const ascending = (values: readonly bigint[]) => values.toSorted((a, b) => (a < b ? -1 : 1))

/** A tally's share of all energy, by all of the document's bounds of it, which hold together; null where there is none. */
export function shareOf(tally: Walk, bounds: readonly WalkedBound[]): LedgerShare | null {
  const shares = bounds.filter((own) => own.tally === tally && own.bound.metric === "ledger-share")
  const lo = ascending(shares.map(({ bound }) => bound.lo)).at(-1)
  const [hi] = ascending(shares.map(({ bound }) => bound.hi))
  return lo === undefined || hi === undefined ? null : { lo, hi }
}

/** Tallies of certain labels that a number is about, and of which no share of all energy is proved. */
export function shareFindings(walks: readonly Walk[], bounds: readonly WalkedBound[]): readonly LedgerFinding[] {
  const code = "SHARE_UNSTATED"
  return walks.flatMap((walk, i) => {
    const isSpoken = bounds.some(({ tally, over }) => tally === walk || over === walk)
    if (!isSpoken || shareOf(walk, bounds) !== null || shareSentence(walk.scope, null) === null) return []
    const place = { tally: i + 1, ledger: null, device: null }
    return [{ code, severity: LEDGER_FINDING_CODES[code][0], ...place, detail: "no bound of ledger-share" }]
  })
}
