import { type ProductFootprint, USE_PHASE } from "./footprint.ts"

/** Two footprints of one product and period of which neither is later. */
export class Ambiguous extends Error {}

/** What a footprint is a version of: the same product, boundary and period. */
const seriesOf = ({ productIds, pcf }: ProductFootprint): string =>
  JSON.stringify([
    [...productIds].map((id) => id.toLowerCase()).sort(),
    pcf.referencePeriodStart,
    pcf.referencePeriodEnd,
    pcf.boundaryProcessesDescription.startsWith(USE_PHASE),
  ])

const byTime = (a: ProductFootprint, b: ProductFootprint) =>
  Date.parse(a.created) - Date.parse(b.created) || (a.id < b.id ? -1 : 1)

/** Versions of one footprint, oldest first: the last is active, and each names those before it. */
function versioned(versions: readonly ProductFootprint[]): readonly ProductFootprint[] {
  const ordered = versions.toSorted(byTime)
  return ordered.map((one, i) => {
    const before = ordered.slice(0, i)
    const next = ordered[i + 1]
    if (next?.created === one.created)
      throw new Ambiguous(
        `${one.id} and ${next.id} state ${one.productIds[0]} for one period, and both at ${one.created}: file the correction with --as-of, or leave one out`,
      )
    return {
      ...one,
      status: next === undefined ? "Active" : "Deprecated",
      ...(before.length === 0 ? {} : { precedingPfIds: before.map(({ id }) => id) }),
    }
  })
}

/**
 * Footprints with their status and what they follow, newest first; one that is given twice stands once. Pure. Throws
 * Ambiguous where two state different things of one product and period and neither is later.
 */
export function catalogueOf(footprints: readonly ProductFootprint[]): readonly ProductFootprint[] {
  const distinct = [
    ...new Map(
      footprints
        .toSorted(byTime)
        .reverse()
        .map((one) => [one.id, one]),
    ).values(),
  ]
  const series = [...Map.groupBy(distinct, seriesOf).values()]
  return series.flatMap(versioned).toSorted((a, b) => byTime(b, a))
}
