import {
  type Asked,
  addTotals,
  amountsOf,
  type Counts,
  countSlots,
  EMPTY_ACCUMULATION,
  type Fault,
  faultsOf,
  foldSegment,
  isCounted,
  SEGMENT_RUNS,
  type Segment,
  type Totals,
} from "@wattest/protocol"
import { createWasmPoseidon } from "@wattest/protocol/batch"
import type { RunArchive } from "../archive/run-archive.ts"
import type { AnchoredRun, LedgerPeriod } from "../chain/ledger-reader.ts"
import { Refusal } from "../refusal.ts"
import { createRunOpener, MAX_NAMED, nameRuns, type OpenedRun } from "./open-runs.ts"

// Every run is opened twice: when the tally is planned, so that nothing is proved in vain, and when its segment is proved.
// In between a segment is its place and its totals, so that memory does not grow with what the runs say.

/** What is kept of a segment until it is proved. */
export type PlannedSegment = {
  /** Place of its ledger. */
  readonly ledger: number
  /** Place of its first run in the ledger's part. */
  readonly first: number
  readonly counts: Counts
  /** Of all runs up to its last one. */
  readonly totals: Totals
}

/** A tally before it is proved: its segments, those of each ledger in turn. */
export type Plan = {
  readonly segments: readonly PlannedSegment[]
  /** Of all runs. */
  readonly totals: Totals
  readonly counted: number
  readonly runs: number
}

/** What a tally's runs are opened from, and what is asked of them. */
export type Source = {
  readonly periods: readonly LedgerPeriod[]
  readonly archives: readonly RunArchive[]
  readonly asked: Asked
}

/** Segments whose runs are read and hashed together. */
const BATCH = 18 * SEGMENT_RUNS

/** Runs that stand against a tally: how many, and the first of them. */
type Found = { count: number; readonly first: AnchoredRun[] }

function note(found: Found, run: AnchoredRun): void {
  if (found.count++ < MAX_NAMED) found.first.push(run)
}

/** Refuses what no archive opens, beyond the number that the operator allows. Says which runs. */
function checkOpenings({ count, first }: Found, allowed: number): void {
  if (count <= allowed) return
  const detail = `no archive has ${count} of the period's runs: ${nameRuns(first, count)}`
  throw new Refusal("OPENINGS_MISSING", detail, "add --archive DIR, or show them as unopened with --unopened N")
}

const REMEDIES: { readonly [fault in Fault]: string } = {
  UNIT_DIFFERS: "tally with their --unit",
  ENERGY_GRADE_WORSE: "allow them with --energy-grade",
  WORK_GRADE_WORSE: "allow them with --work-grade",
  ORIGIN_DIFFERS: "allow them with --origin recorded",
  SOURCE_MISSING: "leave the source out of --require",
  TIME_BACKWARDS: "no tally can have a run that ends before it starts",
}

/** Refuses runs that a tally counts and its conditions exclude: they cannot be left out. Says which, why, and what to do. */
function checkConditions({ count, first }: Found, faults: ReadonlySet<Fault>): void {
  if (count === 0) return
  const reasons = [...faults]
  const hint = `${reasons.map((fault) => REMEDIES[fault]).join("; ")}; or count fewer runs by model, zone, site or party`
  const detail = `${count} counted runs have ${reasons.join(", ")}: ${nameRuns(first, count)}`
  throw new Refusal("CONDITION_FAILED", detail, hint)
}

/** Looks at runs one by one, and remembers what stands against a tally of them. */
function createSurvey(asked: Asked) {
  const [missing, faulty]: [Found, Found] = [
    { count: 0, first: [] },
    { count: 0, first: [] },
  ]
  const faults = new Set<Fault>()
  let [runs, counted] = [0, 0]
  return {
    look({ anchored, slot }: OpenedRun): void {
      runs++
      if (!("opening" in slot)) {
        // A void run has nothing to open
        if (slot.root !== 0n) note(missing, anchored)
        return
      }
      if (isCounted(slot.opening, asked)) counted++
      const found = faultsOf(slot.opening, asked)
      if (found.length > 0) note(faulty, anchored)
      for (const fault of found) faults.add(fault)
    },
    check(unopened: number): void {
      checkOpenings(missing, unopened)
      checkConditions(faulty, faults)
    },
    counts: () => ({ runs, counted }),
  }
}

const sumOf = (runs: readonly OpenedRun[], from: Totals, asked: Asked): Totals =>
  runs.reduce((sum, { slot }) => ("opening" in slot ? addTotals(sum, amountsOf(slot.opening, asked)) : sum), from)

/**
 * Lays the runs of all ledgers out in segments. Refuses runs that cannot be opened, beyond `unopened`, and counted ones that
 * break a condition; throws ARCHIVE_BROKEN where an archive has another run than was anchored.
 */
export async function planLedgers({ periods, archives, asked }: Source, unopened: number): Promise<Plan> {
  const open = createRunOpener(archives)
  const survey = createSurvey(asked)
  const segments: PlannedSegment[] = []
  let totals = EMPTY_ACCUMULATION.totals
  for (const [ledger, { runs }] of periods.entries())
    for (let at = 0; at < runs.length; at += BATCH) {
      const opened = await open(runs.slice(at, at + BATCH))
      for (const run of opened) survey.look(run)
      for (let place = 0; place < opened.length; place += SEGMENT_RUNS) {
        const part = opened.slice(place, place + SEGMENT_RUNS)
        totals = sumOf(part, totals, asked)
        segments.push({ ledger, first: at + place, counts: countSlots(part.map(({ slot }) => slot)), totals })
      }
    }
  survey.check(unopened)
  return { segments, totals, ...survey.counts() }
}

const isSame = ({ counts, totals }: PlannedSegment, segment: Segment): boolean =>
  counts.length === segment.counts.length &&
  counts.unopened === segment.counts.unopened &&
  counts.voids === segment.counts.voids &&
  totals.every((value, i) => value === segment.to.totals[i])

/**
 * The segments of a plan in order, opened anew, with a blind for each accumulator. Throws ARCHIVE_BROKEN where the archives
 * say another thing than when they were planned.
 */
export async function* openSegments(
  { periods, archives, asked }: Source,
  { segments }: Plan,
  blinds: (i: number) => bigint,
): AsyncGenerator<Segment, void, void> {
  const open = createRunOpener(archives)
  const hash = createWasmPoseidon()
  let [head, accumulation] = [0n, EMPTY_ACCUMULATION]
  for (const [i, planned] of segments.entries()) {
    const { runs = [], from } = periods[planned.ledger] ?? {}
    if (planned.first === 0) head = BigInt(from?.head ?? 0n)
    const opened = await open(runs.slice(planned.first, planned.first + SEGMENT_RUNS))
    const slots = opened.map(({ slot }) => slot)
    const segment = foldSegment({ head, accumulation }, slots, { asked, blindTo: blinds(i), hash })
    if (!isSame(planned, segment)) {
      const runsOf = nameRuns(opened.map(({ anchored }) => anchored))
      throw new Refusal(
        "ARCHIVE_BROKEN",
        `it changed since the tally was planned, among ${runsOf}`,
        "run the same command again",
      )
    }
    head = segment.headTo
    accumulation = segment.to
    yield segment
  }
}
