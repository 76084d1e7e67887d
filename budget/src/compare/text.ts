import { grid } from "@wattest/command"
import { unitText, visible } from "@wattest/protocol"
import { formatNumber } from "@wattest/verifier"
import type { Comparison, Placed } from "./compare.ts"

const short = (value: number) => formatNumber(Number(value.toPrecision(4)))

/** `91 % declared`. */
export function qualityText({ quality }: Pick<Placed, "quality">): string {
  if (quality === null) return "unknown"
  return `${short(quality.value * 100)} %${quality.origin === "declared" ? " declared" : ""}`
}

export const energyText = ({ lower, upper }: Placed) => `${short(lower)} to ${short(upper)}`
export const tiesText = ({ ties }: Placed) => (ties.length === 0 ? "" : `a tie with ${ties.join(", ")}`)

export function frontText({ onFront }: Placed): string {
  if (onFront === null) return "no quality"
  return onFront ? "on the front" : "dominated"
}

/** Letters for the picture, in the order of the table. */
export const letterOf = (i: number) => String.fromCharCode(65 + (i % 26))

const [COLUMNS, ROWS] = [56, 12]

/** Quality upwards, energy to the right: a dash from the lower end to the upper one, a letter in the middle. */
function picture(places: readonly Placed[]): readonly string[] {
  const shown = places.flatMap((place, i) =>
    place.quality === null ? [] : [{ ...place, value: place.quality.value, i }],
  )
  if (shown.length < 2) return []
  const scale = (values: readonly number[], size: number) => {
    const [least, most] = [Math.min(...values), Math.max(...values)]
    return (value: number) => (most === least ? 0 : Math.round(((value - least) / (most - least)) * (size - 1)))
  }
  const x = scale(
    shown.flatMap(({ lower, upper }) => [lower, upper]),
    COLUMNS,
  )
  const y = scale(
    shown.map(({ value }) => value),
    ROWS,
  )
  const rows = Array.from({ length: ROWS }, () => Array<string>(COLUMNS).fill(" "))
  for (const { lower, upper, value, i } of shown) {
    const row = rows[ROWS - 1 - y(value)] ?? []
    for (let at = x(lower); at <= x(upper); at++) if (row[at] === " ") row[at] = "─"
    row[x((lower + upper) / 2)] = letterOf(i)
  }
  const drawn = rows.map((row) => `  │${row.join("").trimEnd()}`)
  return ["  quality", ...drawn, `  └${"─".repeat(COLUMNS)} J per unit`]
}

/** The table and the picture for people. */
export function renderComparison({ contestants, by, unit, boundary }: Comparison): string {
  const lines = contestants.map((place, i) => [
    ...[letterOf(i), place.name, place.model, energyText(place), qualityText(place)],
    ...[String(place.rank), tiesText(place), frontText(place)],
  ])
  const head = ["", "document", "model", `J/${unitText(unit)}`, "quality", "rank", "", ""]
  const told = [
    `${by} at ${boundary}; both ends of the interval. Overlapping intervals are a tie.`,
    ...picture(contestants),
    ...contestants.flatMap(({ kpis }, i) =>
      kpis.map(
        ({ title, lower, upper, unit: of }) => `  ${letterOf(i)} ${title}: ${short(lower)} to ${short(upper)} ${of}`,
      ),
    ),
  ]
  return `${grid(head, lines)}\n${told.map(visible).join("\n")}\n`
}
