import { LineError, TraceError, type TracePoint } from "../trace.ts"

/** Fewer rows than this show no rhythm. */
const LEAST_ROWS = 4

/**
 * Rows of boards without a name, which the tool prints in one order, loop after loop: with their number known, each
 * is the board of its turn. One row too few or too many puts all that follow at the wrong board, so the rows of one
 * loop must lie closer together than to the next loop.
 */
export function createRotation(boards: number) {
  let at = -1
  let loop: { readonly startMs: number; lastMs: number } | undefined
  let lost = false
  return {
    restart() {
      at = -1
      loop = undefined
      lost = false
    },
    next: () => String(++at % boards),
    check(turn: string, timeMs: number) {
      if (boards === 1) return
      if (lost) throw new LineError("a row of a board is missing above: nothing says which board this is")
      if (turn !== "0" && loop !== undefined) loop.lastMs = timeMs
      if (turn !== "0") return
      lost = loop !== undefined && loop.lastMs - loop.startMs >= timeMs - loop.lastMs
      loop = { startMs: timeMs, lastMs: timeMs }
      if (lost) throw new LineError(`the rows above do not come ${boards} by ${boards}`)
    },
  }
}

/**
 * Refuses rows of one name whose times come in bundles: several boards that nothing tells apart, whose mean would
 * count as one board's power. A bundle is a step of less than a quarter of the long steps.
 */
export function assertOneBoard(file: string, points: readonly TracePoint[], parts: number): void {
  if (parts > 1 || points.length < LEAST_ROWS) return
  const steps = points.slice(1).map(({ timeMs }, i) => timeMs - (points[i]?.timeMs ?? timeMs))
  const sorted = steps.toSorted((a, b) => a - b)
  const long = sorted[Math.floor(sorted.length * 0.95)] ?? 0
  const short = steps.filter((step) => step < long / 4)
  if (short.length * 3 < steps.length) return
  const second = points[1 + steps.findIndex((step) => step < long / 4)]
  throw new TraceError(
    file,
    second?.line ?? 1,
    "several boards seem to share this log, and no column tells them apart (index, uuid, pci.bus_id)",
    "log again with index among --query-gpu; or say how many there are by --boards 2, and by --boards 1 if it is one",
  )
}
