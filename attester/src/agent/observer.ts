import { type Clock, type Gauges, isMeterable, type MeteredSensor, type SensorReading } from "@wattest/protocol"
import { divisionTime } from "../books/division.ts"
import { aheadReading, restartReading } from "../books/stand.ts"
import { FaultTally } from "../metrics/tally.ts"
import type { Observation } from "../run/run.ts"
import type { Quantity } from "../sources/source.ts"
import type { DeviceClock } from "../time/clock.ts"
import type { Watch } from "../time/watch.ts"
import { type Counts, countReadings } from "../workload/counts.ts"
import type { Workload } from "../workload/workload.ts"
import { type createComparisons, findingReading } from "./comparison.ts"
import type { Poller } from "./poller.ts"
import { cutName } from "./reading.ts"

/** Findings of the comparisons go into evidence this often, and at the end of a run. */
const FINDINGS_MS = 60_000

const MAX_GAUGE = 2 ** 16 - 2
/** A change of the wall clock that is worth a reading. */
const AHEAD_CHANGE_MS = 1000

/** What an observer looks at. */
export type Observed = {
  readonly poller: Poller
  readonly clock: DeviceClock
  readonly watch: Watch
  readonly workload: Workload
}

/** The run of which observations are, from its opening on. */
export type ObservedRun = {
  readonly metering: readonly MeteredSensor[]
  readonly comparisons: ReturnType<typeof createComparisons>
  readonly startMs: number
  readonly opening: readonly SensorReading[]
  readonly aheadMs: number
}

/** Turns what the poller collected into the observations of captures. */
export class Observer {
  readonly #observed: Observed
  /** How far the host's clock can be believed. */
  clockQuality: Clock = "unsynchronised"
  /** All faults since the process began. */
  readonly faults = new FaultTally()
  #run: ObservedRun | undefined
  /** Entries of the plan that a sensor's readings reach. */
  #planned: ReadonlyMap<string, readonly MeteredSensor[]> = new Map()
  /** Times of each sensor's readings since the last capture, and of the newest before it. */
  #times = new Map<string, readonly number[]>()
  /** The workload's counts in the newest observation. */
  #counted: Counts | undefined
  #findingsDueMs = 0
  #lastMs = 0
  #aheadMs = 0

  constructor(observed: Observed) {
    this.#observed = observed
  }

  /** From now on observations are those of this run. */
  begin(run: ObservedRun): void {
    this.#run = run
    this.#planned = plannedBy(run.metering)
    run.comparisons.advance(run.startMs, run.opening)
    this.#findingsDueMs = run.startMs + FINDINGS_MS
    this.#lastMs = run.startMs
    this.#aheadMs = run.aheadMs
    this.#times = timesOf(run.opening)
  }

  /** What was read since the last capture. */
  observe(): Observation {
    const { readings, own } = this.#collect()
    return this.#observation(
      this.#observed.clock.now(),
      [...this.#thinned(readings, Number.POSITIVE_INFINITY), ...own],
      false,
    )
  }

  /**
   * The end of a run: an instant up to `latestMs` that every living meter has read past. Sources are read once more. A run
   * in which nothing was read up to then ends later: no reading is there at which it could be cut.
   */
  async divide(latestMs: number): Promise<Observation> {
    await this.#observed.poller.refresh()
    const { readings, own } = this.#collect()
    const nowMs = this.#observed.clock.now()
    const cutMs = latestMs < nowMs ? this.#divisionTime(latestMs, 0) : 0
    const timeMs = cutMs > (this.#run?.startMs ?? 0) ? cutMs : this.#divisionTime(nowMs, nowMs)
    return this.#observation(timeMs, [...this.#thinned(readings, timeMs), ...own], true)
  }

  #divisionTime(untilMs: number, otherwiseMs: number): number {
    const upTo = (times: readonly number[]) => times.findLast((timeMs) => timeMs <= untilMs) ?? 0
    const newest = new Map([...this.#times].map(([sensor, times]) => [sensor, upTo(times)]))
    const { metering = [] } = this.#run ?? {}
    return divisionTime(metering, newest, { lastMs: this.#lastMs, untilMs, otherwiseMs })
  }

  /** The workload's own counts at a run's opening: what was told after the run before was observed is this one's. */
  openingCounts(timeMs: number): readonly SensorReading[] {
    return countReadings(this.#counted ?? this.#observed.workload, timeMs)
  }

  #counts(timeMs: number): readonly SensorReading[] {
    const { work, accepted, input } = this.#observed.workload
    this.#counted = { work, accepted, input }
    return countReadings(this.#counted, timeMs)
  }

  /** What sensors said since the last capture, and what the device says of itself. */
  #collect(): { readonly readings: readonly SensorReading[]; readonly own: readonly SensorReading[] } {
    const { poller, clock, watch } = this.#observed
    watch.look(clock.now())
    const { buffers, faults, isCounterGone } = poller.take()
    const counts = new Map(faults)
    const readings = [...buffers.values()].flat().filter((reading) => this.#isFit(reading, counts))
    for (const [sensor, times] of timesOf(readings))
      this.#times.set(sensor, [...(this.#times.get(sensor) ?? []).slice(-1), ...times])
    this.faults.add(counts)
    const timeMs = clock.now()
    const signs = isCounterGone ? [restartReading(timeMs)] : []
    const own = [...faultReadings(counts, timeMs), ...watch.take(), ...this.#clockReadings(timeMs), ...signs]
    return { readings, own }
  }

  /** Powers with every reading, all others with their newest, and with the one before an instant that cuts them. */
  #thinned(readings: readonly SensorReading[], cutMs: number): readonly SensorReading[] {
    const every = new Set(this.#run?.metering.flatMap((entry) => everyReadingOf(entry)))
    return [...Map.groupBy(readings, ({ sensor }) => sensor)].flatMap(([sensor, own]) => {
      if (every.has(sensor)) return own
      const before = own.findLast(({ timeMs }) => timeMs <= cutMs)
      return own.filter((reading) => reading === before || reading === own.at(-1))
    })
  }

  /** A value that the meter cannot take is a fault of its source, and never stops the others. */
  #isFit(reading: SensorReading, faults: Map<string, number>): boolean {
    const { sensor } = reading
    const own = this.#planned.get(sensor) ?? []
    if (own.every((entry) => isMeterable(entry, reading))) return true
    const key = `${sensor}/fault.malformed`
    faults.set(key, (faults.get(key) ?? 0) + 1)
    return false
  }

  #clockReadings(timeMs: number): readonly SensorReading[] {
    const aheadMs = this.#observed.clock.aheadMs()
    if (Math.abs(aheadMs - this.#aheadMs) < AHEAD_CHANGE_MS) return []
    this.#aheadMs = aheadMs
    return [aheadReading(timeMs, aheadMs)]
  }

  #observation(timeMs: number, readings: readonly SensorReading[], last: boolean): Observation {
    const at = Math.max(timeMs, this.#lastMs)
    this.#lastMs = at
    const findings = this.#run?.comparisons.advance(at, readings) ?? []
    const due = last || at >= this.#findingsDueMs
    if (due) this.#findingsDueMs = at + FINDINGS_MS
    const isOwn = this.#run?.metering.some(({ sensor }) => sensor.startsWith("workload/")) ?? false
    const found = due ? findings.map((finding) => findingReading(finding, at)) : []
    return { timeMs: at, readings: [...readings, ...(isOwn ? this.#counts(at) : []), ...found], gauges: this.gauges() }
  }

  /** The newest gauges: shares as means over the parts, temperatures as the hottest. */
  gauges(): Observation["gauges"] {
    const { clock, workload } = this.#observed
    return {
      smOccupancy: this.#share("smOccupancy"),
      dramActivity: this.#share("dramActivity"),
      computeActivity: this.#share("computeActivity"),
      acceleratorCentikelvin: this.#hottest("acceleratorTemperature"),
      inletCentikelvin: this.#hottest("inletTemperature"),
      phase: workload.phase,
      clock: clock.isApart() ? "unsynchronised" : this.clockQuality,
    } satisfies Omit<Gauges, "meanPowerMilliwatts">
  }

  #values(quantity: Quantity): readonly { readonly number: number; readonly unit: string }[] {
    return [...this.#observed.poller.known.values()]
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

/** Sensors of which no reading may be left out: between them power is a trapezoid, and a counter is held against it. */
const everyReadingOf = ({ sensor, method, witness }: MeteredSensor): readonly string[] => [
  ...(method === "trapezoid" ? [sensor] : []),
  ...(witness === undefined ? [] : [witness]),
]

function plannedBy(metering: readonly MeteredSensor[]): ReadonlyMap<string, readonly MeteredSensor[]> {
  const uses = metering.flatMap((entry) => [
    { name: entry.sensor, entry },
    ...(entry.witness === undefined ? [] : [{ name: entry.witness, entry }]),
  ])
  return new Map([...Map.groupBy(uses, ({ name }) => name)].map(([name, own]) => [name, own.map(({ entry }) => entry)]))
}

function timesOf(readings: readonly SensorReading[]): Map<string, readonly number[]> {
  const groups = Map.groupBy(readings, ({ sensor }) => sensor)
  return new Map([...groups].map(([sensor, own]) => [sensor, own.map(({ timeMs }) => timeMs).sort((a, b) => a - b)]))
}

function faultReadings(faults: ReadonlyMap<string, number>, timeMs: number): readonly SensorReading[] {
  return [...faults].map(([sensor, count]): SensorReading => {
    const [, fault = ""] = sensor.split("/fault.")
    const source = { surface: "attester", quantity: `fault ${fault}`, unit: "1", grade: "measured" } as const
    return { ...source, sensor: cutName(sensor), value: String(count), timeMs, accuracy: {} }
  })
}
