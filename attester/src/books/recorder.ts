import { createMeter, type Meter, type Metered, type Registers, type SensorReading } from "@wattest/protocol"
import type { Beginning } from "./beginning.ts"
import { aheadOf, type Host, standReadings } from "./stand.ts"

/** A capture before anything is hashed or signed. */
export type Recorded = {
  readonly sequence: number
  readonly timeMs: number
  readonly readings: readonly SensorReading[]
  readonly metered: Metered
  readonly meanPowerMilliwatts: number | null
}

/** Highest mean power of a gauge, mW; a higher one reads "not measured". */
const MAX_POWER = 2n ** 40n - 2n

function meanPower(before: Registers, after: Registers, ms: number): number | null {
  if (ms <= 0) return null
  const power = ((after.energyMillijoules - before.energyMillijoules) * 1000n) / BigInt(ms)
  return power > MAX_POWER ? null : Number(power)
}

/**
 * Turns what a device reads into the captures of one run: sequence, time that never falls, registers. It knows no disk,
 * no key and no clock. Capture 0 and the closing one say where the books stand.
 */
export class Recorder {
  readonly #beginning: Beginning
  #host: Host
  readonly #meter: Meter
  #last: Recorded

  constructor(beginning: Beginning, host: Host) {
    this.#beginning = beginning
    this.#host = host
    this.#meter = createMeter(beginning.metering)
    const { startMs, readings, lifetimeMillijoules } = beginning
    const opening = [...readings, ...standReadings(startMs, lifetimeMillijoules, host)]
    const metered = this.#meter.advance(startMs, opening)
    this.#last = { sequence: 0, timeMs: startMs, readings: opening, metered, meanPowerMilliwatts: null }
  }

  /** The newest capture; at first the opening. */
  get last(): Recorded {
    return this.#last
  }

  /** A capture at a time, or at the last one's where a clock ran backwards. Throws a Rejection, and then changes nothing else. */
  record(atMs: number, readings: readonly SensorReading[]): Recorded {
    const { sequence, timeMs: lastMs, metered: before } = this.#last
    const timeMs = Math.max(atMs, lastMs)
    const metered = this.#meter.advance(timeMs, readings)
    this.#host = { ...this.#host, aheadMs: aheadOf(readings) ?? this.#host.aheadMs }
    const meanPowerMilliwatts = meanPower(before.registers, metered.registers, timeMs - lastMs)
    this.#last = { sequence: sequence + 1, timeMs, readings, metered, meanPowerMilliwatts }
    return this.#last
  }

  /** The closing capture: it repeats what the next run must begin with, and says where the books stand. */
  close(atMs: number, readings: readonly SensorReading[]): Recorded {
    const { registers } = this.record(atMs, readings).metered
    const known = new Set(readings)
    const carried = this.#meter.carried().filter((reading) => !known.has(reading))
    const lifetime = this.#beginning.lifetimeMillijoules + registers.energyMillijoules
    const stand = standReadings(this.#last.timeMs, lifetime, this.#host)
    // What is believed comes first: another value at the same time is one that the meter did not take.
    const closing = [...carried, ...readings, ...stand]
    this.#last = { ...this.#last, readings: closing }
    return this.#last
  }
}
