import { blindAfterMs } from "./blind.ts"

/** Power beside a counter: the energy that it has shown so far, which contradicts a counter that stands still. */
export class Witness {
  readonly #blindAfterMs: number
  #last: { readonly timeMs: number; readonly power: bigint } | undefined
  #energy = 0n

  constructor(periodMs: number) {
    this.#blindAfterMs = blindAfterMs(periodMs)
  }

  /** mJ fixed-point; what it did not see is not in it. */
  get energy(): bigint {
    return this.#energy
  }

  /** Takes a power, mW fixed-point, by trapezoid. */
  push(timeMs: number, power: bigint): void {
    const last = this.#last
    if (last !== undefined && timeMs <= last.timeMs) return
    const ms = last === undefined ? 0 : timeMs - last.timeMs
    if (last !== undefined && ms <= this.#blindAfterMs) this.#energy += ((last.power + power) * BigInt(ms)) / 2000n
    this.#last = { timeMs, power }
  }
}
