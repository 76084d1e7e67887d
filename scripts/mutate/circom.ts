import type { Edit } from "./mutant.ts"

/** What stands in a circuit, and what an attacker would have liked to stand there. */
const RULES: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // an assignment without its constraint: the prover may put anything
  [/<==/g, "<--"],
  // a constraint that is not there
  [/^[^\n/]*[^\n=]===[^\n]*;/gm, ""],
  // a check whose result nobody takes: a component that stands alone
  [/^ *[A-Z]\w*(?:\([^\n]*\))?\([^\n]*\);/gm, ""],
  // bounds moved by one
  [/\bLessThan\(/g, "LessEqThan("],
  [/\bLessEqThan\(/g, "LessThan("],
  [/\bGreaterThan\(/g, "GreaterEqThan("],
  [/\bGreaterEqThan\(/g, "GreaterThan("],
  [/(?<=[=<([,] ?)1 - /g, ""],
  [/(?<= )\+(?= )/g, "-"],
  [/(?<= )-(?= )/g, "+"],
]

const NUMBER = /(?<![\w.#])\d+(?![\w.])/g
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//g

/** Edits of a circuit: constraints and checks dropped, comparisons and numbers moved by one. */
export function circomEdits(text: string): readonly Edit[] {
  const code = text.replace(COMMENT, (comment) => comment.replace(/[^\n]/g, " ")).replace(/^pragma.*$/gm, blank)
  const edits = RULES.flatMap(([pattern, replacement]) =>
    [...code.matchAll(pattern)].map(({ index, 0: found }) => ({
      start: index,
      end: index + found.length,
      replacement,
    })),
  )
  const numbers = [...code.matchAll(NUMBER)].map(({ index, 0: digits }) => ({
    start: index,
    end: index + digits.length,
    replacement: String(BigInt(digits) + 1n),
  }))
  return [...edits, ...numbers]
}

const blank = (line: string) => " ".repeat(line.length)
