import { fourthRoot, invert, power, reduce } from "../field.ts"
import { FULL_ROUNDS } from "../parameters.ts"
import type { PoseidonPlan } from "../plan.ts"
import { FunctionBody, ModuleBuilder } from "./assembler.ts"
import {
  CONSTANT_BYTES,
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

const RADIX = reduce(1n << BigInt(DIGIT_BITS * DIGITS))
const LANES = 4

/** The S-box of a value scaled by s is u scaled by s^5 / radix^4: each of its Montgomery products loses one radix. */
const boxScale = (scale: bigint) => reduce(power(scale, 5n) * invert(power(RADIX, 4n)))

/** A mixing layer: each output is a sum of factors times pairs, an addend, and `unit`, the upper element of a pair, once. */
interface Output {
  readonly to: number
  readonly factors: readonly Factors[]
  readonly addend: number
}

export interface PoseidonModule {
  readonly binary: Uint8Array<ArrayBuffer>
  /** Writes the constants into the module's memory. */
  readonly fill: (memory: ArrayBuffer) => void
  readonly flags: number
  readonly input: number
  readonly output: number
  readonly capacity: number
}

/** Emits the module that hashes four lanes at a time. */
export function emitPoseidon(plan: PoseidonPlan, capacity: number): PoseidonModule {
  return new Emitter(plan).emit(capacity)
}

class Emitter {
  readonly #plan: PoseidonPlan
  readonly #memory = new MemoryPlan()
  readonly #module = new ModuleBuilder()
  readonly #flags = this.#memory.reserve(16)
  readonly #scratch = { columns: this.#memory.reserve(2 * ELEMENT_BYTES), modulus: this.#memory.modulus() }
  readonly #state: number[]
  readonly #boxed: number[]
  readonly #pairs: number[]
  readonly #window: number
  readonly #zero = this.#memory.reserve(ELEMENT_BYTES)
  readonly #main = new FunctionBody(2)
  readonly #call: ReturnType<Emitter["kernels"]>

  constructor(plan: PoseidonPlan) {
    this.#plan = plan
    const element = () => this.#memory.reserve(ELEMENT_BYTES)
    this.#state = plan.matrix.map(element)
    this.#boxed = plan.matrix.map(element)
    this.#pairs = plan.matrix.map(element)
    this.#window = this.#memory.reserve((plan.partialRounds + plan.width) * ELEMENT_BYTES)
    this.#call = this.kernels()
  }

  kernels() {
    const inputs = this.#plan.width - 1
    const add = (body: FunctionBody) => this.#module.add(body)
    const calls = {
      load: add(emitLoad(inputs * WORD_BYTES, this.#flags)),
      store: add(emitStore()),
      pair: add(emitPair()),
      start: add(emitAccumulate(this.#scratch, true)),
      accumulate: add(emitAccumulate(this.#scratch, false)),
      carry: add(emitCarry(this.#scratch)),
      reduce: add(emitReduce(this.#scratch)),
      reduceAdd: add(emitReduce(this.#scratch, { factor: 1 })),
      forms: add(emitForms()),
      multiply: add(emitMultiply(this.#scratch)),
      square: add(emitSquare(this.#scratch)),
    }
    return { ...calls, box: add(this.#box(calls)) }
  }

  /** to = from^5. box(to, from) */
  #box(call: { forms: number; square: number; multiply: number; reduce: number }): FunctionBody {
    const f = new FunctionBody(2)
    const [first, second] = [this.#memory.reserve(FORMS_BYTES), this.#memory.reserve(FORMS_BYTES)]
    const power = this.#memory.reserve(ELEMENT_BYTES)
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
  #boxes(words: readonly number[], known = 0): void {
    const f = this.#main
    const boxed = words.map((word) => this.#boxed[word] as number)
    words.forEach((word, i) => {
      if (i >= known)
        f.i32(boxed[i] as number)
          .i32(this.#state[word] as number)
          .call(this.#call.box)
    })
    for (let i = 0; i < boxed.length; i += 2) {
      const alone = i + 1 === boxed.length
      f.i32(this.#pairs[i / 2] as number).i32(alone ? this.#zero : (boxed[i] as number))
      f.i32(boxed[alone ? i : i + 1] as number).call(this.#call.pair)
    }
  }

  /** Sums of factors times pairs, carried in time: `pair` pushes the address of a pair. */
  #sum(factors: readonly Factors[], pair: (index: number) => void): void {
    let reach = 0
    factors.forEach((factor, i) => {
      if (reach + factor.reach > COLUMN_LIMIT) {
        this.#main.call(this.#call.carry)
        reach = 0
      }
      reach += factor.reach
      pair(i)
      this.#main.i32(factor.address).call(i === 0 ? this.#call.start : this.#call.accumulate)
    })
  }

  #layer(outputs: readonly Output[], unit: number): void {
    const f = this.#main
    for (const { to, factors, addend } of outputs) {
      this.#sum(factors, (i) => f.i32(this.#pairs[i] as number))
      f.i32(to).i32(addend).i32(unit).call(this.#call.reduceAdd)
    }
  }

  /** A layer of S-box outputs with given scales into words 0, 1, ... of the state; returns the scales of those. */
  #mix(
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
        this.#memory.factors(factor(2 * k), factor(2 * k + 1)),
      )
      if (odd && !unit) factors.push(this.#memory.factors(0n, factor(last)))
      return {
        to: this.#state[i] as number,
        factors,
        addend: this.#memory.addend((addends[i] ?? 0n) * (scales[i] as bigint)),
      }
    })
    this.#layer(outputs, unit ? (this.#pairs[last >> 1] as number) : this.#zero)
    return scales
  }

  /** Full rounds 0 to 3; leaves x(0) and the virtual words in the state, scaled by `scale`. */
  #head(scale: bigint): void {
    const { width, head, matrix, entry, entryConstant } = this.#plan
    const f = this.#main
    for (let word = 1; word < width; word++) {
      f.i32(this.#state[word] as number)
        .get(0)
        .i32((word - 1) * WORD_BYTES)
        .scalar("add")
      f.i32(this.#memory.addend(head[0]?.[word] ?? 0n)).call(this.#call.load)
    }
    // The capacity word starts at 0, so its first S-box gives a constant, which joins the addends.
    const capacity = power(head[0]?.[0] ?? 0n, 5n)
    const words = matrix.map((_, i) => i)
    this.#boxes(words.slice(1))
    let scales = this.#mix(
      matrix.map((row) => row.slice(1)),
      matrix.map((row, i) => (head[1]?.[i] ?? 0n) + (row[0] ?? 0n) * capacity),
      words.slice(1).map(() => boxScale(1n)),
      1n,
    )
    for (let round = 1; round < FULL_ROUNDS / 2; round++) {
      this.#boxes(words)
      const last = round === FULL_ROUNDS / 2 - 1
      scales = this.#mix(
        last ? entry : matrix,
        last ? [entryConstant] : (head[round + 1] ?? []),
        scales.map(boxScale),
        last ? scale : null,
      )
    }
  }

  emit(capacity: number): PoseidonModule {
    const { scale, factor } = this.#recurrenceScale()
    this.#head(scale)
    this.#partial(scale, factor)
    this.#tail(this.#exit(scale))
    const input = this.#memory.reserve(capacity * (this.#plan.width - 1) * WORD_BYTES)
    const output = this.#memory.reserve(capacity * WORD_BYTES)
    this.#module.add(this.#hashAll(input, output, this.#module.add(this.#main)), "hash")
    return {
      binary: this.#module.encode(Math.ceil(this.#memory.size / 65536)),
      fill: (memory) => this.#memory.fill(memory),
      flags: this.#flags,
      input,
      output,
      capacity,
    }
  }

  /** A scale of x for which b(m) becomes a small integer: that product is then an addition. */
  #recurrenceScale(): { scale: bigint; factor: number } {
    const last = this.#plan.boxes[this.#plan.width - 1] ?? 0n
    for (let factor = 1; ; factor++) {
      const scale = fourthRoot(reduce(last * power(RADIX, 4n) * invert(BigInt(factor))))
      if (scale !== null) return { scale, factor }
    }
  }

  #partial(scale: bigint, factor: number): void {
    const { width, past, boxes, kappa } = this.#plan
    const m = width - 1
    const f = this.#main
    const slot = (n: number) => this.#window + (n + m) * ELEMENT_BYTES
    const ratio = reduce(scale * invert(boxScale(scale)) * RADIX)
    const factors = past.map((a, i) => this.#memory.factors(a * RADIX, (boxes[i] ?? 0n) * ratio))
    const addends = kappa.map((value) => this.#memory.addend(value * scale))
    const reduceAdd = factor === 1 ? this.#call.reduceAdd : this.#module.add(emitReduce(this.#scratch, { factor }))
    const [current, box] = [this.#state[0] as number, this.#boxed[0] as number]
    f.i32(box).i32(current).call(this.#call.box)
    // The state's words 1 to m are the virtual x(0), x(-1), ...: u(0) belongs to the first, the others have none.
    for (let i = 1; i <= m; i++)
      f.i32(slot(1 - i))
        .i32(this.#state[i] as number)
        .i32(i === 1 ? box : this.#zero)
        .call(this.#call.pair)
    const round = f.i32Local()
    const addend = f.i32Local()
    f.i32(addends[0] as number).set(addend)
    f.loop(round, { start: 0, step: ELEMENT_BYTES, limit: () => f.i32(kappa.length * ELEMENT_BYTES) }, () => {
      this.#sum(factors, (i) => f.i32(slot(-i)).get(round).scalar("add"))
      f.i32(current).get(addend).i32(slot(-m)).get(round).scalar("add").call(reduceAdd)
      f.i32(box).i32(current).call(this.#call.box)
      f.i32(slot(1)).get(round).scalar("add").i32(current).i32(box).call(this.#call.pair)
      f.get(addend).i32(CONSTANT_BYTES).scalar("add").set(addend)
    })
  }

  /** Words 1 to m after the partial rounds; returns the scales of the whole state. */
  #exit(scale: bigint): bigint[] {
    const { width, exit, exitConstants, partialRounds } = this.#plan
    const m = width - 1
    const f = this.#main
    const slot = (n: number) => this.#window + (n + m) * ELEMENT_BYTES
    const box = boxScale(scale)
    const scales = exit.map((row) => reduce(box * invert(row[2 * m - 1] ?? 0n)))
    exit.forEach((row, i) => {
      const own = scales[i] as bigint
      const factors = Array.from({ length: m }, (_, j) =>
        this.#memory.factors(
          (row[j] ?? 0n) * reduce(own * invert(scale) * RADIX),
          j === 0 ? 0n : (row[m + j - 1] ?? 0n) * reduce(own * invert(box) * RADIX),
        ),
      )
      this.#sum(factors, (j) => f.i32(slot(partialRounds - j)))
      f.i32(this.#state[i + 1] as number).i32(this.#memory.addend((exitConstants[i] ?? 0n) * own))
      f.i32(slot(partialRounds - m)).call(this.#call.reduceAdd)
    })
    return [scale, ...scales]
  }

  #tail(start: readonly bigint[]): void {
    const { matrix, tail } = this.#plan
    const words = matrix.map((_, i) => i)
    let scales = [...start]
    tail.forEach((constants, round) => {
      this.#boxes(words, round === 0 ? 1 : 0)
      scales = this.#mix(matrix, constants, scales.map(boxScale), null)
    })
    this.#boxes(words)
    this.#mix(matrix.slice(0, 1), [0n], scales.map(boxScale), 1n)
    this.#main
      .get(1)
      .i32(this.#state[0] as number)
      .call(this.#call.store)
  }

  /** hash(groups): that many groups of four lanes, inputs one after another. */
  #hashAll(input: number, output: number, permute: number): FunctionBody {
    const f = new FunctionBody(1)
    const group = f.i32Local()
    const stride = LANES * WORD_BYTES
    f.i32(0).i32(0).vector("splat").store(this.#flags)
    f.loop(group, { start: 0, step: stride, limit: () => f.get(0).i32(stride).scalar("mul") }, () => {
      f.i32(input)
        .get(group)
        .i32(this.#plan.width - 1)
        .scalar("mul")
        .scalar("add")
      f.i32(output).get(group).scalar("add").call(permute)
    })
    return f
  }
}
