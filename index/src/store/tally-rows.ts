import type { ChainTally } from "@wattest/chain"
import {
  claimSentence,
  conditionsShown,
  filtersFrom,
  type Hex,
  METRICS,
  metricFrom,
  type RegistryReference,
  type ShownScope,
  visibleIn,
} from "@wattest/protocol"
import type { BoundRow, Place, TallyRow } from "./schema.ts"

/** A tally that a batch's events touched, as it is at the batch's end. */
export type TouchedTally = { readonly operator: Hex; readonly number: bigint; readonly state: ChainTally }

const listed = (values: readonly unknown[]) => values.join(" ").toLowerCase()

type Asked = Pick<ChainTally["terms"], "filters" | "conditions">

/** What a tally asks. An operator writes any text into a contract: what no label holds is shown by its number. */
const askedOf = ({ filters, conditions }: Asked) => ({
  filters: visibleIn(filtersFrom(filters)),
  conditions: conditionsShown(conditions),
})

export function tallyRow({ operator, number, state }: TouchedTally): Omit<TallyRow, keyof Place | "time"> {
  const { terms, closing, closedAt, runs, unopened, voids, suspect, parts } = state
  const isClosed = closedAt !== 0n
  const { filters, conditions } = askedOf(terms)
  const { energyGrade, workGrade, origin } = conditions
  return {
    ...{ operator, number: Number(number), vouchers: listed(terms.vouchers), parts: listed(parts) },
    ...{ opens: Number(terms.from), ends: Number(terms.to), as_of: Number(terms.asOf) },
    ...filters,
    ...{ energy_grade: energyGrade, work_grade: workGrade, origin, required: conditions.required.join(" ") },
    ...{ runs: Number(runs), unopened: Number(unopened), voids: Number(voids) },
    closed: isClosed ? Number(closedAt) : null,
    metered_at_least: isClosed ? Number(closing.meteredAtLeast) : null,
    blind_at_most: isClosed ? Number(closing.blindAtMost) : null,
    broken_at_most: isClosed ? Number(closing.brokenAtMost) : null,
    suspect: suspect ? 1 : 0,
    ...{ expected: null, behind: null },
  }
}

/** What is proved of a tally; `others` hold the ones whose totals divide its own. */
export function boundRows(
  { operator, number, state }: TouchedTally,
  others: readonly TouchedTally[],
  target: RegistryReference,
): BoundRow[] {
  return state.bounds.map((bound, place) => {
    const { metric, ratio } = metricFrom(bound)
    const over = others.find((tally) => tally.operator === operator && tally.number === BigInt(bound.denominator))
    const scope = scopeOf(operator, state, target)
    const measure = ratio === undefined ? METRICS[metric] : { ...METRICS[metric], ...ratio }
    const proven = { metric, measure, lo: bound.lo, hi: bound.hi }
    return {
      ...{
        operator,
        number: Number(number),
        place,
        metric,
        unit: METRICS[metric].unit,
        lo: `${bound.lo}`,
        hi: `${bound.hi}`,
      },
      ...{ denominator: bound.denominator, strict: bound.strict ? 1 : 0 },
      sentence: claimSentence(proven, scope, over === undefined ? scope : scopeOf(operator, over.state, target)),
    }
  })
}

function scopeOf(operator: Hex, { terms, runs, unopened, voids }: ChainTally, target: RegistryReference): ShownScope {
  return {
    ...target,
    owners: terms.vouchers.map((voucher) => ({ operator, voucher: voucher.toLowerCase() as Hex })),
    ...askedOf(terms),
    ...{ from: Number(terms.from), to: Number(terms.to), asOf: Number(terms.asOf) },
    ...{ runs, unopened: Number(unopened), voids: Number(voids) },
  }
}
