import { FunctionBody } from "./assembler.ts"

export const DIGITS = 20
export const DIGIT_BITS = 13
const HALF = DIGITS / 2
const VECTOR_BYTES = 16
/** Bytes of an element of four lanes, a vector for each digit. */
export const ELEMENT_BYTES = DIGITS * VECTOR_BYTES
/** Bytes of a constant: one 32-bit word for each digit, the same in all lanes. */
export const CONSTANT_BYTES = DIGITS * 4

/** Bytes of the forms of an element: see {@link emitForms}. */
const NATURAL = 0
const SWAPPED = HALF * VECTOR_BYTES
const SHIFTED = 2 * SWAPPED
export const FORMS_BYTES = 3 * SWAPPED + VECTOR_BYTES

/** Fixed addresses that kernels use. */
export interface Scratch {
  /** The 40 columns of a product. */
  readonly columns: number
  /** Digits of -p in pairs: word j holds digit j low and digit j - 1 high. */
  readonly modulus: number
}

/** Low halves of lanes from the lower operand, high halves from the upper one. */
const BLEND = [0, 1, 18, 19, 4, 5, 22, 23, 8, 9, 26, 27, 12, 13, 30, 31]

const at = (index: number) => index * VECTOR_BYTES

/** local = memory at a fixed address. */
function load(f: FunctionBody, address: number, local: number): void {
  f.i32(0).load(address).set(local)
}

/** Stores low | high << 16 of two elements' digits: the form in which `accumulate` takes them. pair(to, low, high) */
export function emitPair(): FunctionBody {
  const f = new FunctionBody(3)
  for (let i = 0; i < DIGITS; i++)
    f.get(0).get(1).load(at(i)).get(2).load(at(i)).i32(16).vector("shl").shuffle(BLEND).store(at(i))
  return f
}

/** columns += element pair * constant pair, or columns = if `fresh`. accumulate(pair, constant) */
export function emitAccumulate({ columns }: Scratch, fresh: boolean): FunctionBody {
  const f = new FunctionBody(2)
  const block = 4
  const sums = Array.from({ length: block }, () => f.vectorLocal())
  const keys = Array.from({ length: block + 1 }, () => f.vectorLocal())
  const digit = f.vectorLocal()
  for (let first = 0; first < 2 * DIGITS; first += block) {
    const started = sums.map(() => !fresh)
    for (const [w, sum] of sums.entries()) if (!fresh) load(f, columns + at(first + w), sum)
    const loaded = new Set<number>()
    for (let i = 0; i < DIGITS; i++) {
      const uses = sums.map((sum, w) => ({ sum, w, j: first + w - i })).filter(({ j }) => j >= 0 && j < DIGITS)
      if (uses.length === 0) continue
      f.get(0).load(at(i)).set(digit)
      for (const { sum, w, j } of uses) {
        const key = keys[j % keys.length] as number
        if (!loaded.has(j))
          f.get(1)
            .loadSplat(4 * j)
            .set(key)
        loaded.add(j)
        f.get(digit).get(key).vector("dot")
        if (started[w]) f.get(sum).vector("add")
        started[w] = true
        f.set(sum)
      }
    }
    sums.forEach((sum, w) => {
      f.i32(0)
      if (started[w]) f.get(sum)
      else f.i32(0).vector("splat")
      f.store(columns + at(first + w))
    })
  }
  return f
}

/** Carries between the columns, so that more products fit. carry() */
export function emitCarry({ columns }: Scratch): FunctionBody {
  const f = new FunctionBody(0)
  const carry = f.vectorLocal()
  const mask = f.vectorLocal()
  const value = f.vectorLocal()
  f.i32((1 << DIGIT_BITS) - 1)
    .vector("splat")
    .set(mask)
  for (let k = 0; k < 2 * DIGITS; k++) {
    f.i32(0)
      .i32(0)
      .load(columns + at(k))
    if (k > 0) f.get(carry).vector("add")
    if (k < 2 * DIGITS - 1) {
      f.tee(value).get(mask).vector("and")
      f.get(value).i32(DIGIT_BITS).vector("shrS").set(carry)
    }
    f.store(columns + at(k))
  }
  return f
}

/** Adds the products of quotient pairs and modulus pairs that fall into column k to the vector on the stack. */
function addQuotients(f: FunctionBody, scratch: Scratch, quotients: readonly number[], k: number): void {
  quotients.forEach((quotient, i) => {
    const place = k - 2 * i
    if (place < 2 || place > DIGITS) return
    f.get(quotient)
      .i32(0)
      .loadSplat(scratch.modulus + 4 * place)
      .vector("dot")
      .vector("add")
  })
}

/**
 * Montgomery's reduction: to = columns / 2^260 modulo p, as digits of 13 bits, the top one signed. With `addends` it adds
 * a constant and `factor` times the upper element of a pair. reduce(to) or reduceAdd(to, constant, pair)
 */
export function emitReduce(scratch: Scratch, addends?: { factor: number }): FunctionBody {
  const f = new FunctionBody(addends ? 3 : 1)
  const [mask, carry, value] = [f.vectorLocal(), f.vectorLocal(), f.vectorLocal()]
  f.i32((1 << DIGIT_BITS) - 1)
  f.vector("splat").set(mask)
  const splitCarry = () => f.get(value).i32(DIGIT_BITS).vector("shrS").set(carry)
  const quotients = emitQuotients(f, scratch, { mask, carry, value, splitCarry })
  for (let k = 0; k < DIGITS; k++) {
    f.get(0).i32(0)
    f.load(scratch.columns + at(DIGITS + k))
    addQuotients(f, scratch, quotients, DIGITS + k)
    if (addends) {
      f.get(1).loadSplat(4 * k)
      f.vector("add").get(2).load(at(k)).i32(16).vector("shrS")
      if (addends.factor !== 1) f.i32(addends.factor).vector("splat").vector("mul")
      f.vector("add")
    }
    f.get(carry).vector("add")
    if (k < DIGITS - 1) f.tee(value).get(mask).vector("and")
    f.store(at(k))
    if (k < DIGITS - 1) splitCarry()
  }
  return f
}

interface Carrying {
  readonly mask: number
  readonly carry: number
  readonly value: number
  readonly splitCarry: () => void
}

/** Makes the lower columns 0, one by one, by multiples of p; what they were are the quotients, two to a pair. */
function emitQuotients(f: FunctionBody, scratch: Scratch, { mask, carry, value, splitCarry }: Carrying): number[] {
  const low = f.vectorLocal()
  const quotients: number[] = []
  for (let k = 0; k < DIGITS; k++) {
    f.i32(0).load(scratch.columns + at(k))
    addQuotients(f, scratch, quotients, k)
    if (k > 0) f.get(carry).vector("add")
    f.tee(value).get(mask).vector("and")
    if (k % 2 === 0) f.set(low)
    else {
      const quotient = f.vectorLocal()
      f.i32(16).vector("shl").get(low).vector("or").set(quotient)
      quotients.push(quotient)
    }
    splitCarry()
  }
  return quotients
}

/**
 * Stores the pairs of digits that a product of two elements needs: natural (d[2i], d[2i+1]), swapped (d[2i+1], d[2i]) and
 * shifted (d[2i], d[2i-1]); natural times swapped gives odd columns, natural times shifted even ones. forms(to, from)
 */
export function emitForms(): FunctionBody {
  const f = new FunctionBody(2)
  const digits = Array.from({ length: DIGITS }, () => f.vectorLocal())
  for (const [i, digit] of digits.entries()) f.get(1).load(at(i)).set(digit)
  const pair = (to: number, low: number, high: number) =>
    f
      .get(0)
      .get(digits[low] as number)
      .get(digits[high] as number)
      .i32(16)
      .vector("shl")
      .shuffle(BLEND)
      .store(to)
  for (let i = 0; i < HALF; i++) {
    pair(NATURAL + at(i), 2 * i, 2 * i + 1)
    pair(SWAPPED + at(i), 2 * i + 1, 2 * i)
    if (i > 0) pair(SHIFTED + at(i), 2 * i, 2 * i - 1)
  }
  f.get(0)
    .get(digits[0] as number)
    .store(SHIFTED)
  f.get(0)
    .get(digits[DIGITS - 1] as number)
    .i32(16)
    .vector("shl")
    .store(SHIFTED + at(HALF))
  return f
}

/** columns = product of two elements, given their forms. multiply(left, right) */
export function emitMultiply({ columns }: Scratch): FunctionBody {
  const f = new FunctionBody(2)
  const sums = Array.from({ length: 4 }, () => f.vectorLocal())
  const digit = f.vectorLocal()
  for (let first = 0; first < DIGITS; first += 2) {
    const started = new Set<number>()
    for (let i = 0; i < HALF; i++) {
      const uses = [0, 1, 2, 3]
        .map((w) => ({ w, j: first + (w >> 1) - i }))
        .filter(({ w, j }) => j >= 0 && j < (w % 2 === 0 ? HALF + 1 : HALF))
      if (uses.length === 0) continue
      f.get(0)
        .load(NATURAL + at(i))
        .set(digit)
      for (const { w, j } of uses) {
        f.get(digit)
          .get(1)
          .load((w % 2 === 0 ? SHIFTED : SWAPPED) + at(j))
          .vector("dot")
        if (started.has(w)) f.get(sums[w] as number).vector("add")
        started.add(w)
        f.set(sums[w] as number)
      }
    }
    sums.forEach((sum, w) => {
      f.i32(0)
      if (started.has(w)) f.get(sum)
      else f.i32(0).vector("splat")
      f.store(columns + at(2 * first + w))
    })
  }
  return f
}

/** columns = square of an element, given its forms and digits: products that occur twice are taken once, doubled. square(forms, digits) */
export function emitSquare({ columns }: Scratch): FunctionBody {
  const f = new FunctionBody(2)
  const natural = Array.from({ length: HALF }, () => f.vectorLocal())
  const doubled = Array.from({ length: HALF }, () => f.vectorLocal())
  natural.forEach((local, i) => {
    f.get(0)
      .load(NATURAL + at(i))
      .tee(local)
      .get(local)
      .vector("add")
      .set(doubled[i] as number)
  })
  for (let half = 0; half < DIGITS; half++) {
    for (const odd of [0, 1]) {
      const form = odd ? SWAPPED : SHIFTED
      const size = odd ? HALF : HALF + 1
      let terms = 0
      const term = (factor: number, base: number, offset: number) => {
        f.get(factor).get(base).load(offset).vector("dot")
        if (terms++ > 0) f.vector("add")
      }
      f.i32(0)
      for (let i = Math.max(0, half - size + 1); i < HALF && 2 * i < half - (odd ? 0 : half % 2); i++)
        term(doubled[i] as number, 0, form + at(half - i))
      const middle = natural[half >> 1] as number
      if (odd && half % 2 === 0) term(middle, 0, SWAPPED + at(half / 2))
      if (!odd && half % 2 === 0) term(middle, 1, at(half))
      if (!odd && half % 2 === 1) {
        term(middle, 0, SHIFTED + at((half + 1) / 2))
        if (half + 1 < DIGITS) term(middle, 1, at(half + 1))
      }
      if (terms === 0) f.i32(0).vector("splat")
      f.store(columns + at(2 * half + odd))
    }
  }
  return f
}
