import type { Clock, Gauges, MeteredSensor, SensorReading } from "@wattest/protocol"
import { EXIT_STATUS } from "../run/last-run.ts"
import type { Observation } from "../run/run.ts"
import type { Quantity } from "../sources/source.ts"
import type { DeviceClock } from "./clock.ts"
import { type createComparisons, findingReading } from "./comparison.ts"
import type { Poller } from "./poller.ts"
import { cutName } from "./reading.ts"
import type { Workload } from "./workload.ts"

/** Findings of the comparisons go into evidence this often, and at the end of a run. */
const FINDINGS_MS = 60_000

/** Surface of what the workload says of itself. */
const WORKLOAD = "workload"

/** How the workload's process ended, signed with the last capture of its run. */
export function withExitStatus(closing: Observation, exitStatus: number): Observation {
  const reading: SensorReading = {
    sensor: EXIT_STATUS,
    surface: WORKLOAD,
    quantity: "exit status",
    unit: "1",
    value: String(exitStatus),
    timeMs: closing.timeMs,
    grade: "declared",
    accuracy: {},
  }
  return { ...closing, readings: [...closing.readings, reading] }
}

const MAX_GAUGE = 2 ** 16 - 2

/** `known` is all that the ending run has seen, by which the next knows where each sensor stopped. */
type Division = {
  readonly closing: Observation
  readonly opening: readonly SensorReading[]
  readonly known: readonly SensorReading[]
  readonly timeMs: number
}

/**
 * Turns what the poller collected into the observations of captures. It remembers the newest recorded reading of
 * each sensor, so that the next run can begin at the reading where this one ends.
 */
export class Observer {
  readonly #poller: Poller
  readonly #clock: DeviceClock
  readonly #clockQuality: Clock
  readonly #workload: Workload
  #plan: readonly MeteredSensor[] = []
  #comparisons: ReturnType<typeof createComparisons> | undefined
  #recorded = new Map<string, SensorReading>()
  #findingsDueMs = 0
  #lastMs = 0

  constructor(poller: Poller, clock: DeviceClock, clockQuality: Clock, workload: Workload) {
    this.#poller = poller
    this.#clock = clock
    this.#clockQuality = clockQuality
    this.#workload = workload
  }

  /** From now on observations are those of a run with this plan, which began with these readings. */
  begin(
    plan: readonly MeteredSensor[],
    comparisons: ReturnType<typeof createComparisons>,
    startMs: number,
    opening: readonly SensorReading[],
  ): void {
    this.#plan = plan
    this.#comparisons = comparisons
    comparisons.advance(startMs, opening)
    this.#findingsDueMs = startMs + FINDINGS_MS
    this.#lastMs = startMs
    for (const reading of opening) this.#remember(reading)
  }

  /** What was read since the last capture. */
  observe(): Observation {
    return this.#observation(this.#clock.now(), this.#collect(), false)
  }

  /**
   * The end of one run and the beginning of the next: an instant that every living meter has read past, with the
   * readings on both sides of it in both runs, so that no energy falls between them.
   */
  async divide(): Promise<Division> {
    await this.#poller.refresh()
    const before = new Map(this.#recorded)
    const readings = this.#collect()
    const timeMs = this.#commonTime()
    const known = [...before.values(), ...readings]
    // A sensor that was silent repeats its last reading: the next run begins there.
    const fresh = new Set(readings.map(({ sensor }) => sensor))
    const silent = [...before.values()].filter(({ sensor }) => this.#isMetered(sensor) && !fresh.has(sensor))
    const closing = this.#observation(timeMs, [...silent, ...readings], true)
    return { closing, opening: this.around(timeMs, known).filter(this.#opens(readings)), known, timeMs }
  }

  /** Of each sensor the last reading up to an instant and those after it. */
  around(timeMs: number, readings: readonly SensorReading[]): readonly SensorReading[] {
    return [...Map.groupBy(readings, ({ sensor }) => sensor).values()].flatMap((own) => {
      const first = own.findLastIndex((reading) => reading.timeMs <= timeMs)
      return own.slice(Math.max(0, first))
    })
  }

  /** Readings of the workload's own counts, for a plan that meters them. */
  counts(timeMs: number): readonly SensorReading[] {
    const source = { surface: WORKLOAD, unit: "1", grade: "declared", accuracy: {}, timeMs } as const
    const { work, accepted } = this.#workload
    return [
      { ...source, sensor: "workload/work", quantity: "work", value: work.toString() },
      { ...source, sensor: "workload/accepted", quantity: "accepted", value: accepted.toString() },
    ]
  }

  /**
   * Which readings open the next run: of a count only the newest, since the ending run has counted up to it; energies
   * are cut at the instant instead.
   */
  #opens(readings: readonly SensorReading[]): (reading: SensorReading) => boolean {
    const counts = new Set(
      this.#plan.filter(({ role }) => role === "work" || role === "accepted").map(({ sensor }) => sensor),
    )
    const newest = new Map(
      readings.filter(({ sensor }) => counts.has(sensor)).map((reading) => [reading.sensor, reading]),
    )
    return (reading) => (newest.get(reading.sensor) ?? reading) === reading
  }

  #isMetered(sensor: string): boolean {
    return this.#plan.some((entry) => entry.sensor === sensor)
  }

  /** The workload's own counts are not remembered: every run is told them as they stand at its start. */
  #remember(reading: SensorReading): void {
    if (reading.surface === WORKLOAD) return
    const before = this.#recorded.get(reading.sensor)
    if (before === undefined || reading.timeMs >= before.timeMs) this.#recorded.set(reading.sensor, reading)
  }

  /** Integrated powers and compared sensors with every reading, all others with their newest. */
  #collect(): readonly SensorReading[] {
    const { buffers, faults } = this.#poller.take()
    const everyReading = new Set(this.#plan.filter(({ method }) => method === "trapezoid").map(({ sensor }) => sensor))
    const readings = [...buffers].flatMap(([sensor, own]) => (everyReading.has(sensor) ? own : own.slice(-1)))
    for (const reading of readings) this.#remember(reading)
    const timeMs = this.#clock.now()
    const faulty = [...faults].map(([sensor, count]): SensorReading => {
      const [, fault = ""] = sensor.split("/fault.")
      const source = { surface: "attester", quantity: `fault ${fault}`, unit: "1", grade: "measured" } as const
      return { ...source, sensor: cutName(sensor), value: String(count), timeMs, accuracy: {} }
    })
    return [...readings, ...faulty]
  }

  #observation(timeMs: number, readings: readonly SensorReading[], last: boolean): Observation {
    const at = Math.max(timeMs, this.#lastMs)
    this.#lastMs = at
    const findings = this.#comparisons?.advance(at, readings) ?? []
    const due = last || at >= this.#findingsDueMs
    if (due) this.#findingsDueMs = at + FINDINGS_MS
    const own = this.#plan.some(({ sensor }) => sensor.startsWith("workload/")) ? this.counts(at) : []
    const found = due ? findings.map((finding) => findingReading(finding, at)) : []
    return { timeMs: at, readings: [...readings, ...own, ...found], gauges: this.gauges() }
  }

  /** The earliest of the newest readings of the living energy sensors. */
  #commonTime(): number {
    const now = this.#clock.now()
    const newest = this.#plan
      .filter(({ role }) => role === "energy" || role === "accelerator")
      .map(({ sensor, maxGapMs = 0 }) => ({ timeMs: this.#poller.known.get(sensor)?.reading.timeMs ?? 0, maxGapMs }))
      .filter(({ timeMs, maxGapMs }) => now - timeMs <= maxGapMs)
      .map(({ timeMs }) => timeMs)
    return Math.max(this.#lastMs, Math.min(now, ...newest))
  }

  /** The newest gauges: shares as means over the parts, temperatures as the hottest. */
  gauges(): Observation["gauges"] {
    return {
      smOccupancy: this.#share("smOccupancy"),
      dramActivity: this.#share("dramActivity"),
      computeActivity: this.#share("computeActivity"),
      acceleratorCentikelvin: this.#hottest("acceleratorTemperature"),
      inletCentikelvin: this.#hottest("inletTemperature"),
      phase: this.#workload.phase,
      clock: this.#clock.shiftMs() === 0 ? this.#clockQuality : "unsynchronised",
    } satisfies Omit<Gauges, "meanPowerMilliwatts">
  }

  #values(quantity: Quantity): readonly { readonly number: number; readonly unit: string }[] {
    return [...this.#poller.known.values()]
      .filter(({ value }) => value.quantity === quantity)
      .map(({ value }) => ({ number: Number(value.value), unit: value.unit }))
  }

  #share(quantity: Quantity): number | null {
    const values = this.#values(quantity).map(({ number, unit }) => (unit === "%" ? number * 100 : number * 10_000))
    if (values.length === 0) return null
    return Math.min(MAX_GAUGE, Math.max(0, Math.round(values.reduce((a, b) => a + b, 0) / values.length)))
  }

  #hottest(quantity: Quantity): number | null {
    const values = this.#values(quantity).map(({ number }) => Math.round(number * 100) + 27_315)
    return values.length === 0 ? null : Math.min(MAX_GAUGE, Math.max(0, ...values))
  }
}
