/// <reference path="../ffjavascript.d.ts" />
import type { Code, FunctionBuilder, ModuleBuilder } from "ffjavascript"

/** The curve's two prime fields: of coordinates, and of scalars. Both are below 2^254. */
const FIELDS = ["f1m", "frm"] as const
/** Words of 64 bits that an element has in memory, where it is in Montgomery form: times 2^256. */
const WORDS = 4
/** A product's operands have nine limbs: 18 products of two limbs, and what is carried to them, are below 2^63. */
const [LIMBS, LIMB_BITS] = [9, 29]
/** Bits of a product's last quotient, which makes all of them 256. */
const LAST_BITS = 256 - (LIMBS - 1) * LIMB_BITS

/** Places of two operands and of the result, which may be one of them. */
const PARAM_NAMES = ["x", "y", "r"] as const

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

/** −1/q modulo 2^bits by Newton's method: an odd number is its own inverse modulo 8, and each round doubles these bits. */
function negatedInverse(q: bigint, bits: number): bigint {
  const inverse = upTo(4).reduce((guess) => BigInt.asUintN(bits, guess * (2n - q * guess)), q)
  return BigInt.asUintN(bits, -inverse)
}

/** Writes a function's steps over 64-bit variables, each declared where it is first set. */
function writer(f: FunctionBuilder) {
  const c = f.getCodeBuilder()
  const declared = new Set<string>()
  const get = (name: string) => c.getLocal(name)
  const set = (name: string, value: Code) => {
    if (!declared.has(name)) f.addLocal(name, "i64")
    declared.add(name)
    f.addCode(c.setLocal(name, value))
  }
  const sum = (values: readonly Code[]) => values.reduce((left, right) => c.i64_add(left, right))
  const lowBits = (value: Code, bits: number) => c.i64_and(value, c.i64_const((1n << BigInt(bits)) - 1n))
  const shift = (value: Code, bits: number) =>
    bits < 0 ? c.i64_shr_u(value, c.i64_const(BigInt(-bits))) : c.i64_shl(value, c.i64_const(BigInt(bits)))
  const word = (place: string, i: number) => c.i64_load(get(place), 8 * i)
  const setWord = (place: string, i: number, value: Code) => f.addCode(c.i64_store(get(place), 8 * i, value))
  return { f, c, get, set, sum, lowBits, shift, word, setWord }
}
type Writer = ReturnType<typeof writer>

/** Sets `to0` to `to3` to left ± right, word by word, and `carry` to 1 where that is beyond four words or below 0. */
function chain(w: Writer, operation: "i64_add" | "i64_sub", to: string, left: Code[], right: Code[]): void {
  const { c, get, set } = w
  set("carry", c.i64_const(0n))
  for (const i of upTo(WORDS)) {
    set("left", left[i] ?? [])
    set("right", right[i] ?? [])
    set("part", c[operation](get("left"), get("right")))
    set(`${to}${i}`, c[operation](get("part"), get("carry")))
    const [first, second] =
      operation === "i64_add"
        ? [c.i64_lt_u(get("part"), get("right")), c.i64_lt_u(get(`${to}${i}`), get("carry"))]
        : [c.i64_lt_u(get("left"), get("right")), c.i64_lt_u(get("part"), get("carry"))]
    set("carry", c.i64_extend_i32_u(c.i32_or(first, second)))
  }
}

/** r = x + y or x − y, modulo q and without a branch: which way it would go is a coin's toss. */
function writeSum(f: FunctionBuilder, q: bigint, isDifference: boolean): void {
  for (const name of PARAM_NAMES) f.addParam(name, "i32")
  const w = writer(f)
  const { c, get, set } = w
  const words = (name: string) => upTo(WORDS).map((i) => get(`${name}${i}`))
  const modulus = upTo(WORDS).map((i) => c.i64_const(BigInt.asUintN(64, q >> BigInt(64 * i))))
  const [x, y] = ["x", "y"].map((name) => upTo(WORDS).map((i) => w.word(name, i)))
  chain(w, isDifference ? "i64_sub" : "i64_add", "sum", x ?? [], y ?? [])
  if (!isDifference) chain(w, "i64_sub", "sum", words("sum"), modulus)
  set("mask", c.i64_sub(c.i64_const(0n), get("carry")))
  const lacking = modulus.map((part) => c.i64_and(part, get("mask")))
  chain(w, "i64_add", "sum", words("sum"), lacking)
  for (const i of upTo(WORDS)) w.setWord("r", i, get(`sum${i}`))
}

/** Sets `name0` to `name8` to the limbs of the element at a place. */
function readLimbs({ c, get, set, lowBits, shift, word }: Writer, name: string): void {
  for (const i of upTo(WORDS)) set(`word${i}`, word(name, i))
  for (const i of upTo(LIMBS)) {
    const [at, bit] = [Math.floor((i * LIMB_BITS) / 64), (i * LIMB_BITS) % 64]
    const here = shift(get(`word${at}`), -bit)
    const isSplit = bit + LIMB_BITS > 64 && at + 1 < WORDS
    set(`${name}${i}`, lowBits(isSplit ? c.i64_or(here, shift(get(`word${at + 1}`), 64 - bit)) : here, LIMB_BITS))
  }
}

/** Writes the number whose limbs are `out8` to `out17`, of the first the bits from LAST_BITS on, to `r`. */
function writeLimbs({ c, get, shift, setWord }: Writer): void {
  for (const word of upTo(WORDS)) {
    const parts = upTo(LIMBS + 1)
      .map((i) => ({ limb: get(`out${LIMBS - 1 + i}`), at: i * LIMB_BITS - LAST_BITS - 64 * word }))
      .filter(({ at }) => at < 64 && at > -LIMB_BITS)
      .map(({ limb, at }) => shift(limb, at))
    setWord(
      "r",
      word,
      parts.reduce((left, right) => c.i64_or(left, right)),
    )
  }
}

/**
 * r = x·y / 2^256, modulo q (Montgomery's product, column by column). Columns of limbs need no carry within them, where
 * 32-bit words need one at each of their products.
 */
function writeProduct(f: FunctionBuilder, q: bigint, { placeOfQ, field }: { placeOfQ: number; field: string }): void {
  for (const name of PARAM_NAMES) f.addParam(name, "i32")
  const w = writer(f)
  const { c, get, set, sum, lowBits, shift } = w
  readLimbs(w, "x")
  readLimbs(w, "y")
  const limbOfQ = (i: number) => c.i64_const(BigInt.asUintN(LIMB_BITS, q >> BigInt(i * LIMB_BITS)))
  set("column", c.i64_const(0n))
  for (const k of upTo(2 * LIMBS - 1)) {
    const pairs = upTo(LIMBS).filter((i) => k - i >= 0 && k - i < LIMBS)
    const products = pairs.map((i) => c.i64_mul(get(`x${i}`), get(`y${k - i}`)))
    const earlier = pairs.filter((i) => i < k).map((i) => c.i64_mul(get(`quotient${i}`), limbOfQ(k - i)))
    set("column", sum([...products, ...earlier, shift(get("column"), -LIMB_BITS)]))
    if (k < LIMBS) {
      const bits = k === LIMBS - 1 ? LAST_BITS : LIMB_BITS
      set(`quotient${k}`, lowBits(c.i64_mul(get("column"), c.i64_const(negatedInverse(q, bits))), bits))
      set("column", sum([get("column"), c.i64_mul(get(`quotient${k}`), limbOfQ(0))]))
    }
    if (k >= LIMBS - 1) set(`out${k}`, lowBits(get("column"), LIMB_BITS))
  }
  set(`out${2 * LIMBS - 1}`, shift(get("column"), -LIMB_BITS))
  writeLimbs(w)
  const [r, modulus] = [get("r"), c.i32_const(placeOfQ)]
  f.addCode(c.if(c.call("int_gte", r, modulus), c.call(`${field}_sub`, r, modulus, r)))
}

/**
 * Puts arithmetic of ours in place of the library's in both fields, and so in all that is built on them: the curve, its
 * sums, the transforms. Results are the same bits. Throws where the library has other functions.
 */
export function replaceFieldArithmetic(module: ModuleBuilder): void {
  for (const field of FIELDS) {
    const { q, pq: placeOfQ } = module.modules[field]
    const replace = (name: string, write: (f: FunctionBuilder) => void) => {
      const place = module.functionIdxByName[`${field}_${name}`]
      if (place === undefined) throw new Error(`ffjavascript has no ${field}_${name}: it is another version`)
      const ourName = `${field}_our_${name}`
      const f = module.addFunction(ourName)
      write(f)
      module.functions[place] = f
      // By this name a curve is known to have it
      module.exportFunction(ourName)
    }
    replace("add", (f) => writeSum(f, q, false))
    replace("sub", (f) => writeSum(f, q, true))
    replace("mul", (f) => writeProduct(f, q, { placeOfQ, field }))
  }
}
