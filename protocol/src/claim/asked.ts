import { fieldOfText } from "../encoding/text.ts"
import { poseidon } from "../poseidon.ts"
import { GRADES, type Grade } from "../run/capture.ts"
import { encodeFed, type Fed } from "../run/fed.ts"
import { type Boundary, boundaryNumber, ORIGINS, type Origin } from "../run/statement.ts"

/** Labels that a claim can ask for, in the order of the circuits. */
export const ASKED_TAGS = ["model", "unit", "zone", "site", "party"] as const
export type AskedTags = { readonly [K in (typeof ASKED_TAGS)[number]]: string | null }

/** Which runs a tally counts and what it demands of them. */
export type Filters = AskedTags & {
  readonly boundary: Boundary
}

/** What every counted run must be, or there is no proof: conditions never select. */
export type Conditions = {
  /** The worst grades that a counted run may have. */
  readonly energyGrade: Grade
  readonly workGrade: Grade
  /** `live` refuses recorded runs, `recorded` takes both. */
  readonly origin: Origin
  /** What the plan of every counted run must feed; in the order of FED. */
  readonly required: readonly Fed[]
}

/** Unix seconds: a run belongs to the period in which it ends, from < end <= to. */
export type Period = { readonly from: number; readonly to: number }

/** Filters, conditions and period as the circuits take them. */
export type Asked = {
  /** One for each of {@link ASKED_TAGS}: B31 of the text, or 0 for any. */
  readonly tags: readonly bigint[]
  readonly boundary: bigint
  /** Energy grade, work grade, origin: the largest that a counted run may have. */
  readonly limits: readonly bigint[]
  /** Bits of `fed`. */
  readonly required: bigint
  /** From and to, Unix seconds. */
  readonly period: readonly bigint[]
}

/** A filter's element of the field: 0 asks for any, the empty text for runs without that label. Throws TEXT_NOT_NORMALISED. */
export function askedField(text: string | null): bigint {
  return text === null ? 0n : fieldOfText(text)
}

export function askedOf(filters: Filters, conditions: Conditions, { from, to }: Period): Asked {
  const { energyGrade, workGrade, origin, required } = conditions
  const limits = [GRADES.indexOf(energyGrade), GRADES.indexOf(workGrade), ORIGINS.indexOf(origin)]
  return {
    tags: ASKED_TAGS.map((name) => askedField(filters[name])),
    boundary: BigInt(boundaryNumber(filters.boundary)),
    limits: limits.map(BigInt),
    required: encodeFed(required),
    period: [BigInt(from), BigInt(to)],
  }
}

/** The public digest of the tags: H2(H2(model, unit), H2(H2(zone, site), party)). */
export function askedDigest([model = 0n, unit = 0n, zone = 0n, site = 0n, party = 0n]: readonly bigint[]): bigint {
  const place = poseidon([poseidon([zone, site]), party])
  return poseidon([poseidon([model, unit]), place])
}
