import { FIELD_ORDER } from "../field.ts"
import { FunctionBody } from "./assembler.ts"
import { DIGIT_BITS, DIGITS } from "./kernels.ts"

const LANES = [0, 1, 2, 3]
const WORDS = 8
const WORD_BITS = 32
/** Bytes of a field element outside: big-endian. */
export const WORD_BYTES = 32
const MASK = (1 << DIGIT_BITS) - 1
const SWAP_BYTES = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12]
const ORDER_DIGITS = Array.from({ length: DIGITS }, (_, i) =>
  Number((FIELD_ORDER >> BigInt(DIGIT_BITS * i)) & BigInt(MASK)),
)

const at = (index: number) => index * 16

/** Offset of the 32-bit word of weight 2^(32 word) in a big-endian element of a lane. */
const wordOffset = (word: number, lane: number, stride: number) => lane * stride + WORD_BYTES - 4 * (word + 1)

/** Puts digits into locals from the eight words of an element in each lane. */
function emitSplit(f: FunctionBody, stride: number, mask: number): number[] {
  const words = Array.from({ length: WORDS }, () => f.vectorLocal())
  words.forEach((word, j) => {
    f.i32(0).vector("splat").set(word)
    for (const lane of LANES)
      f.get(1)
        .get(word)
        .loadLane(wordOffset(j, lane, stride), lane)
        .set(word)
    f.get(word).get(word).shuffle(SWAP_BYTES).set(word)
  })
  return ORDER_DIGITS.map((_, i) => {
    const digit = f.vectorLocal()
    const word = (DIGIT_BITS * i) >> 5
    const shift = (DIGIT_BITS * i) & 31
    f.get(words[word] as number)
      .i32(shift)
      .vector("shrU")
    if (shift + DIGIT_BITS > WORD_BITS && word + 1 < WORDS)
      f.get(words[word + 1] as number)
        .i32(WORD_BITS - shift)
        .vector("shl")
        .vector("or")
    f.get(mask).vector("and").set(digit)
    return digit
  })
}

/**
 * Loads an element of four lanes, `stride` bytes apart, adds a constant, and marks in `flags` (a vector) the lanes whose
 * element is not below p. load(to, from, constant)
 */
export function emitLoad(stride: number, flags: number): FunctionBody {
  const f = new FunctionBody(3)
  const mask = f.vectorLocal()
  const carry = f.vectorLocal()
  const value = f.vectorLocal()
  f.i32(MASK).vector("splat").set(mask)
  const digits = emitSplit(f, stride, mask)
  f.i32(0).vector("splat").set(carry)
  digits.forEach((digit, i) => {
    f.get(digit)
      .i32(ORDER_DIGITS[i] as number)
      .vector("splat")
      .vector("sub")
      .get(carry)
      .vector("add")
    f.i32(DIGIT_BITS).vector("shrS").set(carry)
  })
  f.i32(0).get(carry).i32(1).vector("splat").vector("add").i32(0).load(flags).vector("or").store(flags)
  f.i32(0).vector("splat").set(carry)
  digits.forEach((digit, i) => {
    f.get(digit)
      .get(2)
      .loadSplat(4 * i)
      .vector("add")
      .get(carry)
      .vector("add")
      .tee(value)
    f.i32(DIGIT_BITS).vector("shrS").set(carry)
    f.get(0).get(value)
    if (i < DIGITS - 1) f.get(mask).vector("and")
    f.store(at(i))
  })
  return f
}

interface Locals {
  readonly digits: readonly number[]
  /** As many again, for a second opinion. */
  readonly others: readonly number[]
  readonly mask: number
  readonly carry: number
  readonly choice: number
}

/** others = digits + sign * p, carried, the top one signed. */
function emitShifted(f: FunctionBody, { digits, others, mask, carry }: Locals, sign: 1 | -1): void {
  f.i32(0).vector("splat").set(carry)
  others.forEach((other, i) => {
    f.get(digits[i] as number).i32(sign * (ORDER_DIGITS[i] as number))
    f.vector("splat").vector("add").get(carry).vector("add")
    f.tee(other).i32(DIGIT_BITS).vector("shrS").set(carry)
    if (i < DIGITS - 1) f.get(other).get(mask).vector("and").set(other)
  })
}

/** digits = others in the lanes where the element in `judged` is negative (or not, for `whenNegative` false). */
function emitChoice(f: FunctionBody, locals: Locals, judged: readonly number[], whenNegative: boolean): void {
  const { digits, others, choice } = locals
  f.get(judged[DIGITS - 1] as number).i32(31)
  f.vector("shrS").set(choice)
  digits.forEach((digit, i) => {
    const other = others[i] as number
    const [first, second] = whenNegative ? [other, digit] : [digit, other]
    f.get(first).get(second).get(choice).vector("bitselect").set(digit)
  })
}

/** Leaves in `choice` the 32 bits of weight 2^(32 word), in big-endian order. */
function emitWord(f: FunctionBody, { digits, choice }: Locals, word: number): void {
  let terms = 0
  digits.forEach((digit, i) => {
    const shift = DIGIT_BITS * i - WORD_BITS * word
    if (shift <= -DIGIT_BITS || shift >= WORD_BITS) return
    f.get(digit).i32(Math.abs(shift))
    f.vector(shift < 0 ? "shrU" : "shl")
    if (terms++ > 0) f.vector("or")
  })
  f.set(choice).get(choice).get(choice).shuffle(SWAP_BYTES).set(choice)
}

/** Stores an element of (-2p, p) as its representative in [0, p), lanes 32 bytes apart. store(to, from) */
export function emitStore(): FunctionBody {
  const f = new FunctionBody(2)
  const vectors = () => ORDER_DIGITS.map(() => f.vectorLocal())
  const [mask, carry, choice] = [f.vectorLocal(), f.vectorLocal(), f.vectorLocal()]
  const locals: Locals = { digits: vectors(), others: vectors(), mask, carry, choice }
  f.i32(MASK).vector("splat").set(mask)
  for (const [i, digit] of locals.digits.entries()) f.get(1).load(at(i)).set(digit)
  for (let turn = 0; turn < 2; turn++) {
    emitShifted(f, locals, 1)
    emitChoice(f, locals, locals.digits, true)
  }
  emitShifted(f, locals, -1)
  emitChoice(f, locals, locals.others, false)
  for (let word = 0; word < WORDS; word++) {
    emitWord(f, locals, word)
    for (const lane of LANES)
      f.get(0)
        .get(choice)
        .storeLane(wordOffset(word, lane, WORD_BYTES), lane)
  }
  return f
}
