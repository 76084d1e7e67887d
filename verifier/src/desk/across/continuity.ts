import { ROUNDING_MILLIJOULES } from "../../certificate/job-checks.ts"
import { formatNumber } from "../../report/numbers.ts"
import type { RunFact } from "../facts.ts"
import { type DeskFinding, deskFinding, type Shown } from "./findings.ts"

type ShownRun = Shown<RunFact>

const MILLIJOULES_PER_KWH = 3.6e9

const whole = (runs: readonly ShownRun[]) => runs.map(({ document }) => document)

/** One run in several documents: the same, or another one under its number. */
function repeated(same: readonly ShownRun[]): readonly DeskFinding[] {
  const [first] = same
  if (first === undefined || same.length < 2) return []
  const detail = `device ${first.device}, run ${first.run}`
  const isOne = same.every(({ root }) => root === first.root)
  return [deskFinding(isOne ? "RUN_REPEATED" : "RUN_CONTRADICTED", detail, whole(same))]
}

/** Two runs of which one follows the other. */
function joined(before: ShownRun, after: ShownRun): readonly DeskFinding[] {
  const where = `device ${after.device}, runs ${before.run} and ${after.run}`
  const gapMs = after.startMs - before.endMs
  const surplus = after.lifetimeMillijoules - after.energyMillijoules - before.lifetimeMillijoules
  const isExact = surplus >= 0n && surplus <= ROUNDING_MILLIJOULES
  return [
    ...(gapMs === 0 ? [] : [deskFinding("TIMES_BROKEN", `${where}: ${gapMs} ms between them`, whole([before, after]))]),
    // Broken books say so themselves, and begin anew at 0.
    ...(isExact || after.broken
      ? []
      : [deskFinding("LIFETIME_BROKEN", `${where}: they differ by ${surplus} mJ`, whole([before, after]))]),
  ]
}

/** Two runs between which others are not shown: what the device's lifetime energy gives away of them. */
function parted(before: ShownRun, after: ShownRun): readonly DeskFinding[] {
  const { device } = after
  const [first, last] = [before.run + 1n, after.run - 1n]
  const range = first === last ? `run ${first}` : `runs ${first} to ${last}`
  const energy = after.lifetimeMillijoules - after.energyMillijoules - before.lifetimeMillijoules
  const shown = [before, after]
  if (after.startMs < before.endMs)
    return [
      deskFinding(
        "TIMES_BROKEN",
        `device ${device}: run ${after.run} begins before run ${before.run} ended`,
        whole(shown),
      ),
    ]
  if (energy < 0n && !after.broken)
    return [
      deskFinding(
        "LIFETIME_BROKEN",
        `device ${device}, runs ${before.run} and ${after.run}: it falls by ${-energy} mJ`,
        whole(shown),
      ),
    ]
  const took = after.broken
    ? "the books broke in between"
    : `${formatNumber(Number(energy) / MILLIJOULES_PER_KWH)} kWh in them`
  return [deskFinding("RUNS_MISSING", `device ${device}: ${range}, ${took}`, whole(shown))]
}

function ofBoundaries(runs: readonly ShownRun[]): readonly DeskFinding[] {
  const boundaries = [...new Set(runs.map(({ boundary }) => boundary))]
  if (boundaries.length < 2) return []
  return [deskFinding("BOUNDARY_CHANGED", `device ${runs[0]?.device}: ${boundaries.join(", ")}`, whole(runs))]
}

const byRun = (a: RunFact, b: RunFact) => (a.run < b.run ? -1 : Number(a.run > b.run))

function ofDevice(shown: readonly ShownRun[]): readonly DeskFinding[] {
  const numbers = [...Map.groupBy(shown.toSorted(byRun), ({ run }) => run).values()]
  const repetitions = numbers.flatMap(repeated)
  const runs = numbers.flatMap(([first]) => first ?? [])
  const steps = runs.flatMap((after, i) => {
    const before = runs[i - 1]
    if (before === undefined) return []
    return after.run === before.run + 1n ? joined(before, after) : parted(before, after)
  })
  return [...repetitions, ...steps, ...ofBoundaries(runs)]
}

/** Whether the runs of each device go on from one to the next, by number, time and lifetime energy. */
export function continuityFindings(shown: readonly ShownRun[]): readonly DeskFinding[] {
  return [...Map.groupBy(shown, ({ device }) => device).values()].flatMap(ofDevice)
}
