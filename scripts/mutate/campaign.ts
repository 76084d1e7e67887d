import { createHash } from "node:crypto"
import { resolve } from "node:path"
import { createBaseline, createMemory, judgeMutant } from "./court.ts"
import type { Judge } from "./judges.ts"
import type { Mutant } from "./mutant.ts"
import type { Result, Results } from "./results.ts"
import { createTree } from "./tree.ts"

export interface Campaign {
  readonly mutants: readonly Mutant[]
  readonly results: Results
  readonly patienceSeconds: number
  /** Which tests judge a file, nearest first. */
  judgesOf(file: string): readonly Judge[]
  /** Tests tried on one mutant, at most. */
  readonly mostJudges: number
  /** Nothing goes on longer than this, in ms since 1970; a mutant that is cut short then counts as not tried. */
  readonly deadline: number
  readonly workers: number
  progress(done: number, of: number): void
}

/** The order of a draw: by digest of seed and mutant, so that a mutant keeps its place when others come and go. */
export const drawn = (mutants: readonly Mutant[], seed: string): readonly Mutant[] => {
  const place = ({ id }: Mutant) => createHash("sha256").update(`${seed}\0${id}`).digest("hex")
  return mutants.toSorted((a, b) => (place(a) < place(b) ? -1 : 1))
}

/** Judges mutants, several at a time, each in a tree of its own, and keeps what became of each. Those known are passed by. */
export async function judgeAll(campaign: Campaign): Promise<readonly Result[]> {
  const { mutants, results, patienceSeconds, deadline, progress, workers } = campaign
  const baseline = createBaseline()
  const memory = createMemory()
  const found: Result[] = []
  const note = (result: Result) => {
    found.push(result)
    if (result.fate === "killed") for (const test of result.tests) memory.note(result.file, test)
  }
  const waiting = mutants.filter(({ id }) => {
    const known = results.get(id)
    if (known !== undefined) note(known)
    return known === undefined
  })
  async function work(number: number) {
    if (waiting.length === 0) return
    const tree = createTree(resolve("build", "mutation", `tree-${number}`))
    for (let mutant = waiting.shift(); mutant !== undefined && Date.now() < deadline; mutant = waiting.shift()) {
      const judges = memory.order(mutant.file, campaign.judgesOf(mutant.file)).slice(0, campaign.mostJudges)
      const judged = await judgeMutant(mutant, judges, { tree, baseline, patienceSeconds, deadline })
      if (judged === null) return
      note(results.add(judged))
      progress(found.length, mutants.length)
    }
  }
  await Promise.all(Array.from({ length: workers }, (_, number) => work(number)))
  return found
}
