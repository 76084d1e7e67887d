import { type Accelerator, boardRatingWatts } from "@wattest/protocol"

/** What all boards of a run can draw together, by their SKUs; null unless every one of them is known. */
export function boardsLimitWatts(boards: readonly Accelerator[]): number | null {
  const limits = boards.map(({ sku }) => boardRatingWatts(sku))
  const known = limits.filter((limit) => limit !== null)
  if (boards.length === 0 || known.length < boards.length) return null
  return known.reduce((sum, limit) => sum + limit, 0)
}
