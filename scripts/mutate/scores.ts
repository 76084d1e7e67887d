import type { Mutant } from "./mutant.ts"
import { scoreOf, shown } from "./report.ts"
import type { Result } from "./results.ts"
import { filesOf, MEMBERS, mutantsIn } from "./sources.ts"

/** How many percent of the mutants are to be noticed. */
const AIMS: Readonly<Record<string, number>> = {
  ...{ contracts: 95, circuits: 95, protocol: 90, verifier: 90 },
  ...{ prover: 80, chain: 80, relayer: 80, attester: 80 },
}
const LEAST_AIM = 70
/** Of fewer mutants a share says nothing. */
const ENOUGH = 8

/** So many tried today say more than any number tried once: source and tests move on. */
const FOUNDED = 40

const [BEGIN, END] = ["<!-- scores -->", "<!-- /scores -->"]
const HEAD = ["member", "mutants", "tried", "noticed", "lived", "score", "aim", "day"]
const [MEMBER, TRIED] = [HEAD.indexOf("member"), HEAD.indexOf("tried")]

/** A row of the table: how a member stood on a day, a cell for each word of the head. */
type Row = readonly (string | number)[]

/**
 * Puts rows into the table between the two marks of a document. A member keeps its row there where that one rests on more
 * mutants than the new one, and the new one on fewer than 40. Throws an Error where the document has no marks.
 */
export function withScores(document: string, rows: readonly Row[]): string {
  const [from, to] = [document.indexOf(BEGIN) + BEGIN.length, document.indexOf(END)]
  if (from < BEGIN.length || to < from) throw new Error(`no ${BEGIN} before ${END}`)
  const standing = new Map(rowsOf(document.slice(from, to)).map((row) => [row[MEMBER], row]))
  const table = asTable(rows.map((row) => better(row, standing.get(row[MEMBER]))))
  return `${document.slice(0, from)}\n${table}\n${document.slice(to)}`
}

const rowsOf = (table: string): readonly Row[] =>
  table.split("\n").map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

function better(fresh: Row, standing: Row | undefined): Row {
  const tried = Number(fresh[TRIED])
  return standing === undefined || tried >= Math.min(FOUNDED, Number(standing[TRIED])) ? fresh : standing
}

function asTable(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows].map((row) => row.map(String))
  const widths = HEAD.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)))
  const rule = widths.map((width, i) => (i === MEMBER ? "-".repeat(width) : `${"-".repeat(width - 1)}:`))
  const padded = lines.map((line) =>
    line.map((cell, i) => (i === MEMBER ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))),
  )
  return padded
    .toSpliced(1, 0, rule)
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n")
}

/** What became of mutants, and which of them mean the same. */
interface Known {
  known(id: string): Result | undefined
  readonly equivalents: { has(mutant: Mutant): boolean }
}

/** By member: how many of the mutants that were tried were noticed, as known on a day. */
export function scoresByMember({ known, equivalents }: Known, day: string): readonly Row[] {
  return MEMBERS.map((member) => {
    const mutants = filesOf(member)
      .flatMap(mutantsIn)
      .filter((mutant) => !equivalents.has(mutant))
    const results = mutants.flatMap(({ id }) => known(id) ?? [])
    const { tried, killed, timeouts, lived, percent } = scoreOf(member, mutants.length, results)
    return [
      member,
      mutants.length,
      tried,
      killed + timeouts,
      lived,
      shown(tried < ENOUGH ? null : percent),
      `${AIMS[member] ?? LEAST_AIM} %`,
      tried === 0 ? "–" : day,
    ]
  })
}
