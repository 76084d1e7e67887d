import { visible } from "@wattest/protocol"
import type { Books } from "../books/books.ts"
import type { BudgetResult, Line, Standing } from "./decide.ts"

const MARKS: { readonly [S in Standing]: string } = { over: "✗", unknown: "?", warning: "!", within: "✓" }

const WORDS: { readonly [S in Standing]: string } = {
  over: "over budget, uncertainty taken off",
  unknown: "not known",
  warning: "over budget only if uncertainty is added",
  within: "within budget",
}

/** `1.79 to 1.86 kWh/Mtoken`: both ends, each rounded away from the other. */
export function endsText({ lower, upper }: Pick<Line, "lower" | "upper">): string {
  if (lower === null && upper === null) return ""
  if (upper === null) return `at least ${lower}`
  if (lower === null) return `at most ${upper}`
  return lower === upper ? lower : `${lower} to ${upper}`
}

function lineText(line: Line): string {
  const { limit, source, standing, used, why } = line
  const share = used === null ? "" : ` (${Math.round(used * 1000) / 10} %)`
  const from = source === "runs" ? "" : ` [claim in ${source}]`
  const ends = endsText(line)
  return `  ${MARKS[standing]} ${limit}${from}: ${WORDS[standing]}${ends === "" ? "" : `; ${ends}${share}`}${why === null ? "" : `; ${why}`}`
}

function budgetText({ name, period, runs, lines, missing, trends }: BudgetResult): readonly string[] {
  const when = period === null ? "no period: no run" : period.name
  return [
    `${name}  ${when}  ${runs} run${runs === 1 ? "" : "s"}`,
    ...lines.map(lineText),
    ...trends.map(({ limit, line, sentence, points }) => `    ${line}  ${limit}, last ${points.length}: ${sentence}`),
    ...missing.map((text) => `  ? missing: ${text}`),
  ]
}

/** What a person reads. What documents say cannot steer the terminal. */
export function renderGate(results: readonly BudgetResult[], { valid, refused }: Books, verdict: string): string {
  const lines = [
    ...results.flatMap((result) => [...budgetText(result), ""]),
    `${verdict}: ${valid} valid document${valid === 1 ? "" : "s"}, ${refused.length} that do not enter`,
  ]
  return lines.map((line) => `${visible(line)}\n`).join("")
}
