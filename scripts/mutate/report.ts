import type { Mutant } from "./mutant.ts"
import type { Result } from "./results.ts"

/** How a file stands: of the mutants tried that are programs, how many were noticed. */
export interface Score {
  readonly name: string
  readonly mutants: number
  readonly tried: number
  readonly killed: number
  readonly timeouts: number
  readonly lived: number
  /** killed and timed out of those tried, in percent; null where none was tried. */
  readonly percent: number | null
}

export function scoreOf(name: string, mutants: number, results: readonly Result[]): Score {
  const count = (...fates: readonly Result["fate"][]) => results.filter(({ fate }) => fates.includes(fate)).length
  const killed = count("killed")
  const timeouts = count("timeout")
  const lived = count("lived", "unreached")
  const tried = killed + timeouts + lived
  const percent = tried === 0 ? null : (100 * (killed + timeouts)) / tried
  return { name, mutants, tried, killed, timeouts, lived, percent }
}

export const shown = (percent: number | null) => (percent === null ? "–" : `${percent.toFixed(1)} %`)

/** How seldom luck alone may call tests missing that are there. */
const LUCK = 0.001

/** How often `n` throws, of which each hits with `share`, hit at most `hits` times: the lower tail of the binomial distribution. */
function tail(hits: number, n: number, share: number): number {
  if (share >= 1) return hits < n ? 0 : 1
  let term = (1 - share) ** n
  let sum = 0
  for (let k = 0; k <= hits; k++) {
    sum += term
    term *= ((n - k) / (k + 1)) * (share / (1 - share))
  }
  return sum
}

/** Whether so few were noticed that the draw cannot be the reason: tests are missing. Of a handful it never says so. */
export const isBelow = ({ tried, killed, timeouts }: Score, floor: number): boolean =>
  tail(killed + timeouts, tried, floor / 100) < LUCK

/** The table by file, the worst first. */
function scoreTable(scores: readonly Score[]): string {
  const rows = [...scores]
    .filter(({ tried }) => tried > 0)
    .sort((a, b) => (a.percent ?? 0) - (b.percent ?? 0) || b.lived - a.lived)
    .map((score) => [
      score.name,
      ...[score.mutants, score.tried, score.killed, score.timeouts, score.lived].map(String),
      shown(score.percent),
    ])
  const all = [["file", "mutants", "tried", "killed", "timed out", "lived", "score"], ...rows]
  const widths = all[0]?.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0))) ?? []
  return all
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
    )
    .join("\n")
}

/** A mutant that lived, as a diff that a person reads. */
function survivor(mutant: Mutant, { fate, tests, judges }: Result): string {
  const lines = (sign: string, text: string) => text.split("\n").map((line) => `${sign} ${line}`)
  const seen =
    fate === "unreached"
      ? "no test comes near"
      : `${tests.length} of ${judges} tests saw nothing: ${tests.slice(0, 3).join(", ")}`
  return [`${mutant.file}:${mutant.line}  (${seen})`, ...lines("-", mutant.before), ...lines("+", mutant.after)].join(
    "\n",
  )
}

function scoresByFile(mutants: readonly Mutant[], results: readonly Result[]): readonly Score[] {
  const byFile = Map.groupBy(results, ({ file }) => file)
  const counts = Map.groupBy(mutants, ({ file }) => file)
  return [...byFile].map(([file, own]) => scoreOf(file, counts.get(file)?.length ?? 0, own))
}

const isSurvivor = ({ fate }: Result) => fate === "lived" || fate === "unreached"

/** For people: each survivor as a diff, the table by file, the sum. */
export function asText(mutants: readonly Mutant[], results: readonly Result[], total: Score): string {
  const survivors = new Map(results.filter(isSurvivor).map((result) => [result.id, result]))
  const diffs = mutants
    .flatMap((mutant) => {
      const result = survivors.get(mutant.id)
      return result === undefined ? [] : [{ mutant, result }]
    })
    .sort((a, b) => a.mutant.file.localeCompare(b.mutant.file) || a.mutant.line - b.mutant.line)
  const sum = `${total.name}: ${shown(total.percent)} of ${total.tried} tried, of ${total.mutants} mutants in all`
  return [
    ...diffs.map(({ mutant, result }) => survivor(mutant, result)),
    scoreTable(scoresByFile(mutants, results)),
    sum,
  ].join("\n\n")
}

/** For machines. */
export function asJson(mutants: readonly Mutant[], results: readonly Result[], total: Score): string {
  return JSON.stringify({ total, files: scoresByFile(mutants, results), lived: results.filter(isSurvivor) }, null, 2)
}
