import type { Recorded, TraceFault, TracePoint } from "./trace.ts"

/** Distances further apart than so many periods are no jitter. */
const LEAP_PERIODS = 3

/** The median of the steps between times (the lower of two), at least 1 ms: a trace's sampling period. */
export function periodOf(times: readonly number[]): number {
  const steps = times
    .slice(1)
    .map((timeMs, i) => timeMs - (times[i] ?? timeMs))
    .filter((step) => step > 0)
    .sort((a, b) => a - b)
  return steps[(steps.length - 1) >> 1] ?? 1
}

/**
 * Puts the points of each part in the order of time. A step back of less than the part's sampling period is two
 * writers or a stall: sorted. A single time that leaps away and comes back is a fault of its line. Any other step back
 * says that two recordings overlap: a fault over the time that both of them cover.
 */
export function inOrder({ points, faults }: Pick<Recorded, "points" | "faults">): Pick<Recorded, "points" | "faults"> {
  const parts = [...Map.groupBy(points, ({ part }) => part).values()].map(orderPart)
  return {
    points: parts.flatMap(({ points }) => points).sort((a, b) => a.timeMs - b.timeMs),
    faults: [...faults, ...parts.flatMap(({ faults }) => faults)].sort((a, b) => a.line - b.line),
  }
}

type Ordered = { readonly points: TracePoint[]; readonly faults: TraceFault[] }

function orderPart(points: readonly TracePoint[]): Ordered {
  const periodMs = periodOf(points.map(({ timeMs }) => timeMs))
  const kept: TracePoint[] = []
  const faults: TraceFault[] = []
  let last: TracePoint | undefined
  for (const [i, point] of points.entries()) {
    const back = last === undefined ? 0 : last.timeMs - point.timeMs
    if (last === undefined || back < periodMs) {
      kept.push(point)
      if (back <= 0) last = point
      continue
    }
    const stray = strayOf({ before: kept.at(-2), last, point, next: points[i + 1] }, LEAP_PERIODS * periodMs)
    faults.push(stray?.fault ?? overlap(last, point))
    if (stray?.point === point) continue
    if (stray?.point === last) kept.pop()
    kept.push(point)
    last = point
  }
  return { points: kept, faults }
}

function overlap(last: TracePoint, point: TracePoint): TraceFault {
  const reason = `time goes back by ${last.timeMs - point.timeMs} ms: two recordings overlap, or a clock was set`
  return { line: point.line, reason, fromMs: point.timeMs, toMs: last.timeMs }
}

type Step = {
  readonly before: TracePoint | undefined
  readonly last: TracePoint
  readonly point: TracePoint
  readonly next: TracePoint | undefined
}

/** The one time of a step back that its neighbours on both sides contradict, if there is one. */
function strayOf({ before, last, point, next }: Step, leapMs: number): { point: TracePoint; fault: TraceFault } | null {
  const follows = (a: TracePoint, b: TracePoint) => b.timeMs >= a.timeMs && b.timeMs - a.timeMs <= leapMs
  const fault = (stray: TracePoint, from: TracePoint, to: TracePoint): TraceFault => ({
    line: stray.line,
    reason: `the time ${new Date(stray.timeMs).toISOString()} leaps away from its neighbours`,
    fromMs: from.timeMs,
    toMs: to.timeMs,
  })
  if (before && last.timeMs - before.timeMs > leapMs && follows(before, point))
    return { point: last, fault: fault(last, before, point) }
  if (next && last.timeMs - point.timeMs > leapMs && follows(last, next))
    return { point, fault: fault(point, last, next) }
  return null
}
