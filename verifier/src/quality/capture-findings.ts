import type { OpenedCapture } from "@wattest/protocol"
import { boardsLimitWatts } from "./boards.ts"
import { createBoundaryWatch } from "./boundary-findings.ts"
import { createSensorWatch } from "./sensor-findings.ts"
import type { WatchContext } from "./watch-context.ts"

/** What running hardware can have: 200 K to 400 K for boards, 220 K to 340 K for the air that enters. */
const ACCELERATOR_CENTIKELVIN = { lo: 200_00, hi: 400_00 }
const INLET_CENTIKELVIN = { lo: 220_00, hi: 340_00 }

/** Mean power gauges are rounded and may be read a moment apart from the registers. */
const GAUGE_SLACK_MILLIWATTS = 1_000
const GAUGE_SLACK_SHARE = 0.02

/** Looks at captures in order. The first one has none before it. */
export type CaptureWatch = {
  readonly add: (before: OpenedCapture | null, capture: OpenedCapture) => void
  /** Says what shows over the whole run only. */
  readonly end: () => void
}

type Look = CaptureWatch["add"]

function watchTemperatures({ log }: WatchContext): Look {
  const check = (value: number | null, { lo, hi }: { lo: number; hi: number }, sequence: number, what: string) => {
    if (value !== null && (value < lo || value > hi))
      log.add("TEMPERATURE_IMPLAUSIBLE", `${what} at ${value / 100} K`, sequence)
  }
  return (_, { gauges, sequence }) => {
    const { acceleratorCentikelvin: warm, inletCentikelvin: cool } = gauges
    check(warm, ACCELERATOR_CENTIKELVIN, sequence, "accelerator")
    check(cool, INLET_CENTIKELVIN, sequence, "inlet")
    // 5 K below the air that enters is beyond any sensor's error.
    if (warm !== null && cool !== null && warm < cool - 500)
      log.add("TEMPERATURE_IMPLAUSIBLE", "the accelerator is colder than the air that cools it", sequence)
  }
}

function watchPower({ statement, tolerances, log }: WatchContext): Look {
  const boards = boardsLimitWatts(statement.context.accelerators)
  const factor = 1 + tolerances.powerPercent / 100
  return (before, { registers: now, gauges, timeMs, sequence }) => {
    if (before === null || timeMs <= before.timeMs) return
    const ms = timeMs - before.timeMs
    const then = before.registers
    const accelerator = Number(now.acceleratorMillijoules - then.acceleratorMillijoules)
    const energy = Number(now.energyMillijoules - then.energyMillijoules)
    // Registers are floors: one mJ more may show. mJ per ms are watts.
    const drawn = statement.boundary === "gpu" ? Math.max(accelerator, energy) : accelerator
    if (boards !== null && drawn - 1 > boards * factor * ms)
      log.add("POWER_ABOVE_LIMIT", () => `${(drawn / ms).toFixed(0)} W on boards of ${boards} W`, sequence)
    if (accelerator - 1 > energy * factor)
      log.add("PARTS_ABOVE_WHOLE", () => `accelerators ${accelerator} mJ, ${statement.boundary} ${energy} mJ`, sequence)
    const gauge = gauges.meanPowerMilliwatts
    const actual = (energy / ms) * 1000
    if (gauge !== null && Math.abs(gauge - actual) > GAUGE_SLACK_MILLIWATTS + 1000 / ms + actual * GAUGE_SLACK_SHARE)
      log.add("POWER_GAUGE_DISAGREES", () => `gauge ${gauge} mW, registers ${actual.toFixed(0)} mW`, sequence)
  }
}

function watchClock({ tolerances, log }: WatchContext): Look {
  let usualMs: number | null = null
  return (before, { gauges, timeMs, sequence, sources }) => {
    if (gauges.clock === "unsynchronised") log.add("CLOCK_UNSYNCHRONISED", "clock gauge", sequence)
    for (const reading of sources.readings)
      if (Math.abs(reading.timeMs - timeMs) > tolerances.gapMs)
        log.add("SENSOR_TIME_STALE", () => `${reading.sensor}: ${reading.timeMs - timeMs} ms away`, sequence)
    if (before === null) return
    const ms = timeMs - before.timeMs
    if (ms > tolerances.gapMs) log.add("CAPTURE_GAP", `${ms} ms`, sequence)
    // Twenty usual intervals at once, or none at all: time was set, not passed.
    else if (usualMs !== null && (ms > 20 * usualMs || ms === 0))
      log.add("CLOCK_JUMP", `${ms} ms, usually ${usualMs} ms`, sequence)
    if (ms > 0) usualMs = usualMs === null ? ms : Math.max(1, Math.round(0.9 * usualMs + 0.1 * ms))
  }
}

/** All watches together. */
export function createCaptureWatch(context: WatchContext): CaptureWatch {
  const looks = [watchTemperatures(context), watchPower(context), watchClock(context)]
  const watches = [createSensorWatch(context), createBoundaryWatch(context)]
  return {
    add(before, capture) {
      for (const look of looks) look(before, capture)
      for (const watch of watches) watch.add(capture)
    },
    end() {
      for (const watch of watches) watch.end()
    },
  }
}
