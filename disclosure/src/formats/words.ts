import { instant, plural } from "@wattest/protocol"
import { exact, parseExact, times, toDecimal } from "../exact/exact.ts"
import { bareUnit } from "../figures/units.ts"
import type { Cell, GradeShare, Source } from "../filing.ts"

/** As much of a text as a table has room for, in signs. */
export const short = (text: string, longest = 60): string =>
  [...text].length > longest ? `${[...text].slice(0, longest - 1).join("")}…` : text

/** Where a source is anchored, in words. */
export const anchored = ({ block }: Source): string =>
  block === null ? "no chain holds it" : `chain ${block.chainId}, block ${block.number}, ${instant(block.time)}`

const HOUR_MS = 3_600_000n
/** Below this, tenths of an hour say nothing. */
const FEW_MS = HOUR_MS / 10n

/**
 * A time in hours or, where it is a few minutes at most, in seconds. Tenths are cut off, so that nothing short of all reads
 * as all. `ms`: decimal.
 */
export function sayHours(ms: string): string {
  const long = BigInt(ms)
  const isShort = long > 0n && long < FEW_MS
  if (isShort) return `${toDecimal(exact(long, 1000n), 3).replace(/\.?0+$/, "")} s`
  return `${toDecimal(exact((long * 10n) / HOUR_MS, 10n), 1)} h`
}

/** Places of a percentage: those of a share, which is a part of 1. */
const PERCENT_PLACES = 4

/** A part of 1 in percent: `12.5 %`. A share that is no number, as in a foreign file, is left as it is. */
export function percent(share: string): string {
  const part = parseExact(share)
  if (part === null) return share
  return `${toDecimal(times(part, exact(100n)), PERCENT_PLACES).replace(/\.?0+$/, "")} %`
}

/** How much of a number has a grade: `12.5 % estimated`. */
export const sayGrade = ({ grade, share }: GradeShare): string => `${percent(share)} ${grade}`

/** A unit as people read it: without prefixes of XBRL, and nothing for a number that has none. */
export const unitText = (unit: string): string => {
  const bare = bareUnit(unit)
  return bare === "1" || bare === "pure" ? "" : bare
}

/** How complete the time behind a number is, in words. */
export function coverageLines({ coverage }: Cell): readonly string[] {
  if (coverage === null) return []
  const { meteredMs, expectedMs, blindMs, voids, notShown, behind } = coverage
  const expected = expectedMs === null ? "nobody says how much there is" : `${sayHours(expectedMs)} expected`
  return [
    `metered: ${sayHours(meteredMs)}, ${expected}; blind ${sayHours(blindMs)}; ${plural(voids, "run")} void, ${notShown} not shown`,
    ...(behind.length === 0 ? [] : [`books that end before the period: ${behind.join(", ")}`]),
  ]
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
  if (bound === "at-most") spots.push(`an upper bound${state === "partly" ? " of what is in it" : ""}, not the number`)
  if (kind === "number" && value !== null && uncertainty === null) spots.push("its uncertainty is not known")
  for (const one of grades) if (one.grade !== "measured") spots.push(`of it ${sayGrade(one)}`)
  if (coverage === null) return spots
  const { meteredMs, expectedMs, blindMs, voids, notShown, behind } = coverage
  if (expectedMs === null) spots.push("nobody says how much time there was to meter")
  else if (BigInt(meteredMs) < BigInt(expectedMs))
    spots.push(`${sayHours(meteredMs)} of ${sayHours(expectedMs)} are metered`)
  if (blindMs !== "0") spots.push(`${sayHours(blindMs)} without readings`)
  if (voids !== "0") spots.push(plural(voids, "void run"))
  if (notShown !== "0") spots.push(`${plural(notShown, "run")} shown by no document`)
  if (behind.length > 0)
    spots.push(`books that do not reach the end of the period: of ${plural(behind.length, "device")}`)
  return spots
}
