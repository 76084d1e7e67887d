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

/** Stores an element of (-p, p) as its representative in [0, p), lanes 32 bytes apart. store(to, from) */
export function emitStore(): FunctionBody {
  const f = new FunctionBody(2)
  const mask = f.vectorLocal()
  const carry = f.vectorLocal()
  const choice = f.vectorLocal()
  const low = ORDER_DIGITS.map(() => f.vectorLocal())
  const high = ORDER_DIGITS.map(() => f.vectorLocal())
  f.i32(MASK).vector("splat").set(mask)
  /** to = from + p (or - p, or + p in the chosen lanes), digits carried, the top one signed. */
  const addOrder = (from: readonly number[], to: readonly number[], sign: 1 | -1) => {
    f.i32(0).vector("splat").set(carry)
    to.forEach((digit, i) => {
      f.get(from[i] as number)
        .i32(sign * (ORDER_DIGITS[i] as number))
        .vector("splat")
        .vector("add")
      f.get(carry).vector("add").tee(digit).i32(DIGIT_BITS).vector("shrS").set(carry)
      if (i < DIGITS - 1) f.get(digit).get(mask).vector("and").set(digit)
    })
    f.get(to[DIGITS - 1] as number)
      .i32(31)
      .vector("shrS")
      .set(choice)
  }
  const select = (negative: readonly number[], other: readonly number[], to: readonly number[]) =>
    to.forEach((digit, i) => {
      f.get(negative[i] as number)
        .get(other[i] as number)
        .get(choice)
        .vector("bitselect")
        .set(digit)
    })
  for (const [i, digit] of low.entries()) f.get(1).load(at(i)).set(digit)
  for (let turn = 0; turn < 2; turn++) {
    addOrder(low, high, 1)
    f.get(low[DIGITS - 1] as number)
      .i32(31)
      .vector("shrS")
      .set(choice)
    select(high, low, low)
  }
  addOrder(low, high, -1)
  select(low, high, low)
  for (let word = 0; word < WORDS; word++) {
    let terms = 0
    low.forEach((digit, i) => {
      const shift = DIGIT_BITS * i - WORD_BITS * word
      if (shift <= -DIGIT_BITS || shift >= WORD_BITS) return
      f.get(digit)
        .i32(Math.abs(shift))
        .vector(shift < 0 ? "shrU" : "shl")
      if (terms++ > 0) f.vector("or")
    })
    f.set(choice).get(choice).get(choice).shuffle(SWAP_BYTES).set(choice)
    for (const lane of LANES)
      f.get(0)
        .get(choice)
        .storeLane(wordOffset(word, lane, WORD_BYTES), lane)
  }
  return f
}
