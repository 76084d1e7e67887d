import type { Gauges, OpenedCapture, Phase } from "@wattest/protocol"

/** What lies between two captures, or between the outer ones of several joined intervals. */
export type Interval = {
  readonly startMs: number
  readonly endMs: number
  readonly energyMillijoules: number
  /** What it adds to the expanded uncertainty (k = 2) of the run. */
  readonly uncertaintyMillijoules: number
  readonly acceleratorMillijoules: number
  readonly workUnits: number
  /** Time integrals of gauges where they were measured: value × ms, and the ms for which it was. */
  readonly occupancy: Integral
  readonly dram: Integral
  readonly compute: Integral
  /** Accelerator above inlet, kelvin × ms. */
  readonly rise: Integral
}

export type Integral = { readonly sum: number; readonly ms: number }

/** A gauge over an interval: null counts for nothing. Shares come in 1/10000. */
function integral(value: number | null, scale: number, ms: number): Integral {
  return value === null ? { sum: 0, ms: 0 } : { sum: (value / scale) * ms, ms }
}

const add = (a: Integral, b: Integral): Integral => ({ sum: a.sum + b.sum, ms: a.ms + b.ms })

/** Mean over time, or null where nothing was measured. */
export function meanOf({ sum, ms }: Integral): number | null {
  return ms === 0 ? null : sum / ms
}

function riseOf({ acceleratorCentikelvin: warm, inletCentikelvin: cool }: Gauges): number | null {
  return warm === null || cool === null ? null : warm - cool
}

/**
 * The interval that ends with a capture. A gauge there stands for the time since the capture just before: where captures
 * in between are not shown, gauges count for nothing.
 */
export function intervalBetween(before: OpenedCapture, after: OpenedCapture): Interval {
  const ms = after.timeMs - before.timeMs
  const gaugedMs = after.sequence === before.sequence + 1 ? ms : 0
  const { gauges } = after
  const delta = (name: "energyMillijoules" | "uncertaintyMillijoules" | "acceleratorMillijoules" | "workUnits") =>
    Number(after.registers[name] - before.registers[name])
  return {
    startMs: before.timeMs,
    endMs: after.timeMs,
    energyMillijoules: delta("energyMillijoules"),
    uncertaintyMillijoules: delta("uncertaintyMillijoules"),
    acceleratorMillijoules: delta("acceleratorMillijoules"),
    workUnits: delta("workUnits"),
    occupancy: integral(gauges.smOccupancy, 10_000, gaugedMs),
    dram: integral(gauges.dramActivity, 10_000, gaugedMs),
    compute: integral(gauges.computeActivity, 10_000, gaugedMs),
    rise: integral(riseOf(gauges), 100, gaugedMs),
  }
}

export function joinIntervals(a: Interval, b: Interval): Interval {
  return {
    startMs: a.startMs,
    endMs: b.endMs,
    energyMillijoules: a.energyMillijoules + b.energyMillijoules,
    uncertaintyMillijoules: a.uncertaintyMillijoules + b.uncertaintyMillijoules,
    acceleratorMillijoules: a.acceleratorMillijoules + b.acceleratorMillijoules,
    workUnits: a.workUnits + b.workUnits,
    occupancy: add(a.occupancy, b.occupancy),
    dram: add(a.dram, b.dram),
    compute: add(a.compute, b.compute),
    rise: add(a.rise, b.rise),
  }
}

/** Mean power of an interval in watts: mJ per ms. Null where it has no length. */
export function powerOf({ energyMillijoules, startMs, endMs }: Interval): number | null {
  return endMs === startMs ? null : energyMillijoules / (endMs - startMs)
}

/** What an interval adds to the run's uncertainty, in watts. When its two captures were read exactly is not in it. */
export function addedWattsOf({ uncertaintyMillijoules, startMs, endMs }: Interval): number | null {
  return endMs === startMs ? null : uncertaintyMillijoules / (endMs - startMs)
}

/** A run's intervals in bounded memory: when there are too many, neighbours are joined. */
export type Curve = { readonly add: (interval: Interval) => void; readonly intervals: () => readonly Interval[] }

export function createCurve(limit = 1024): Curve {
  let closed: Interval[] = []
  let open: Interval | null = null
  let inOpen = 0
  let perBucket = 1
  const halve = () => {
    closed = closed.flatMap((interval, i) => {
      const next = closed[i + 1]
      if (i % 2 === 1) return []
      return [next === undefined ? interval : joinIntervals(interval, next)]
    })
    perBucket *= 2
  }
  return {
    add(interval) {
      open = open === null ? interval : joinIntervals(open, interval)
      if (++inOpen < perBucket) return
      closed.push(open)
      open = null
      inOpen = 0
      if (closed.length >= limit) halve()
    },
    intervals: () => (open === null ? closed : [...closed, open]),
  }
}

/** What a run spent in one phase. */
export type PhaseTotal = {
  readonly phase: Phase
  readonly durationMs: number
  readonly energyMillijoules: number
  readonly workUnits: number
}
