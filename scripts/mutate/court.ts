import { readFileSync } from "node:fs"
import { buildSteps } from "./built.ts"
import type { Judge } from "./judges.ts"
import { applied, type Mutant } from "./mutant.ts"
import type { Result } from "./results.ts"
import type { Tree } from "./tree.ts"
import { type Outcome, runNode, runTests } from "./trial.ts"

/** A test that takes longer than this by itself judges nothing: deep runs are for other faults. */
const SLOWEST_SECONDS = 240
/** A mutant may slow its tests; one that slows them so much never ends. */
const SLACK = 3
const START_SECONDS = 20
/** A compiler always ends, on a busy machine late: a contract that was cut short would count as none. */
const BUILD_SECONDS = 1800
/** Tests of circuits compile what they test, and keep it until a source of it changes. */
const compiles = (test: string) => test.startsWith("test/circuits/")
const isUnbuilt = (outcome: Outcome) => outcome.kind === "failed" && outcome.title.includes('"before all" hook')

/** How long a test takes in a tree without a mutant, or null where it fails there, or is cut short, and judges nothing. */
export type Baseline = (tree: Tree, test: string, deadline: number) => Promise<number | null>

const secondsTo = (deadline: number) => Math.max(0, deadline - Date.now()) / 1000

export function createBaseline(): Baseline {
  const known = new Map<string, Promise<number | null>>()
  const run = ({ root }: Tree, test: string, limitSeconds: number) => runTests(root, [test], limitSeconds)
  const measure = async (tree: Tree, test: string, deadline: number) => {
    if (compiles(test)) await run(tree, test, Math.min(BUILD_SECONDS, secondsTo(deadline)))
    const start = performance.now()
    const { kind } = await run(tree, test, Math.min(SLOWEST_SECONDS, secondsTo(deadline)))
    return kind === "passed" ? (performance.now() - start) / 1000 : null
  }
  return (tree, test, deadline) => {
    const seconds = known.get(test) ?? measure(tree, test, deadline)
    known.set(test, seconds)
    return seconds
  }
}

/** Tests that killed something before: what noticed one change of a file, or of a member, notices the next. */
export interface Memory {
  note(file: string, test: string): void
  order(file: string, judges: readonly Judge[]): readonly Judge[]
}

/** So many imports nearer is a test, at most, for the files of a member in which it killed something. */
const BROADEST = 4

export function createMemory(): Memory {
  const kills = new Map<string, number>()
  const files = new Map<string, Set<string>>()
  const killsOf = (file: string, test: string) => kills.get(`${file}\0${test}`) ?? 0
  const inMember = (file: string, test: string) => `${memberOf(file)}\0${test}`
  const breadth = (file: string, test: string) => Math.min(BROADEST, files.get(inMember(file, test))?.size ?? 0)
  return {
    note(file, test) {
      kills.set(`${file}\0${test}`, killsOf(file, test) + 1)
      files.set(inMember(file, test), (files.get(inMember(file, test)) ?? new Set()).add(file))
    },
    order(file, judges) {
      const far = ({ test, distance }: Judge) => distance - breadth(file, test)
      return judges.toSorted((a, b) => killsOf(file, b.test) - killsOf(file, a.test) || far(a) - far(b))
    },
  }
}

const memberOf = (file: string) => file.split("/", 1)[0]

export interface Court {
  readonly tree: Tree
  readonly baseline: Baseline
  readonly patienceSeconds: number
  /** Nothing goes on longer than this, in ms since 1970. */
  readonly deadline: number
}

/** A batch takes up to this share of the patience, and at most so many files. */
const BATCHES = [1, 2, 4, 8]

/**
 * Tries one mutant before its judges, nearest first, until one notices or the patience, counted in seconds that the
 * tests take without a mutant, is spent. Null where the deadline came first.
 */
export async function judgeMutant(
  mutant: Mutant,
  judges: readonly Judge[],
  court: Court,
): Promise<Omit<Result, "state"> | null> {
  const { tree, baseline, patienceSeconds, deadline } = court
  const { id, file } = mutant
  const result = { id, file, judges: judges.length }
  const waiting = judges.map(({ test }) => test)
  const tried: string[] = []
  let spent = 0
  for (let round = 0; waiting.length > 0 && spent < patienceSeconds; round += 1) {
    const batch = waiting.splice(0, BATCHES[Math.min(round, BATCHES.length - 1)])
    const times = new Map<string, number>()
    for (const test of batch) {
      const seconds = await baseline(tree, test, deadline)
      if (seconds !== null) times.set(test, seconds)
    }
    if (Date.now() >= deadline) return null
    if (times.size === 0) continue
    const seconds = [...times.values()].reduce((sum, time) => sum + time, 0)
    const toStart = batch.some(compiles) ? BUILD_SECONDS : START_SECONDS
    const outcome = await inMutant(mutant, [...times.keys()], court, () =>
      runTests(tree.root, [...times.keys()], Math.min(SLACK * seconds + toStart, secondsTo(deadline))),
    )
    if (Date.now() >= deadline) return null
    if (outcome === null || (batch.some(compiles) && isUnbuilt(outcome)))
      return { ...result, fate: "unbuilt", tests: [] }
    if (outcome.kind === "timeout") return { ...result, fate: "timeout", tests: [...times.keys()] }
    if (outcome.kind === "failed") return { ...result, fate: "killed", tests: [outcome.test], title: outcome.title }
    tried.push(...times.keys())
    spent += seconds
  }
  const unjudged = judges.length === 0 ? "unreached" : "unjudged"
  return { ...result, fate: tried.length === 0 ? unjudged : "lived", tests: tried }
}

/** Does something while the mutant stands in the tree, built for these tests. Null where it does not compile. */
async function inMutant<T>(
  mutant: Mutant,
  tests: readonly string[],
  { tree, deadline }: Court,
  act: () => Promise<T>,
): Promise<T | null> {
  const { file } = mutant
  tree.write(file, applied(readFileSync(file, "utf8"), mutant))
  try {
    for (const step of buildSteps(file, tests))
      if ((await runNode(tree.root, step, Math.min(BUILD_SECONDS, secondsTo(deadline)))) !== 0) return null
    return await act()
  } finally {
    tree.restore(file)
  }
}
