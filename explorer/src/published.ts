import type { Interval } from "./draw/intervals.ts"

/**
 * Numbers of the open table that may stand beside a claim per unit of work: of the same unit, measured elsewhere or
 * estimated. Nobody can check them here. The table is loaded where a claim is drawn.
 */
export async function published(metric: string, work: string | null): Promise<readonly Interval[]> {
  if (metric !== "energy-per-work" && metric !== "energy-per-accepted") return []
  const { ROWS } = await import("./table/files.ts")
  return ROWS.filter(({ entry }) => entry.unit === work && entry.confidence !== "proved").flatMap(
    ({ entry, perUnit, perAccepted }) => {
      const figure = metric === "energy-per-work" ? perUnit : perAccepted
      if (figure === null) return []
      const note = `${entry.confidence}, at the ${entry.boundary}: ${entry.source.title}`
      return [{ name: `${entry.model}, ${entry.system}`, lo: figure.lo, hi: figure.hi, kind: "stated" as const, note }]
    },
  )
}
