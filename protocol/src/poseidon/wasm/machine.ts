import { invert, power, reduce } from "../field.ts"
import type { PoseidonPlan } from "../poseidon-plan.ts"
import { FunctionBody, ModuleBuilder } from "./assembler.ts"
import {
  DIGIT_BITS,
  DIGITS,
  ELEMENT_BYTES,
  emitAccumulate,
  emitCarry,
  emitForms,
  emitMultiply,
  emitPair,
  emitReduce,
  emitSquare,
  FORMS_BYTES,
} from "./kernels.ts"
import { COLUMN_LIMIT, type Factors, MemoryPlan } from "./memory.ts"
import { emitLoad, emitStore, WORD_BYTES } from "./transfer.ts"

/** What a Montgomery product of digits divides by. */
export const RADIX = reduce(1n << BigInt(DIGIT_BITS * DIGITS))

/** The S-box of a value scaled by s is u scaled by s^5 / radix^4: each of its Montgomery products loses one radix. */
export const boxScale = (scale: bigint) => reduce(power(scale, 5n) * invert(power(RADIX, 4n)))

/** A mixing layer: each output is a sum of factors times pairs, an addend, and `unit`, the upper element of a pair, once. */
interface Output {
  readonly to: number
  readonly factors: readonly Factors[]
  readonly addend: number
}

/**
 * The permutation's memory, the functions that it calls, and the steps that it is made of: each emits instructions into
 * `main`. Values carry a scale of our choice, which the next constants undo: so one factor of each row can be 1.
 */
export class Machine {
  readonly plan: PoseidonPlan
  readonly memory = new MemoryPlan()
  readonly module = new ModuleBuilder()
  readonly flags = this.memory.reserve(16)
  readonly scratch = { columns: this.memory.reserve(2 * ELEMENT_BYTES), modulus: this.memory.modulus() }
  /** The words of the state, their S-boxes' outputs, and these in pairs. */
  readonly state: readonly number[]
  readonly boxed: readonly number[]
  readonly #pairs: readonly number[]
  readonly zero = this.memory.reserve(ELEMENT_BYTES)
  /** permute(from, to) */
  readonly main = new FunctionBody(2)
  readonly call: ReturnType<Machine["kernels"]>

  constructor(plan: PoseidonPlan) {
    this.plan = plan
    const element = () => this.memory.reserve(ELEMENT_BYTES)
    this.state = plan.matrix.map(element)
    this.boxed = plan.matrix.map(element)
    this.#pairs = plan.matrix.map(element)
    this.call = this.kernels()
  }

  kernels() {
    const inputs = this.plan.width - 1
    const add = (body: FunctionBody) => this.module.add(body)
    const calls = {
      load: add(emitLoad(inputs * WORD_BYTES, this.flags)),
      store: add(emitStore()),
      pair: add(emitPair()),
      start: add(emitAccumulate(this.scratch, true)),
      accumulate: add(emitAccumulate(this.scratch, false)),
      carry: add(emitCarry(this.scratch)),
      reduce: add(emitReduce(this.scratch)),
      reduceAdd: add(emitReduce(this.scratch, { factor: 1 })),
      forms: add(emitForms()),
      multiply: add(emitMultiply(this.scratch)),
      square: add(emitSquare(this.scratch)),
    }
    return { ...calls, box: add(this.#box(calls)) }
  }

  /** to = from^5. box(to, from) */
  #box(call: { forms: number; square: number; multiply: number; reduce: number }): FunctionBody {
    const f = new FunctionBody(2)
    const [first, second] = [this.memory.reserve(FORMS_BYTES), this.memory.reserve(FORMS_BYTES)]
    const power = this.memory.reserve(ELEMENT_BYTES)
    f.i32(first).get(1).call(call.forms)
    f.i32(first).get(1).call(call.square)
    f.i32(power).call(call.reduce)
    f.i32(second).i32(power).call(call.forms)
    f.i32(second).i32(power).call(call.square)
    f.i32(power).call(call.reduce)
    f.i32(second).i32(power).call(call.forms)
    f.i32(second).i32(first).call(call.multiply)
    return f.get(0).call(call.reduce)
  }

  /** S-boxes on some words of the state; their outputs, paired, in `pairs`, an odd last one alone in its upper half. */
  boxes(words: readonly number[], known = 0): void {
    const f = this.main
    const boxed = words.map((word) => this.boxed[word] as number)
    words.forEach((word, i) => {
      if (i >= known)
        f.i32(boxed[i] as number)
          .i32(this.state[word] as number)
          .call(this.call.box)
    })
    for (let i = 0; i < boxed.length; i += 2) {
      const alone = i + 1 === boxed.length
      f.i32(this.#pairs[i / 2] as number).i32(alone ? this.zero : (boxed[i] as number))
      f.i32(boxed[alone ? i : i + 1] as number).call(this.call.pair)
    }
  }

  /** Sums of factors times pairs, carried in time: `pair` pushes the address of a pair. */
  sum(factors: readonly Factors[], pair: (index: number) => void): void {
    let reach = 0
    factors.forEach((factor, i) => {
      if (reach + factor.reach > COLUMN_LIMIT) {
        this.main.call(this.call.carry)
        reach = 0
      }
      reach += factor.reach
      pair(i)
      this.main.i32(factor.address).call(i === 0 ? this.call.start : this.call.accumulate)
    })
  }

  #layer(outputs: readonly Output[], unit: number): void {
    const f = this.main
    for (const { to, factors, addend } of outputs) {
      this.sum(factors, (i) => f.i32(this.#pairs[i] as number))
      f.i32(to).i32(addend).i32(unit).call(this.call.reduceAdd)
    }
  }

  /** A layer of S-box outputs with given scales into words 0, 1, ... of the state; returns the scales of those. */
  mix(
    matrix: readonly (readonly bigint[])[],
    addends: readonly bigint[],
    from: readonly bigint[],
    fixed: bigint | null,
  ): bigint[] {
    const odd = from.length % 2 === 1
    const last = from.length - 1
    const unit = odd && fixed === null
    const scales = matrix.map(
      (row) => fixed ?? (odd ? reduce((from[last] as bigint) * invert(row[last] as bigint)) : 1n),
    )
    const outputs = matrix.map((row, i) => {
      const factor = (j: number) => reduce((row[j] ?? 0n) * (scales[i] as bigint) * RADIX * invert(from[j] ?? 1n))
      const factors = Array.from({ length: from.length >> 1 }, (_, k) =>
        this.memory.factors(factor(2 * k), factor(2 * k + 1)),
      )
      if (odd && !unit) factors.push(this.memory.factors(0n, factor(last)))
      return {
        to: this.state[i] as number,
        factors,
        addend: this.memory.addend((addends[i] ?? 0n) * (scales[i] as bigint)),
      }
    })
    this.#layer(outputs, unit ? (this.#pairs[last >> 1] as number) : this.zero)
    return scales
  }
}
