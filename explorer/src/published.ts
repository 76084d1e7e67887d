import type { Claim } from "./books/books.ts"
import type { Interval } from "./draw/intervals.ts"

/** Microjoules of a joule. */
const MICRO = 1e6

/**
 * Numbers of the open table that may stand beside a claim per unit of work: of the same unit at the same boundary, measured
 * elsewhere or estimated, in a unit of `size` microjoules. Nobody can check them here. The table is loaded where a claim
 * is drawn.
 */
export async function published(
  { metric, work, boundary }: Pick<Claim, "metric" | "work" | "boundary">,
  size: number,
): Promise<readonly Interval[]> {
  if (metric !== "energy-per-work" && metric !== "energy-per-accepted") return []
  const { ROWS } = await import("./table/files.ts")
  const isAccepted = metric === "energy-per-accepted"
  return ROWS.flatMap(({ entry, perUnit, perAccepted }) => {
    const [figure, unit] = isAccepted ? [perAccepted, entry.accepted?.unit] : [perUnit, entry.unit]
    if (figure === null || unit !== work || entry.boundary !== boundary || entry.confidence === "proved") return []
    const note = `${entry.confidence}, at the ${entry.boundary}: ${entry.source.title}`
    const place = { lo: (figure.lo * MICRO) / size, hi: (figure.hi * MICRO) / size }
    return [{ name: `${entry.model}, ${entry.system}`, ...place, kind: "stated" as const, note }]
  })
}
