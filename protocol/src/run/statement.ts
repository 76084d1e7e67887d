import { bigIntToBytes, concatBytes, fromHex, type Hex } from "../encoding/bytes.ts"
import { field, packFields, unpackFields } from "../encoding/pack.ts"
import { fieldOfBytes, fieldOfDocument, fieldOfText } from "../encoding/text.ts"
import { poseidon } from "../poseidon.ts"
import { decodeRegisters, encodeRegisters, GRADES, type Grade, nameAt, type Registers, TIME_BITS } from "./capture.ts"
import { decodeFed, encodeFed, FED, type Fed } from "./fed.ts"

/** Where a device's `energy` register is metered; the index plus one is its number in the protocol. */
export const BOUNDARIES = ["gpu", "node", "rack", "facility"] as const
export type Boundary = (typeof BOUNDARIES)[number]

/** How a run ended: its job came to its end, was cut off, or goes on in the device's next run. */
export const STATUSES = ["complete", "interrupted", "continued"] as const
export type Status = (typeof STATUSES)[number]

/** Whether the device metered a run itself, or took it over from a trace or another tool; a device is one or the other for life. */
export const ORIGINS = ["live", "recorded"] as const
export type Origin = (typeof ORIGINS)[number]

/** Labels of a run, bound before its result is known; an absent one is the empty text. */
export type Tags = {
  readonly model: string
  /** Unit of work: token, sample, record, epoch … */
  readonly unit: string
  /** Electricity grid. */
  readonly zone: string
  /** Place: data centre, building, room. */
  readonly site: string
  /** Customer; salted by the operator if it must not be guessed. */
  readonly party: string
}

/** Everything that a run's closing statement says (PROTOCOL section 4). */
export type Statement = Tags & {
  readonly registers: Registers
  readonly startTimeMs: number
  readonly endTimeMs: number
  /** Energy at the boundary metered since the device was made, or since its books broke, mJ. */
  readonly lifetimeMillijoules: bigint
  readonly captures: number
  readonly boundary: Boundary
  readonly status: Status
  /** Worst grade behind the energies, and behind units of work. */
  readonly energyGrade: Grade
  readonly workGrade: Grade
  readonly origin: Origin
  /** In the order of {@link FED}, each once. */
  readonly fed: readonly Fed[]
  /** The device does not know where its books stood when this run began. */
  readonly broken: boolean
  /** A document, or its JSON: one spelling. */
  readonly context: unknown
}

export function boundaryNumber(boundary: Boundary): number {
  return BOUNDARIES.indexOf(boundary) + 1
}

const KIND_BITS = { captures: 32, byte: 8, fed: 16, broken: 1 }
const S3_BITS = [TIME_BITS, TIME_BITS, KIND_BITS.captures, ...Array<number>(5).fill(KIND_BITS.byte), KIND_BITS.fed, 1]
const LIFETIME_BITS = 96

/** What the statement's words say, without its labels and context. */
export type StatementTotals = Omit<Statement, keyof Tags | "context">

/** s3: times, captures, boundary, status, grades, origin, fed and broken, low bits first, 185 bits in all. */
function encodeKind(totals: StatementTotals): bigint {
  const { captures, byte, fed, broken } = KIND_BITS
  return packFields([
    [field("startTimeMs", totals.startTimeMs, TIME_BITS), TIME_BITS],
    [field("endTimeMs", totals.endTimeMs, TIME_BITS), TIME_BITS],
    [field("captures", totals.captures, captures), captures],
    [BigInt(boundaryNumber(totals.boundary)), byte],
    [BigInt(STATUSES.indexOf(totals.status)), byte],
    [BigInt(GRADES.indexOf(totals.energyGrade)), byte],
    [BigInt(GRADES.indexOf(totals.workGrade)), byte],
    [BigInt(ORIGINS.indexOf(totals.origin)), byte],
    [encodeFed(totals.fed), fed],
    [totals.broken ? 1n : 0n, broken],
  ])
}

export type StatementWords = readonly [bigint, bigint, bigint, bigint, bigint]

/** s0 to s4 of PROTOCOL section 4. Throws NUMBER_OUT_OF_RANGE, or FIELD_MALFORMED where `fed` is not in order. */
export function encodeTotals(totals: StatementTotals): StatementWords {
  const lifetime = field("lifetimeMillijoules", totals.lifetimeMillijoules, LIFETIME_BITS)
  return [...encodeRegisters(totals.registers), encodeKind(totals), lifetime]
}

/** The inverse of {@link encodeTotals}. Throws NUMBER_OUT_OF_RANGE, or FIELD_MALFORMED on a number that stands for nothing. */
export function decodeTotals([s0, s1, s2, s3, s4]: StatementWords): StatementTotals {
  const [start = 0n, end = 0n, captures = 0n, ...rest] = unpackFields(s3, S3_BITS)
  const [boundary = 0n, status = 0n, energyGrade = 0n, workGrade = 0n, origin = 0n, fed = 0n, broken = 0n] = rest
  return {
    registers: decodeRegisters([s0, s1, s2]),
    startTimeMs: Number(start),
    endTimeMs: Number(end),
    lifetimeMillijoules: field("lifetimeMillijoules", s4, LIFETIME_BITS),
    captures: Number(captures),
    boundary: nameAt("boundary", BOUNDARIES, boundary - 1n),
    status: nameAt("status", STATUSES, status),
    energyGrade: nameAt("energyGrade", GRADES, energyGrade),
    workGrade: nameAt("workGrade", GRADES, workGrade),
    origin: nameAt("origin", ORIGINS, origin),
    fed: decodeFed(fed),
    broken: broken === 1n,
  }
}

/** B31(device ‖ run as u64 BE): what ties a statement to one run of one device. */
export function runIdentity(device: Hex, run: bigint): bigint {
  return fieldOfBytes(concatBytes(fromHex(device, 32), bigIntToBytes(run, 8)))
}

/** The thirteen inputs of the statement's hash, in order: what the circuits open. */
export function statementInputs(statement: Statement, identity: bigint, salt: bigint): readonly bigint[] {
  const { model, unit, zone, site, party, context } = statement
  const labels = [model, unit, zone, site, party].map(tagField)
  return [...encodeTotals(statement), ...labels, fieldOfDocument(context), identity, salt]
}

/** Elements of the tags that came last: runs of a fleet say the same few over and over. */
const knownTags = new Map<string, bigint>()
const MAX_KNOWN_TAGS = 256

/** A tag's element of the field. The empty text has one too, so that 0 in a claim can mean "any". */
export function tagField(tag: string): bigint {
  const known = knownTags.get(tag)
  if (known !== undefined) return known
  const element = fieldOfText(tag)
  if (knownTags.size === MAX_KNOWN_TAGS) knownTags.clear()
  knownTags.set(tag, element)
  return element
}

/** H13 of the statement; `identity` is {@link runIdentity}. */
export function statementDigest(statement: Statement, identity: bigint, salt: bigint): bigint {
  return poseidon(statementInputs(statement, identity, salt))
}

/** The root that is anchored: H2(statement, captures root). */
export function runRoot(digest: bigint, capturesRoot: bigint): bigint {
  return poseidon([digest, capturesRoot])
}

/** The worse of two grades. */
export function worseGrade(a: Grade, b: Grade): Grade {
  return GRADES.indexOf(a) >= GRADES.indexOf(b) ? a : b
}
