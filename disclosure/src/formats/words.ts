import type { Cell, Source } from "../filing.ts"

/** Unix seconds as a reader writes a time. */
export const time = (seconds: number) => new Date(seconds * 1000).toISOString()

/** Where a source is anchored, in words. */
export const anchored = ({ block }: Source): string =>
  block === null ? "no chain holds it" : `chain ${block.chainId}, block ${block.number}, ${time(block.time)}`

/** What weakens a number, in words. */
export function weakSpots({
  state,
  evidence,
  bound,
  uncertainty,
  coverage,
  grades,
  kind,
  value,
}: Cell): readonly string[] {
  const spots: string[] = []
  if (state === "partly") spots.push("not everything that belongs into it is in it")
  if (evidence === "declared") spots.push("part of it rests on the entity's own word")
  if (evidence === "attested") spots.push("part of it rests on somebody else's word")
  if (bound === "at-most") spots.push("an upper bound, not the number")
  if (kind === "number" && value !== null && uncertainty === null) spots.push("its uncertainty is not known")
  for (const { grade, share } of grades) if (grade !== "measured") spots.push(`${share} of it is ${grade}`)
  if (coverage === null) return spots
  const { meteredMs, expectedMs, blindMs, voids, notShown, behind } = coverage
  if (expectedMs === null) spots.push("nobody says how much time there was to meter")
  else if (BigInt(meteredMs) < BigInt(expectedMs)) spots.push(`${meteredMs} ms of ${expectedMs} ms are metered`)
  if (blindMs !== "0") spots.push(`${blindMs} ms without readings`)
  if (voids !== "0") spots.push(`${voids} runs are void`)
  if (notShown !== "0") spots.push(`${notShown} runs are shown by no document`)
  if (behind.length > 0) spots.push(`books of ${behind.length} devices do not reach the end of the period`)
  return spots
}
