import type { SensorReading } from "@wattest/protocol"
import { impossible } from "../sources/entrance/plausible.ts"
import { toSourceError } from "../sources/guard.ts"
import type { SensorValue, Source, SourceFault } from "../sources/source.ts"
import { SourceError } from "../sources/source.ts"
import type { DeviceClock } from "../time/clock.ts"
import type { Notices } from "./notices.ts"
import { readingOf, sensorName } from "./reading.ts"

/** What a sensor is: where it was read from and its newest value. */
export type KnownSensor = {
  readonly source: string
  readonly periodMs: number
  readonly value: SensorValue
  reading: SensorReading
}

/** Most readings of one sensor between two captures; of more, every other one is dropped, the first and the last kept. */
const MAX_BUFFERED = 256

/** Slower sources are not read again for a run's beginning or end. */
const FRESH_PERIOD_MS = 10_000

/**
 * Reads every source at its own rate and keeps what came since the last capture. A source that fails costs its own
 * values only: the fault is counted, and it is tried again at its next turn.
 */
export class Poller {
  readonly #sources: readonly Source[]
  readonly #clock: DeviceClock
  readonly #notices: Notices
  readonly #random: () => number
  readonly #stop = new AbortController()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #reading = new Map<string, Promise<void>>()
  readonly #known = new Map<string, KnownSensor>()
  #buffers = new Map<string, SensorReading[]>()
  #faults = new Map<string, number>()
  /** Energy counters that answered last, and whether one has gone since the last capture. */
  readonly #counting = new Set<string>()
  #isCounterGone = false

  constructor(sources: readonly Source[], clock: DeviceClock, notices: Notices, random: () => number = Math.random) {
    this.#sources = sources
    this.#clock = clock
    this.#notices = notices
    this.#random = random
  }

  /** Reads each source once, then keeps reading. */
  async start(): Promise<void> {
    await Promise.all(this.#sources.map((source) => this.#read(source)))
    for (const source of this.#sources) this.#schedule(source, performance.now())
  }

  /** Sensors that have given a value since the start, by their names in evidence. */
  get known(): ReadonlyMap<string, KnownSensor> {
    return this.#known
  }

  /** Reads the fast sources now, beside their turns. */
  async refresh(): Promise<void> {
    await Promise.all(
      this.#sources.filter(({ periodMs }) => periodMs <= FRESH_PERIOD_MS).map((source) => this.#read(source)),
    )
  }

  /**
   * What came since the last call, by sensor in order of time, and how often each kind of fault happened. `isCounterGone`:
   * an energy counter is missing that was there: when its driver or board is back, it may begin anew.
   */
  take(): {
    readonly buffers: ReadonlyMap<string, readonly SensorReading[]>
    readonly faults: ReadonlyMap<string, number>
    readonly isCounterGone: boolean
  } {
    const taken = { buffers: this.#buffers, faults: this.#faults, isCounterGone: this.#isCounterGone }
    this.#buffers = new Map()
    this.#faults = new Map()
    this.#isCounterGone = false
    return taken
  }

  async close(): Promise<void> {
    this.#stop.abort()
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.allSettled(this.#reading.values())
    await Promise.allSettled(this.#sources.map((source) => source.close()))
  }

  /** Once in each period, at a time within it that nobody can foresee: a load in step with the readings would show. */
  #schedule(source: Source, periodStartMs: number): void {
    if (this.#stop.signal.aborted) return
    const { periodMs } = source
    const dueMs = periodStartMs + this.#random() * periodMs
    const timer = setTimeout(
      async () => {
        this.#timers.delete(timer)
        await this.#read(source)
        // Periods that passed while the source was slow are skipped, not made up for.
        const passed = Math.floor((performance.now() - periodStartMs) / periodMs)
        this.#schedule(source, periodStartMs + periodMs * Math.max(1, passed))
      },
      Math.max(0, dueMs - performance.now()),
    )
    this.#timers.add(timer)
  }

  #read(source: Source): Promise<void> {
    const running = this.#reading.get(source.id)
    if (running !== undefined) return running
    const read = this.#readOnce(source).finally(() => this.#reading.delete(source.id))
    this.#reading.set(source.id, read)
    return read
  }

  async #readOnce(source: Source): Promise<void> {
    try {
      this.#keepAll(source, await source.read(this.#stop.signal))
      this.#notices.well(source.id)
    } catch (error) {
      if (this.#stop.signal.aborted) return
      // A source of several parts fails for one of them and still gives the others.
      if (error instanceof SourceError) this.#keepAll(source, error.values)
      if (error instanceof SourceError && error.fault === "missing") this.#lose(source, error.values)
      const { fault, detail } = toSourceError(source.id, error)
      this.#fault(source.id, fault, detail)
    }
  }

  /** A driver that is unloaded or a board that is reset takes its counters away before they can begin anew. */
  #lose({ id }: Source, values: readonly SensorValue[]): void {
    const here = new Set(values.map(({ sensor }) => sensorName(id, sensor)))
    for (const sensor of this.#counting) {
      if (this.#known.get(sensor)?.source !== id || here.has(sensor)) continue
      this.#counting.delete(sensor)
      this.#isCounterGone = true
    }
  }

  #keepAll(source: Source, values: readonly SensorValue[]): void {
    const shiftMs = this.#clock.shiftMs()
    for (const value of values) this.#keep(source, value, shiftMs)
  }

  #keep(source: Source, value: SensorValue, shiftMs: number): void {
    const reading = readingOf(source.id, value, shiftMs)
    if (reading === null) {
      const sensor = sensorName(source.id, value.sensor)
      this.#fault(sensor, "malformed", `${value.value.slice(0, 64)} has no place in evidence`)
      return
    }
    const before = this.#known.get(reading.sensor)
    if (before !== undefined && reading.timeMs <= before.reading.timeMs) return
    const reason = impossible(value, before?.value)
    if (reason !== null) {
      this.#fault(reading.sensor, "malformed", `${value.value} ${value.unit} is ${reason}`)
      return
    }
    this.#notices.well(reading.sensor)
    if (value.quantity === "energy") this.#counting.add(reading.sensor)
    this.#known.set(reading.sensor, { source: source.id, periodMs: source.periodMs, value, reading })
    const buffer = this.#buffers.get(reading.sensor)
    if (buffer === undefined) this.#buffers.set(reading.sensor, [reading])
    else if (buffer.push(reading) > MAX_BUFFERED)
      this.#buffers.set(
        reading.sensor,
        buffer.filter((_, i) => i % 2 === 0),
      )
  }

  /** `of`: the source, or the sensor where it is one's alone. */
  #fault(of: string, fault: SourceFault, detail: string): void {
    const key = `${of}/fault.${fault}`
    this.#faults.set(key, (this.#faults.get(key) ?? 0) + 1)
    this.#notices.trouble(of, `${fault}: ${detail}`)
  }
}
