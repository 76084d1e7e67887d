import { type Grade, type OpenedCapture, PHASES, type Phase, worseGrade } from "@wattest/protocol"
import {
  createCurve,
  type Interval,
  intervalBetween,
  joinIntervals,
  meanOf,
  type PhaseTotal,
  powerOf,
} from "./curve.ts"
import type { Quantity } from "./totals.ts"

/** What a run's captures give beyond its totals. */
export type CaptureMeasures = {
  readonly quantities: readonly Quantity[]
  /** At most 1024 intervals, in order. */
  readonly curve: readonly Interval[]
  readonly phases: readonly PhaseTotal[]
}

/** Takes captures in order and keeps what the report needs, in bounded memory. */
export type CaptureMeter = {
  readonly add: (before: OpenedCapture, after: OpenedCapture) => void
  readonly measures: (energyGrade: Grade) => CaptureMeasures
}

/** Gauges are what the device says: no check holds them to the sources, as it does registers. */
const GAUGE_GRADE: Grade = "declared"

function quantitiesFrom(whole: Interval | null, peakWatts: number | null, energyGrade: Grade): readonly Quantity[] {
  const quantity = (id: Quantity["id"], value: number | null, grade: Grade): readonly Quantity[] =>
    value === null || !Number.isFinite(value) ? [] : [{ id, value, uncertainty: null, grade }]
  const gauged = worseGrade(energyGrade, GAUGE_GRADE)
  if (whole === null) return []
  const dram = meanOf(whole.dram)
  const compute = meanOf(whole.compute)
  const rise = meanOf(whole.rise)
  const joules = whole.acceleratorMillijoules / 1000
  return [
    ...quantity("peak-power", peakWatts, energyGrade),
    ...quantity("utilisation", meanOf(whole.occupancy), gauged),
    ...quantity("memory-pressure", dram === null || compute === null ? null : dram / compute, gauged),
    ...quantity("thermal-envelope", rise === null || rise <= 0 ? null : joules / rise, gauged),
  ]
}

export function createCaptureMeter(): CaptureMeter {
  const curve = createCurve()
  const phases = new Map<Phase, Interval & { readonly ms: number }>()
  let whole: Interval | null = null
  let peakWatts: number | null = null
  return {
    add(before, after) {
      const interval = intervalBetween(before, after)
      curve.add(interval)
      whole = whole === null ? interval : joinIntervals(whole, interval)
      const watts = powerOf(interval)
      if (watts !== null && (peakWatts === null || watts > peakWatts)) peakWatts = watts
      const { phase } = after.gauges
      const held = phases.get(phase)
      const ms = interval.endMs - interval.startMs
      phases.set(
        phase,
        held === undefined ? { ...interval, ms } : { ...joinIntervals(held, interval), ms: held.ms + ms },
      )
    },
    measures: (energyGrade) => ({
      quantities: quantitiesFrom(whole, peakWatts, energyGrade),
      curve: curve.intervals(),
      phases: PHASES.flatMap((phase) => {
        const total = phases.get(phase)
        if (total === undefined) return []
        const { ms, energyMillijoules, workUnits } = total
        return [{ phase, durationMs: ms, energyMillijoules, workUnits }]
      }),
    }),
  }
}
