/// <reference path="../ffjavascript.d.ts" />
import type { Curve } from "snarkjs"
import { PARAM_NAMES, ROOMS, SCALAR_BYTES } from "./bucket-sums.ts"

/** Bits that a scalar has below the group's order, and one for its sign. */
const SCALAR_BITS = 255
/** What a bucket costs at a window's end, in additions of points to buckets. */
const BUCKET_COST = 4
/** Points in the buckets of one call at most, where it has more than one window: what fits a core's cache. Its windows share the inverses. */
const ENTRIES = 2 ** 15
const [MIN_BITS, MAX_BITS] = [3, 16] as const

/** The width of windows that takes the fewest additions for so many points. */
export function windowBits(points: number): number {
  const cost = (bits: number) => Math.ceil(SCALAR_BITS / bits) * (points + BUCKET_COST * 2 ** (bits - 1))
  let best: number = MIN_BITS
  for (let bits = MIN_BITS + 1; bits <= MAX_BITS; bits++) if (cost(bits) < cost(best)) best = bits
  return best
}

/**
 * Scalars with half a window's width added in each window, so that its digits less that half are the scalar's signed
 * digits, without a carry. `scalars` are of 32 bytes, least significant first; `wires[i]` says which of them point i has.
 */
export function withOffset(scalars: Uint8Array, wires: Uint32Array, bits: number): Uint8Array {
  const limbs = SCALAR_BYTES / 4
  let offset = 0n
  for (let window = 0; window < Math.ceil(SCALAR_BITS / bits); window++)
    offset |= 1n << BigInt(window * bits + bits - 1)
  const halves = Array.from({ length: limbs }, (_, i) => Number((offset >> BigInt(32 * i)) & 0xffffffffn))
  const from = new Uint32Array(scalars.buffer, scalars.byteOffset, scalars.byteLength / 4)
  const to = new Uint32Array(wires.length * limbs)
  for (let i = 0; i < wires.length; i++) {
    const at = 8 * (wires[i] ?? 0)
    let carry = 0
    for (let limb = 0; limb < limbs; limb++) {
      const sum = (limb < 8 ? (from[at + limb] ?? 0) : 0) + (halves[limb] ?? 0) + carry
      to[i * limbs + limb] = sum
      carry = sum > 0xffffffff ? 1 : 0
    }
  }
  return new Uint8Array(to.buffer)
}

export type Addends = {
  /** Affine and in Montgomery form, none of them zero. */
  readonly points: Uint8Array
  /** For each point the place of its scalar. */
  readonly wires: Uint32Array
  /** 32 bytes each, least significant first, not in Montgomery form. */
  readonly scalars: Uint8Array
}

/**
 * The sum of a group's points, each times its scalar, in projective coordinates. All threads of the curve share it, each
 * some of the windows. `curve` has the functions of `addBucketSums`.
 */
export async function groupSum(curve: Curve, name: "G1" | "G2", { points, wires, scalars }: Addends) {
  const { group: prefix, element } = ROOMS[name]
  const group = curve[name]
  if (wires.length === 0) return group.zero
  const words = new BigUint64Array(scalars.buffer, scalars.byteOffset, scalars.byteLength / 8)
  const counts = wires.reduce(
    (sum, wire) => sum + ([0, 1, 2, 3].some((part) => words[4 * wire + part] !== 0n) ? 1 : 0),
    0,
  )
  const bits = windowBits(counts)
  const windows = Math.ceil(SCALAR_BITS / bits)
  const shifted = withOffset(scalars, wires, bits)
  const each = Math.max(1, Math.min(Math.floor(ENTRIES / wires.length), Math.ceil(windows / curve.tm.concurrency)))
  const sumsOf = async (first: number): Promise<readonly Uint8Array[]> => {
    const many = Math.min(each, windows - first)
    const [entries, buckets] = [many * wires.length, many * 2 ** (bits - 1)]
    const pairs = Math.ceil(entries / 2)
    const room = {
      ...{ lengths: 4 * buckets, starts: 4 * buckets, sorted: 2 * element * entries },
      ...{ denominators: element * pairs, prefixes: element * pairs, sums: 3 * element * many },
    }
    const value = { count: wires.length, firstBit: first * bits, bits, windows: many }
    const given = { points, scalars: shifted }
    const slot = (name: string) => PARAM_NAMES.indexOf(name as (typeof PARAM_NAMES)[number])
    const [sums = new Uint8Array()] = await curve.tm.queueAction([
      ...Object.entries(given).map(([name, buff]) => ({ cmd: "ALLOCSET", var: slot(name), buff })),
      ...Object.entries(room).map(([name, len]) => ({ cmd: "ALLOC", var: slot(name), len })),
      {
        ...{ cmd: "CALL", fnName: `${prefix}_windowSums` },
        params: PARAM_NAMES.map((name) =>
          name in value ? { val: value[name as keyof typeof value] } : { var: slot(name) },
        ),
      },
      { cmd: "GET", out: 0, var: slot("sums"), len: room.sums },
    ])
    return Array.from({ length: many }, (_, i) => sums.subarray(i * 3 * element, (i + 1) * 3 * element))
  }
  const firsts = Array.from({ length: Math.ceil(windows / each) }, (_, i) => i * each)
  const sums = (await Promise.all(firsts.map(sumsOf))).flat()
  return sums.reduceRight((high, sum) => {
    let doubled = high
    for (let i = 0; i < bits; i++) doubled = group.double(doubled)
    return group.add(doubled, sum)
  }, group.zero)
}
