import { IMPOSSIBLE_RATINGS, tableRatingWatts, WATTS } from "@wattest/protocol"
import type { SensorValue } from "../source.ts"

/** What is wrong with a value, in words; null where nothing is. */
export function implausible(value: SensorValue): string | null {
  const { sensor, quantity, covers, part, unit, surface, sku } = value
  if (quantity !== "power") return null
  const watts = Number(value.value) * (WATTS[unit] ?? 1)
  if (watts < 0) return `${sensor} is below zero`
  // A machine that answers draws power. An outlet, a feed or the stated rest may carry none.
  const isWhole = covers === "accelerator" || (part === undefined && covers !== "rest")
  if (watts === 0 && isWhole) return `${sensor} says 0 W of what answers`
  const rating = value.ratingWatts ?? tableRatingWatts(surface, sku ?? null)
  if (rating !== null && watts > IMPOSSIBLE_RATINGS * Number(rating))
    return `${sensor} says ${watts} W, and ${rating} W can flow there`
  return null
}
