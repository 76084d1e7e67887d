import { field } from "../encoding/pack.ts"
import { fieldOfText } from "../encoding/text.ts"
import { check } from "../rejection.ts"
import { GRADES, type Grade } from "../run/capture.ts"
import { type Boundary, boundaryNumber, type Tags } from "../run/statement.ts"

/** What a claim asks of runs: filters by tag, where the empty text asks for any; the boundary; the worst grades. */
export type Filters = Tags & {
  /** Null asks for any. */
  readonly boundary: Boundary | null
  readonly energyGrade: Grade
  readonly workGrade: Grade
}

/** {@link Filters} as the circuits take them. */
export type Asked = {
  /** Model, unit, zone, party: B31 of the text, or 0 for any. */
  readonly tags: readonly bigint[]
  /** 0 asks for any. */
  readonly boundary: bigint
  /** Energy grade, work grade: positions in GRADES. */
  readonly grades: readonly bigint[]
}

/** What a segment folds: all runs; of these the ones without an opening; of these the void ones apart. */
export type Counts = { readonly length: number; readonly unopened: number; readonly voids: number }

/** A filter's element of the field: 0 for the empty text, which asks for any, else B31. Throws TEXT_NOT_NORMALISED. */
export function askedField(text: string): bigint {
  return text === "" ? 0n : fieldOfText(text)
}

export function askedOf(filters: Filters): Asked {
  const { model, unit, zone, party, boundary, energyGrade, workGrade } = filters
  return {
    tags: [model, unit, zone, party].map(askedField),
    boundary: BigInt(boundary === null ? 0 : boundaryNumber(boundary)),
    grades: [energyGrade, workGrade].map((grade) => BigInt(GRADES.indexOf(grade))),
  }
}

/**
 * The public word of fold and open: length | unopened << 8 | voids << 16 | boundary << 24 | energy grade << 32 |
 * work grade << 40, 8 bits each. Throws NUMBER_OUT_OF_RANGE.
 */
export function encodeClaimWord({ length, unopened, voids }: Counts, { boundary, grades }: Asked): bigint {
  const fields = { length, unopened, voids, boundary, energyGrade: grades[0] ?? 0n, workGrade: grades[1] ?? 0n }
  return Object.entries(fields).reduce((word, [name, value], i) => word | (field(name, value, 8) << BigInt(8 * i)), 0n)
}

/** The inverse of {@link encodeClaimWord}. Throws NUMBER_OUT_OF_RANGE from 2^48 on. */
export function decodeClaimWord(word: bigint): Counts & Pick<Asked, "boundary" | "grades"> {
  check(word >= 0n && word >> 48n === 0n, "NUMBER_OUT_OF_RANGE", `claim word ${word} does not fit 48 bits`)
  const at = (i: number) => (word >> BigInt(8 * i)) & 255n
  return {
    length: Number(at(0)),
    unopened: Number(at(1)),
    voids: Number(at(2)),
    boundary: at(3),
    grades: [at(4), at(5)],
  }
}
