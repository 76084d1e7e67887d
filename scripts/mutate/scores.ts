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

const [BEGIN, END] = ["<!-- scores -->", "<!-- /scores -->"]

/** Puts a table between the two marks of a document. Throws an Error where it has none. */
export function withScores(document: string, table: string): string {
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)]
  if (from === -1 || to < from) throw new Error(`no ${BEGIN} before ${END}`)
  return `${document.slice(0, from + BEGIN.length)}\n${table}\n${document.slice(to)}`
}

/** What became of mutants, and which of them mean the same. */
interface Known {
  known(id: string): Result | undefined
  readonly equivalents: { has(mutant: Mutant): boolean }
}

/** By member: how many of the mutants that were tried were noticed, in Markdown. */
export function scoresByMember({ known, equivalents }: Known, day: string): string {
  const rows = MEMBERS.map((member) => {
    const mutants = filesOf(member)
      .flatMap(mutantsIn)
      .filter((mutant) => !equivalents.has(mutant))
    const results = mutants.flatMap(({ id }) => known(id) ?? [])
    const { tried, killed, timeouts, lived, percent } = scoreOf(member, mutants.length, results)
    const cells = [
      member,
      mutants.length,
      tried,
      killed + timeouts,
      lived,
      shown(tried < ENOUGH ? null : percent),
      `${AIMS[member] ?? LEAST_AIM} %`,
    ]
    return `| ${cells.join(" | ")} |`
  })
  const head = ["member", "mutants", "tried", "noticed", "lived", "score", "aim"]
  const rule = head.map((_, i) => (i === 0 ? "---" : "---:"))
  return [`Samples of ${day}.`, "", ...[head, rule].map((cells) => `| ${cells.join(" | ")} |`), ...rows].join("\n")
}
