import type { Grade } from "../run/capture.ts"
import type { SensorReading } from "../run/sources.ts"
import { worseGrade } from "../run/statement.ts"

type CountPoint = { readonly timeMs: number; readonly value: bigint; readonly reading: SensorReading }

/**
 * A counted amount: work, accepted work, input, water. Its difference counts at the reading, never between two.
 *
 * - A count that falls waits for the next reading: one that goes on from before was a bad reading, one that stays has
 *   begun anew and gains nothing across the fall, since nobody saw what was counted there.
 * - One that comes back to where it stood gains what lies beyond: of several series that add up, one was away.
 */
export class Count {
  #total = 0n
  #last: CountPoint | undefined
  #doubt: CountPoint | undefined
  /** The highest that it stood at before a fall. */
  #before = 0n
  #grade: Grade = "calibrated"

  /** Fixed-point. */
  get total(): bigint {
    return this.#total
  }

  get grade(): Grade {
    return this.#grade
  }

  get carried(): readonly SensorReading[] {
    return [this.#last, this.#doubt].flatMap((point) => point?.reading ?? [])
  }

  push(reading: SensorReading, value: bigint): void {
    const { timeMs } = reading
    const [last, doubt] = [this.#last, this.#doubt]
    if (timeMs <= ((doubt ?? last)?.timeMs ?? -1)) return
    this.#grade = worseGrade(this.#grade, reading.grade)
    this.#doubt = undefined
    const point = { timeMs, value, reading }
    if (last === undefined) this.#last = point
    else if (value >= last.value) this.#gain(last, point)
    else if (doubt === undefined) this.#doubt = point
    else this.#beginAnew(last, doubt, point)
  }

  #gain(last: CountPoint, to: CountPoint): void {
    const isBack = to.value >= this.#before && this.#before > last.value
    this.#total += to.value - (isBack ? this.#before : last.value)
    this.#last = to
  }

  #beginAnew(last: CountPoint, doubt: CountPoint, to: CountPoint): void {
    if (last.value > this.#before) this.#before = last.value
    if (to.value >= doubt.value) this.#gain(doubt, to)
    else this.#last = to
  }
}
