/// <reference path="../ffjavascript.d.ts" />
import type { Code, CodeBuilder, FunctionBuilder, ModuleBuilder } from "ffjavascript"

/** A group of the curve in WebAssembly: the names of its functions and of its field's, and bytes of a field element. */
export type Room = { readonly group: "g1m" | "g2m"; readonly field: "f1m" | "f2m"; readonly element: number }
export const ROOMS = {
  G1: { group: "g1m", field: "f1m", element: 32 },
  G2: { group: "g2m", field: "f2m", element: 64 },
} as const satisfies { readonly [group: string]: Room }

/** Bytes of a scalar: 256 bits and a word for what their windows carry. */
export const SCALAR_BYTES = 36

/** What the function takes, all of 32 bits. All but numbers are places of bytes in memory. */
export const PARAM_NAMES = [
  // Affine points, none of them zero; their scalars, of SCALAR_BYTES; the number of both.
  ...(["points", "scalars", "count"] as const),
  // The first window's bit, the bits of each, the number of windows.
  ...(["firstBit", "bits", "windows"] as const),
  // Four bytes for each bucket of each window; twice.
  ...(["lengths", "starts"] as const),
  // An affine point for each point in each window, and two field elements for every two of these.
  ...(["sorted", "denominators", "prefixes"] as const),
  // The result: a projective point for each window.
  "sums",
] as const

const LOCALS = [
  "i",
  "b",
  "to",
  "window",
  "digit",
  "bucket",
  "buckets",
  "length",
  "left",
  "right",
  "step",
  "pair",
  "scalar",
]

/** Arithmetic over named 32-bit variables, as the function's steps are written below. */
function language(f: FunctionBuilder, { group, field, element }: Room) {
  const c: CodeBuilder = f.getCodeBuilder()
  const get = (name: string) => c.getLocal(name)
  const set = (name: string, value: Code) => c.setLocal(name, value)
  const number = (value: number) => c.i32_const(value)
  const plus = (left: Code, ...rights: readonly Code[]) => rights.reduce((sum, right) => c.i32_add(sum, right), left)
  const times = (left: Code, right: Code) => c.i32_mul(left, right)
  const all = (...steps: readonly Code[]): Code => steps.flat()
  const add = (name: string, value: Code) => set(name, plus(get(name), value))
  return {
    ...{ c, get, set, number, plus, times, all, add },
    /** Steps for a variable from 0 up to, without, a bound. */
    each: (name: string, bound: Code, ...steps: readonly Code[]) =>
      all(
        set(name, number(0)),
        c.block(c.loop(c.br_if(1, c.i32_eq(get(name), bound)), ...steps, add(name, number(1)), c.br(0))),
      ),
    /** The same from the last down to 0. */
    eachBack: (name: string, bound: Code, ...steps: readonly Code[]) =>
      all(
        set(name, bound),
        c.block(
          c.loop(c.br_if(1, c.i32_eqz(get(name))), set(name, c.i32_sub(get(name), number(1))), ...steps, c.br(0)),
        ),
      ),
    /** A word of a table. */
    word: (table: string, at: Code) => c.i32_load(plus(get(table), times(at, number(4)))),
    setWord: (table: string, at: Code, value: Code) => c.i32_store(plus(get(table), times(at, number(4))), value),
    inField: (name: string, ...places: readonly Code[]) => c.call(`${field}_${name}`, ...places),
    inGroup: (name: string, ...places: readonly Code[]) => c.call(`${group}_${name}`, ...places),
    /** The second coordinate of the point at a place. */
    y: (place: Code) => plus(place, number(element)),
    point: 2 * element,
    element,
  }
}
type Language = ReturnType<typeof language>

/** Each scalar's digit in each window: signed, so that half as many buckets do. Steps see `digit` and its `bucket`. */
function eachDigit(l: Language, ...steps: readonly Code[]): Code {
  const { c, get, set, number, plus, times } = l
  const half = c.i32_shl(number(1), c.i32_sub(get("bits"), number(1)))
  const bit = plus(get("firstBit"), times(get("window"), get("bits")))
  const word = c.i32_load(plus(get("scalar"), c.i32_shr_u(get("to"), number(3))), 0, 0)
  const mask = c.i32_sub(c.i32_shl(number(1), get("bits")), number(1))
  const raw = c.i32_and(c.i32_shr_u(word, c.i32_and(get("to"), number(7))), mask)
  return l.each(
    "window",
    get("windows"),
    set("to", bit),
    set("scalar", get("scalars")),
    l.each(
      "i",
      get("count"),
      set("digit", c.i32_sub(raw, half)),
      l.add("scalar", number(SCALAR_BYTES)),
      c.if(
        get("digit"),
        l.all(
          set("bucket", get("digit")),
          c.if(c.i32_lt_s(get("digit"), number(0)), set("bucket", c.i32_sub(number(0), get("digit")))),
          set("bucket", plus(times(get("window"), get("buckets")), c.i32_sub(get("bucket"), number(1)))),
          ...steps,
        ),
      ),
    ),
  )
}

/** Puts every point, negated where its digit is negative, beside the others of its bucket. */
function sortPoints(l: Language): Code {
  const { c, get, set, number, plus, times } = l
  const base = plus(get("points"), times(get("i"), number(l.point)))
  const total = times(get("windows"), get("buckets"))
  return l.all(
    l.each("b", total, l.setWord("lengths", get("b"), number(0))),
    eachDigit(l, l.setWord("lengths", get("bucket"), plus(l.word("lengths", get("bucket")), number(1)))),
    set("to", get("sorted")),
    l.each(
      "b",
      total,
      l.setWord("starts", get("b"), get("to")),
      l.add("to", times(l.word("lengths", get("b")), number(l.point))),
    ),
    eachDigit(
      l,
      set("left", l.word("starts", get("bucket"))),
      l.inGroup("copyAffine", base, get("left")),
      c.if(c.i32_lt_s(get("digit"), number(0)), l.inField("neg", l.y(get("left")), l.y(get("left")))),
      l.setWord("starts", get("bucket"), plus(get("left"), number(l.point))),
    ),
    l.each(
      "b",
      total,
      l.setWord(
        "starts",
        get("b"),
        c.i32_sub(l.word("starts", get("b")), times(l.word("lengths", get("b")), number(l.point))),
      ),
    ),
  )
}

type Places = { readonly [name in "product" | "inverse" | "slope" | "t" | "running"]: Code }

/** The denominator of each pair's slope, and the product of all before it. A pair of opposite points has zero. */
function denominators(l: Language, { product }: Places): Code {
  const { c, get, set, number, plus } = l
  const den = get("denominators")
  const at = plus(den, get("pair"))
  return l.all(
    l.inField("one", product),
    set("pair", number(0)),
    l.each(
      "b",
      l.times(get("windows"), get("buckets")),
      set("length", l.word("lengths", get("b"))),
      set("left", l.word("starts", get("b"))),
      c.block(
        c.loop(
          c.br_if(1, c.i32_lt_s(get("length"), number(2))),
          set("right", plus(get("left"), get("step"))),
          l.inField("sub", get("right"), get("left"), at),
          c.if(
            l.inField("isZero", at),
            c.if(
              l.inField("eq", l.y(get("left")), l.y(get("right"))),
              l.inField("add", l.y(get("left")), l.y(get("left")), at),
            ),
          ),
          l.inField("copy", product, plus(get("prefixes"), get("pair"))),
          c.if(c.i32_eqz(l.inField("isZero", at)), l.inField("mul", product, at, product)),
          l.add("pair", number(l.element)),
          set("left", plus(get("right"), get("step"))),
          set("length", c.i32_sub(get("length"), number(2))),
          c.br(0),
        ),
      ),
    ),
  )
}

/** The sum of the points at `left` and `right`, which are not each other's opposite, into `left`. */
function addPair(l: Language, { inverse, slope, t }: Places): Code {
  const { c, get, plus, all, inField, y } = l
  const [left, right] = [get("left"), get("right")]
  return all(
    inField("mul", inverse, plus(get("prefixes"), get("pair")), slope),
    c.if(
      inField("eq", left, right),
      all(
        inField("square", left, t),
        inField("mul", slope, t, slope),
        inField("add", slope, slope, t),
        inField("add", slope, t, slope),
      ),
      all(inField("sub", y(right), y(left), t), inField("mul", slope, t, slope)),
    ),
    inField("square", slope, t),
    inField("sub", t, left, t),
    inField("sub", t, right, t),
    inField("sub", left, t, right),
    inField("mul", slope, right, slope),
    inField("copy", t, left),
    inField("sub", slope, y(left), y(left)),
  )
}

/** Adds every pair at once: one inverse serves them all, each by what was before it. */
function addPairs(l: Language, places: Places): Code {
  const { c, get, set, number, plus, times, all, inField, inGroup } = l
  const { product, inverse } = places
  const at = plus(get("denominators"), get("pair"))
  const two = times(get("step"), number(2))
  return all(
    inField("inverse", product, inverse),
    l.eachBack(
      "b",
      times(get("windows"), get("buckets")),
      set("length", c.i32_shr_u(l.word("lengths", get("b")), number(1))),
      set("left", plus(l.word("starts", get("b")), times(get("length"), two))),
      l.setWord("lengths", get("b"), c.i32_sub(l.word("lengths", get("b")), get("length"))),
      l.eachBack(
        "i",
        get("length"),
        set("left", c.i32_sub(get("left"), two)),
        set("right", plus(get("left"), get("step"))),
        set("pair", c.i32_sub(get("pair"), number(l.element))),
        c.if(
          inGroup("isZeroAffine", get("left")),
          inGroup("copyAffine", get("right"), get("left")),
          c.if(
            c.i32_eqz(inGroup("isZeroAffine", get("right"))),
            c.if(inField("isZero", at), inGroup("zeroAffine", get("left")), addPair(l, places)),
          ),
        ),
        c.if(c.i32_eqz(inField("isZero", at)), inField("mul", inverse, at, inverse)),
      ),
    ),
    set("step", two),
  )
}

/** Each bucket's point as often as its digit says, all in one sum for each window. */
function sumBuckets(l: Language, { running }: Places): Code {
  const { c, get, set, number, plus, times, inGroup } = l
  const total = plus(get("sums"), times(get("window"), number(3 * l.element)))
  return l.each(
    "window",
    get("windows"),
    inGroup("zero", running),
    inGroup("zero", total),
    l.eachBack(
      "b",
      get("buckets"),
      set("bucket", plus(times(get("window"), get("buckets")), get("b"))),
      c.if(l.word("lengths", get("bucket")), inGroup("addMixed", running, l.word("starts", get("bucket")), running)),
      inGroup("add", total, running, total),
    ),
  )
}

/**
 * A function `GROUP_windowSums` for each group: the sums of affine points times one window of bits of each scalar
 * (Pippenger's method with signed digits). The points of a bucket are added pair by pair in affine coordinates, where
 * one inverse serves all pairs of a round (Montgomery's trick), so that an addition takes six products instead of eleven.
 */
export function addBucketSums(module: ModuleBuilder): void {
  for (const room of Object.values(ROOMS)) {
    const f = module.addFunction(`${room.group}_windowSums`)
    for (const name of PARAM_NAMES) f.addParam(name, "i32")
    for (const name of LOCALS) f.addLocal(name, "i32")
    const l = language(f, room)
    const place = (elements = 1) => l.number(module.alloc(elements * room.element))
    const places = { product: place(), inverse: place(), slope: place(), t: place(), running: place(3) }
    const { c, get, set } = l
    f.addCode(
      set("buckets", c.i32_shl(l.number(1), c.i32_sub(get("bits"), l.number(1)))),
      sortPoints(l),
      set("step", l.number(l.point)),
      c.block(c.loop(denominators(l, places), c.br_if(1, c.i32_eqz(get("pair"))), addPairs(l, places), c.br(0))),
      sumBuckets(l, places),
    )
    module.exportFunction(`${room.group}_windowSums`)
  }
}
