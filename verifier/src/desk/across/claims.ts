import { ASKED_TAGS, type Scope } from "@wattest/protocol"
import { formatTime } from "../../report/numbers.ts"
import type { ClaimFact } from "../facts.ts"
import { type DeskFinding, deskFinding, type Shown } from "./findings.ts"

type ShownClaim = Shown<ClaimFact>

const ownersOf = ({ owners }: Scope) => owners.map(({ operator, voucher }) => `${operator}/${voucher}`)

/** Whether two claims may be about the same runs of the same ledgers. */
function areOfOneLedger(a: Scope, b: Scope): boolean {
  const isSame = a.chainId === b.chainId && a.registry === b.registry && a.filters.boundary === b.filters.boundary
  return isSame && a.asOf !== null && b.asOf !== null && ownersOf(a).some((owner) => ownersOf(b).includes(owner))
}

/** Labels in which one claim asks for less than the other; null where they ask for different ones and so for other runs. */
function widened(a: Scope, b: Scope): readonly string[] | null {
  const differing = ASKED_TAGS.filter((tag) => a.filters[tag] !== b.filters[tag])
  const isApart = differing.some((tag) => a.filters[tag] !== null && b.filters[tag] !== null)
  return isApart ? null : differing
}

const period = (from: number, to: number) => `${formatTime(from * 1000)} to ${formatTime(to * 1000)}`

/** The times that only one of two overlapping periods holds. */
function differences(a: Scope, b: Scope): readonly string[] {
  const [fromLo, fromHi] = [Math.min(a.from, b.from), Math.max(a.from, b.from)]
  const [toLo, toHi] = [Math.min(a.to, b.to), Math.max(a.to, b.to)]
  return [...(fromLo < fromHi ? [period(fromLo, fromHi)] : []), ...(toLo < toHi ? [period(toLo, toHi)] : [])]
}

function overlap(a: ShownClaim, b: ShownClaim): readonly DeskFinding[] {
  const isAbout = a.metric === b.metric && areOfOneLedger(a.scope, b.scope)
  const isApart = a.scope.to <= b.scope.from || b.scope.to <= a.scope.from
  const labels = isAbout && !isApart ? widened(a.scope, b.scope) : null
  if (labels === null) return []
  const rest = [...differences(a.scope, b.scope), ...labels.map((label) => `runs of another ${label}`)]
  // Claims about the same runs only narrow each other's bounds.
  if (rest.length === 0) return []
  const detail = `${a.metric}: the difference is about ${rest.join(" and ")}`
  return [deskFinding("CLAIMS_OVERLAP", detail, [a.document, b.document])]
}

/** Pairs that are looked at: more than so many documents are no publication of one operator. */
const MOST = 512

/** Claims whose difference says something that neither says alone. */
export function claimFindings(claims: readonly ShownClaim[]): readonly DeskFinding[] {
  const looked = claims.slice(0, MOST)
  return looked.flatMap((a, i) => looked.slice(i + 1).flatMap((b) => overlap(a, b)))
}
