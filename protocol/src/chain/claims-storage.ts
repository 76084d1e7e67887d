import { keccak_256 } from "@noble/hashes/sha3.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { ASKED_TAGS, askedOf } from "../claim/asked.ts"
import { METRICS } from "../claim/metric.ts"
import type { ClaimBound, PublishedTally } from "../documents/presentation.ts"
import { bytesToBigInt, type Hex, toHex } from "../encoding/bytes.ts"
import { packFields } from "../encoding/pack.ts"
import { contractConditions, contractFilters, contractMetric } from "./claims-abi.ts"
import { fieldsOf, mappingSlot, word } from "./registry-storage.ts"

// Where the registry of claims keeps its mapping, and what a tally's words are (docs/contracts.md).
const TALLIES = 0n
const PLACES = {
  ...{ folded: 0n, counts: 1n, accumulator: 3n, state: 6n, closing: 7n, bounds: 8n },
  ...{ vouchers: 9n, times: 10n, texts: 11n, asked: 16n, conditions: 17n },
}

/** What a tally is found by. */
export type TallyId = Pick<PublishedTally, "operator" | "number">

const slotOf = (id: bigint): Hex => toHex(word(BigInt.asUintN(256, id)))
const behind = (slot: bigint): bigint => bytesToBigInt(keccak_256(word(slot)))

function baseOf({ operator, number }: TallyId): bigint {
  return bytesToBigInt(mappingSlot(mappingSlot(word(TALLIES), operator), toHex(word(number))))
}

type Words = readonly (readonly [slot: bigint, value: bigint])[]

/** A text of up to 31 bytes lies in its slot beside its length, a longer one behind it. */
function textWords(slot: bigint, text: string): Words {
  const bytes = utf8ToBytes(text)
  const wordAt = (start: number) => {
    const padded = new Uint8Array(32)
    padded.set(bytes.subarray(start, start + 32))
    return bytesToBigInt(padded)
  }
  if (bytes.length < 32) return [[slot, wordAt(0) | BigInt(2 * bytes.length)]]
  const data = behind(slot)
  const pieces = Array.from(
    { length: Math.ceil(bytes.length / 32) },
    (_, i) => [data + BigInt(i), wordAt(32 * i)] as const,
  )
  return [[slot, BigInt(2 * bytes.length + 1)], ...pieces]
}

function termsWords(base: bigint, tally: PublishedTally): Words {
  const { ledgers, filters, conditions, from, to, asOf } = tally
  const asked = askedOf(filters, conditions, { from, to })
  const { asked: bits, boundary } = contractFilters(filters, asked)
  const limits = contractConditions(asked)
  const first = behind(base + PLACES.vouchers)
  return [
    [base + PLACES.vouchers, BigInt(ledgers.length)],
    ...ledgers.map(({ voucher }, i) => [first + BigInt(i), BigInt(voucher)] as const),
    [base + PLACES.times, packFields([from, to, asOf].map((time) => [BigInt(time), 64]))],
    ...ASKED_TAGS.flatMap((name, i) => textWords(base + PLACES.texts + BigInt(i), filters[name] ?? "")),
    [base + PLACES.asked, packFields([bits, boundary].map((value) => [BigInt(value), 8]))],
    [
      base + PLACES.conditions,
      packFields([
        ...[limits.energyGrade, limits.workGrade, limits.origin].map((value) => [BigInt(value), 8] as const),
        [BigInt(limits.required), 16],
      ]),
    ],
  ]
}

/** The words that the registry of claims must hold of a tally: its terms, its accumulator and the bounds that close it. */
export function tallyWords(tally: PublishedTally): ReadonlyMap<Hex, bigint> {
  const base = baseOf(tally)
  const { meteredAtLeast, blindAtMost, brokenAtMost } = tally.closing
  const words: Words = [
    [base + PLACES.accumulator, BigInt(tally.accumulator)],
    [base + PLACES.closing, packFields([meteredAtLeast, blindAtMost, brokenAtMost].map((value) => [value, 80]))],
    ...termsWords(base, tally),
  ]
  return new Map(words.map(([slot, value]) => [slotOf(slot), value]))
}

/** Slots of what only the registry says of a tally, see {@link unpackTally}. */
export function tallySlots(id: TallyId): readonly [folded: Hex, counts: Hex, state: Hex] {
  const base = baseOf(id)
  return [slotOf(base + PLACES.folded), slotOf(base + PLACES.counts), slotOf(base + PLACES.state)]
}

/**
 * Segments u32, ledgers folded u16, ledgers u16, position u64, end u64, runs u64; unopened u64, voids u64; opened at u64,
 * closed at u64, number of bounds u8.
 */
export function unpackTally([folded, counts, state]: readonly [bigint, bigint, bigint]) {
  const runs = folded >> 192n
  const [unopened, voids] = fieldsOf(counts, [64, 64])
  const [, closedAt, bounds] = fieldsOf(state, [64, 64, 8])
  return { runs, unopened, voids, closedAt, bounds }
}

/** Slot of a tally's bound, counted from 0. */
export function boundSlot(id: TallyId, index: number): Hex {
  return toHex(mappingSlot(word(baseOf(id) + PLACES.bounds), toHex(word(BigInt(index)))))
}

/** The word of a bound: metric u8, strict u8, number of the denominator's tally u32, masks u24, lo u80, hi u80. */
export function boundWord(
  { metric, ratio, lo, hi }: Pick<ClaimBound, "metric" | "ratio" | "lo" | "hi">,
  denominator: bigint,
  isStrict = true,
): bigint {
  const {
    metric: number,
    numeratorMask,
    denominatorMask,
  } = contractMetric(metric, {
    ...METRICS[metric],
    ...ratio,
  })
  return packFields([
    ...[
      [BigInt(number), 8] as const,
      [isStrict ? 1n : 0n, 8] as const,
      [denominator, 32] as const,
      [BigInt(numeratorMask), 24] as const,
      [BigInt(denominatorMask), 24] as const,
    ],
    ...[lo, hi].map((value) => [value, 80] as const),
  ])
}
