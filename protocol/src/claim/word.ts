import { field, packFields, unpackFields } from "../encoding/pack.ts"
import type { Asked } from "./asked.ts"

/** What a segment folds: all runs; of these the ones without an opening; and the void ones, which are not among them. */
export type Counts = { readonly length: number; readonly unopened: number; readonly voids: number }

const WORD_BITS = [8, 8, 8, 8, 8, 8, 8, 16, 40, 40]

/**
 * The public word of fold and open, 152 bits, low bits first: length, unopened, voids, boundary, energy grade, work grade,
 * origin (8 bits each), required (16), from, to (40 each). Throws NUMBER_OUT_OF_RANGE.
 */
export function encodeClaimWord({ length, unopened, voids }: Counts, asked: Omit<Asked, "tags">): bigint {
  const { boundary, limits, required, period } = asked
  const fields = [length, unopened, voids, boundary, ...limits, required, ...period]
  return packFields(
    fields.map((value, i) => [field(`claim word, field ${i}`, value, WORD_BITS[i] ?? 0), WORD_BITS[i] ?? 0]),
  )
}

/** The inverse of {@link encodeClaimWord}. Throws NUMBER_OUT_OF_RANGE from 2^152 on. */
export function decodeClaimWord(word: bigint): Counts & Omit<Asked, "tags"> {
  const [length = 0n, unopened = 0n, voids = 0n, boundary = 0n, ...rest] = unpackFields(word, WORD_BITS)
  const [limits, [required = 0n, ...period]] = [rest.slice(0, 3), rest.slice(3)]
  return {
    length: Number(length),
    unopened: Number(unopened),
    voids: Number(voids),
    boundary,
    limits,
    required,
    period,
  }
}
