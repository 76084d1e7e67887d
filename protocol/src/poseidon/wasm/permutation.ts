import { fourthRoot, invert, power, reduce } from "../field.ts"
import { FULL_ROUNDS } from "../parameters.ts"
import type { PoseidonPlan } from "../poseidon-plan.ts"
import { FunctionBody } from "./assembler.ts"
import { CONSTANT_BYTES, ELEMENT_BYTES, emitReduce } from "./kernels.ts"
import { boxScale, Machine, RADIX } from "./machine.ts"
import { WORD_BYTES } from "./transfer.ts"

/** Hashes computed side by side. */
export const LANES = 4

export interface PoseidonModule {
  readonly binary: Uint8Array<ArrayBuffer>
  /** Writes the constants into the module's memory. */
  readonly fill: (memory: ArrayBuffer) => void
  readonly flags: number
  readonly input: number
  readonly output: number
}

/** Emits the module that hashes four lanes at a time, `capacity` hashes in one call. */
export function emitPoseidon(plan: PoseidonPlan, capacity: number): PoseidonModule {
  const machine = new Machine(plan)
  const { memory, module, flags } = machine
  const window = memory.reserve((plan.partialRounds + plan.width) * ELEMENT_BYTES)
  const recurrence = recurrenceScale(plan)
  emitHead(machine, recurrence.scale)
  emitPartial(machine, window, recurrence)
  emitTail(machine, emitExit(machine, window, recurrence.scale))
  const input = memory.reserve(capacity * (plan.width - 1) * WORD_BYTES)
  const output = memory.reserve(capacity * WORD_BYTES)
  module.add(emitAll(machine, input, output, module.add(machine.main)), "hash")
  const binary = module.encode(Math.ceil(memory.size / 65536))
  return { binary, fill: (buffer) => memory.fill(buffer), flags, input, output }
}

/** Full rounds 0 to 3; leaves x(0) and the virtual words in the state, scaled by `scale`. */
function emitHead(machine: Machine, scale: bigint): void {
  const { width, head, matrix, entry, entryConstant } = machine.plan
  const f = machine.main
  for (let word = 1; word < width; word++) {
    f.i32(machine.state[word] as number)
      .get(0)
      .i32((word - 1) * WORD_BYTES)
      .scalar("add")
    f.i32(machine.memory.addend(head[0]?.[word] ?? 0n)).call(machine.call.load)
  }
  // The capacity word starts at 0, so its first S-box gives a constant, which joins the addends.
  const capacity = power(head[0]?.[0] ?? 0n, 5n)
  const words = matrix.map((_, i) => i)
  machine.boxes(words.slice(1))
  let scales = machine.mix(
    matrix.map((row) => row.slice(1)),
    matrix.map((row, i) => (head[1]?.[i] ?? 0n) + (row[0] ?? 0n) * capacity),
    words.slice(1).map(() => boxScale(1n)),
    1n,
  )
  for (let round = 1; round < FULL_ROUNDS / 2; round++) {
    machine.boxes(words)
    const last = round === FULL_ROUNDS / 2 - 1
    scales = machine.mix(
      last ? entry : matrix,
      last ? [entryConstant] : (head[round + 1] ?? []),
      scales.map(boxScale),
      last ? scale : null,
    )
  }
}

/** The scale of x in the partial rounds, and what b(m) becomes by it. */
type Recurrence = { readonly scale: bigint; readonly factor: number }

/** A scale of x for which b(m) becomes a small integer: that product is then an addition. */
function recurrenceScale({ boxes, width }: PoseidonPlan): Recurrence {
  const last = boxes[width - 1] ?? 0n
  for (let factor = 1; ; factor++) {
    const scale = fourthRoot(reduce(last * power(RADIX, 4n) * invert(BigInt(factor))))
    if (scale !== null) return { scale, factor }
  }
}

/** The partial rounds; `window` has room for their pairs of x and u. */
function emitPartial(machine: Machine, window: number, { scale, factor }: Recurrence): void {
  const { width, past, boxes, kappa } = machine.plan
  const m = width - 1
  const f = machine.main
  const slot = (n: number) => window + (n + m) * ELEMENT_BYTES
  const ratio = reduce(scale * invert(boxScale(scale)) * RADIX)
  const factors = past.map((a, i) => machine.memory.factors(a * RADIX, (boxes[i] ?? 0n) * ratio))
  const addends = kappa.map((value) => machine.memory.addend(value * scale))
  const reduceAdd = factor === 1 ? machine.call.reduceAdd : machine.module.add(emitReduce(machine.scratch, { factor }))
  const [current, box] = [machine.state[0] as number, machine.boxed[0] as number]
  f.i32(box).i32(current).call(machine.call.box)
  // The state's words 1 to m are the virtual x(0), x(-1), ...: u(0) belongs to the first, the others have none.
  for (let i = 1; i <= m; i++)
    f.i32(slot(1 - i))
      .i32(machine.state[i] as number)
      .i32(i === 1 ? box : machine.zero)
      .call(machine.call.pair)
  const round = f.i32Local()
  const addend = f.i32Local()
  f.i32(addends[0] as number).set(addend)
  f.loop(round, { start: 0, step: ELEMENT_BYTES, limit: () => f.i32(kappa.length * ELEMENT_BYTES) }, () => {
    machine.sum(factors, (i) => f.i32(slot(-i)).get(round).scalar("add"))
    f.i32(current).get(addend).i32(slot(-m)).get(round).scalar("add").call(reduceAdd)
    f.i32(box).i32(current).call(machine.call.box)
    f.i32(slot(1)).get(round).scalar("add").i32(current).i32(box).call(machine.call.pair)
    f.get(addend).i32(CONSTANT_BYTES).scalar("add").set(addend)
  })
}

/** Words 1 to m after the partial rounds; returns the scales of the whole state. */
function emitExit(machine: Machine, window: number, scale: bigint): bigint[] {
  const { width, exit, exitConstants, partialRounds } = machine.plan
  const m = width - 1
  const f = machine.main
  const slot = (n: number) => window + (n + m) * ELEMENT_BYTES
  const box = boxScale(scale)
  const scales = exit.map((row) => reduce(box * invert(row[2 * m - 1] ?? 0n)))
  exit.forEach((row, i) => {
    const own = scales[i] as bigint
    const factors = Array.from({ length: m }, (_, j) =>
      machine.memory.factors(
        (row[j] ?? 0n) * reduce(own * invert(scale) * RADIX),
        j === 0 ? 0n : (row[m + j - 1] ?? 0n) * reduce(own * invert(box) * RADIX),
      ),
    )
    machine.sum(factors, (j) => f.i32(slot(partialRounds - j)))
    f.i32(machine.state[i + 1] as number).i32(machine.memory.addend((exitConstants[i] ?? 0n) * own))
    f.i32(slot(partialRounds - m)).call(machine.call.reduceAdd)
  })
  return [scale, ...scales]
}

/** Full rounds 4 to 7 and the digest, from a state of these scales. */
function emitTail(machine: Machine, start: readonly bigint[]): void {
  const { matrix, tail } = machine.plan
  const words = matrix.map((_, i) => i)
  let scales = [...start]
  tail.forEach((constants, round) => {
    machine.boxes(words, round === 0 ? 1 : 0)
    scales = machine.mix(matrix, constants, scales.map(boxScale), null)
  })
  machine.boxes(words)
  machine.mix(matrix.slice(0, 1), [0n], scales.map(boxScale), 1n)
  machine.main
    .get(1)
    .i32(machine.state[0] as number)
    .call(machine.call.store)
}

/** hash(groups): that many groups of four lanes, inputs one after another. */
function emitAll(machine: Machine, input: number, output: number, permute: number): FunctionBody {
  const f = new FunctionBody(1)
  const group = f.i32Local()
  const stride = LANES * WORD_BYTES
  f.i32(0).i32(0).vector("splat").store(machine.flags)
  f.loop(group, { start: 0, step: stride, limit: () => f.get(0).i32(stride).scalar("mul") }, () => {
    f.i32(input)
      .get(group)
      .i32(machine.plan.width - 1)
      .scalar("mul")
      .scalar("add")
    f.i32(output).get(group).scalar("add").call(permute)
  })
  return f
}
