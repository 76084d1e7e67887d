import { ledgerIdOf } from "../chain/messages.ts"
import { type Hex, toHex } from "../encoding/bytes.ts"
import { encodeDocument } from "../encoding/document.ts"
import { check } from "../rejection.ts"
import type { Conditions, Filters } from "./asked.ts"

/** A ledger's pair. */
export type Owner = { readonly operator: Hex; readonly voucher: Hex }

/** What a scope asks of runs as people read it: of a tally in a contract, sources by `bit-N` too. */
export type ShownScope = Omit<Scope, "conditions"> & {
  readonly conditions: Omit<Conditions, "required"> & { readonly required: readonly string[] }
}

/** What a tally speaks of. */
export type Scope = {
  readonly chainId: number
  readonly registry: Hex
  /** Its ledgers, by ascending id; of chosen runs those that they lie in. */
  readonly owners: readonly Owner[]
  readonly filters: Filters
  readonly conditions: Conditions
  /** Unix seconds: from < end <= to. */
  readonly from: number
  readonly to: number
  /** Block time before which its runs were anchored; null for chosen runs. */
  readonly asOf: number | null
  /** Runs folded in; of these the ones that were not opened, and the void ones. */
  readonly runs: bigint
  readonly unopened: number
  readonly voids: number
}

const MAX_LEDGERS = 64

const askedBy = ({ chainId, registry, filters, conditions }: Scope) =>
  toHex(encodeDocument({ chainId, registry, filters, conditions }))

const idsOf = ({ owners }: Scope) => owners.map(({ operator, voucher }) => ledgerIdOf(operator, voucher))

function append(sum: Scope, part: Scope, where: string): Scope {
  const code = "CLAIM_PARTS_MISMATCH"
  check(part.asOf !== null && sum.asOf !== null, code, `${where}: chosen runs cannot be joined`)
  check(askedBy(part) === askedBy(sum), code, `${where}: it asks for something else`)
  const counts = {
    runs: sum.runs + part.runs,
    unopened: sum.unopened + part.unopened,
    voids: sum.voids + part.voids,
  }
  if (part.from === sum.from && part.to === sum.to) {
    const [last = ""] = idsOf(sum).slice(-1)
    const [first = ""] = idsOf(part)
    const owners = [...sum.owners, ...part.owners]
    check(first > last, code, `${where}: its ledgers do not follow those before it`)
    check(owners.length <= MAX_LEDGERS, code, `${where}: more than ${MAX_LEDGERS} ledgers`)
    check(new Set(owners.map(({ operator }) => operator)).size === 1, code, `${where}: it is of another operator`)
    return { ...sum, ...counts, owners, asOf: Math.max(sum.asOf, part.asOf) }
  }
  check(idsOf(part).join() === idsOf(sum).join(), code, `${where}: it is of other ledgers`)
  check(part.from === sum.to, code, `${where}: its period does not begin where the one before it ends`)
  return { ...sum, ...counts, to: part.to, asOf: part.asOf }
}

/**
 * What tallies speak of together: adjoining periods under equal terms but for `asOf`, or disjoint ledgers, ascending, in
 * one period. Throws CLAIM_PARTS_MISMATCH.
 */
export function joinScopes([first, ...more]: readonly Scope[], where: string): Scope {
  check(first !== undefined && more.length > 0, "CLAIM_PARTS_MISMATCH", `${where}: it has fewer than two parts`)
  return more.reduce((sum, part, i) => append(sum, part, `${where}, part ${i + 2}`), first)
}
