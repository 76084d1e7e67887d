import { exact, parseExact, times, toDecimal } from "../exact/exact.ts"
import type { Cell, GradeShare, Source } from "../filing.ts"

/** Unix seconds as a reader writes a time. */
export const time = (seconds: number) => new Date(seconds * 1000).toISOString()

/** A unit as people read it: without the prefix of its registry, and none of a share or a count. */
export function unitWord(unit: string): string {
  const bare = unit.replace(/[a-z0-9]+:/g, "")
  return bare === "1" || bare === "pure" ? "" : bare
}

/** Where a source is anchored, in words. */
export const anchored = ({ block }: Source): string =>
  block === null ? "no chain holds it" : `chain ${block.chainId}, block ${block.number}, ${time(block.time)}`

const HOUR_MS = 3_600_000
/** Below this, tenths of an hour say nothing. */
const FEW_MS = HOUR_MS / 10

/** A time in hours or, where it is a few minutes at most, in seconds. `ms`: decimal. */
export function sayHours(ms: string): string {
  const long = Number(ms)
  return long > 0 && long < FEW_MS ? `${long / 1000} s` : `${(long / HOUR_MS).toFixed(1)} h`
}

/** Places of a percentage: those of a share, which is a part of 1. */
const PERCENT_PLACES = 4

/** How much of a number has a grade: `12.5 % estimated`. A share that is no number, as in a foreign file, is left as it is. */
export function sayGrade({ grade, share }: GradeShare): string {
  const part = parseExact(share)
  if (part === null) return `${share} ${grade}`
  const percent = toDecimal(times(part, exact(100n)), PERCENT_PLACES).replace(/\.?0+$/, "")
  return `${percent} % ${grade}`
}

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
  for (const one of grades) if (one.grade !== "measured") spots.push(`of it ${sayGrade(one)}`)
  if (coverage === null) return spots
  const { meteredMs, expectedMs, blindMs, voids, notShown, behind } = coverage
  if (expectedMs === null) spots.push("nobody says how much time there was to meter")
  else if (BigInt(meteredMs) < BigInt(expectedMs))
    spots.push(`${sayHours(meteredMs)} of ${sayHours(expectedMs)} are metered`)
  if (blindMs !== "0") spots.push(`${sayHours(blindMs)} without readings`)
  if (voids !== "0") spots.push(`${voids} runs are void`)
  if (notShown !== "0") spots.push(`${notShown} runs are shown by no document`)
  if (behind.length > 0) spots.push(`books of ${behind.length} devices do not reach the end of the period`)
  return spots
}
