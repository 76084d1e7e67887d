import { readFileSync } from "node:fs"
import type { Mutant } from "./mutant.ts"

/** A change that no test can notice, because the program means the same; `reason` says why. */
export interface Equivalent {
  readonly file: string
  readonly before: string
  readonly after: string
  readonly reason: string
}

const EQUIVALENTS: readonly Equivalent[] = JSON.parse(
  readFileSync(new URL("./equivalents.json", import.meta.url), "utf8"),
)

const keyOf = ({ file, before, after }: Pick<Equivalent, "file" | "before" | "after">) =>
  [file, before, after].join("\0")

/** Which mutants are known to mean the same, and which of these sentences speak of no mutant any more. */
export function createEquivalents(equivalents: readonly Equivalent[] = EQUIVALENTS) {
  const keys = new Set(equivalents.map(keyOf))
  return {
    has: (mutant: Mutant) => keys.has(keyOf(mutant)),
    stale(mutants: readonly Mutant[]): readonly Equivalent[] {
      const there = new Set(mutants.map(keyOf))
      return equivalents.filter((equivalent) => !there.has(keyOf(equivalent)))
    },
  }
}
