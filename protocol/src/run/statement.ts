import { bigIntToBytes, concatBytes, fromHex, type Hex } from "../encoding/bytes.ts"
import type { Json } from "../encoding/canonical-json.ts"
import { field, pack } from "../encoding/pack.ts"
import { fieldOfBytes, fieldOfJson, fieldOfText } from "../encoding/text.ts"
import { poseidon } from "../poseidon.ts"
import { GRADES, type Grade, type Registers } from "./capture.ts"

/** Where a device's `energy` register is metered; the index plus one is its number in the protocol. */
export const BOUNDARIES = ["gpu", "node", "rack", "facility"] as const
export type Boundary = (typeof BOUNDARIES)[number]

/** How a run ended: its job came to its end, was cut off, or goes on in the device's next run. */
export const STATUSES = ["complete", "interrupted", "continued"] as const
export type Status = (typeof STATUSES)[number]

/** Labels of a run, bound before its result is known; an absent one is the empty text. */
export type Tags = {
  readonly model: string
  /** Unit of work: token, sample, record, epoch … */
  readonly unit: string
  /** Electricity grid. */
  readonly zone: string
  /** Customer; salted by the operator if it must not be guessed. */
  readonly party: string
}

/** Everything that a run's closing statement says (PROTOCOL section 4). */
export type Statement = Tags & {
  readonly registers: Registers
  readonly startTimeMs: number
  readonly endTimeMs: number
  /** Energy at the boundary metered since the device was made, mJ. */
  readonly lifetimeMillijoules: bigint
  readonly captures: number
  readonly boundary: Boundary
  readonly status: Status
  /** Worst grade behind registers 0 to 3, and behind 4 and 5. */
  readonly energyGrade: Grade
  readonly workGrade: Grade
  readonly context: Json
}

export function boundaryNumber(boundary: Boundary): number {
  return BOUNDARIES.indexOf(boundary) + 1
}

/** captures u32 | boundary u8 << 32 | status u8 << 40 | energy grade u8 << 48 | work grade u8 << 56. */
function encodeKind(statement: Statement): bigint {
  const { captures, boundary, status, energyGrade, workGrade } = statement
  return (
    field("captures", captures, 32) |
    (BigInt(boundaryNumber(boundary)) << 32n) |
    (BigInt(STATUSES.indexOf(status)) << 40n) |
    (BigInt(GRADES.indexOf(energyGrade)) << 48n) |
    (BigInt(GRADES.indexOf(workGrade)) << 56n)
  )
}

/** s0 to s3 of PROTOCOL section 4. Throws NUMBER_OUT_OF_RANGE. */
export function encodeTotals(statement: Statement): readonly [bigint, bigint, bigint, bigint] {
  const { registers: r, startTimeMs, endTimeMs, lifetimeMillijoules } = statement
  return [
    pack(r.energyMillijoules, r.uncertaintyMillijoules, r.acceleratorMillijoules),
    pack(r.idleMillijoules, r.workUnits, r.acceptedUnits),
    pack(r.carbonMilligrams, r.waterMillilitres, BigInt(endTimeMs)),
    pack(BigInt(startTimeMs), lifetimeMillijoules, encodeKind(statement)),
  ]
}

/** B31(device ‖ run as u64 BE): what ties a statement to one run of one device. */
export function originOf(device: Hex, run: bigint): bigint {
  return fieldOfBytes(concatBytes(fromHex(device, 32), bigIntToBytes(run, 8)))
}

/** The eleven inputs of the statement's hash, in order: what the circuits open. */
export function statementInputs(statement: Statement, origin: bigint, salt: bigint): readonly bigint[] {
  const { model, unit, zone, party, context } = statement
  return [...encodeTotals(statement), ...[model, unit, zone, party].map(tagField), fieldOfJson(context), origin, salt]
}

/** A tag's element of the field. The empty text has one too, so that 0 in a claim can mean "any". */
export function tagField(tag: string): bigint {
  return fieldOfText(tag)
}

/** H11 of the statement. */
export function statementDigest(statement: Statement, origin: bigint, salt: bigint): bigint {
  return poseidon(statementInputs(statement, origin, salt))
}

/** The root that is anchored: H2(statement, captures root). */
export function runRoot(digest: bigint, capturesRoot: bigint): bigint {
  return poseidon([digest, capturesRoot])
}

/** The worse of two grades. */
export function worseGrade(a: Grade, b: Grade): Grade {
  return GRADES.indexOf(a) >= GRADES.indexOf(b) ? a : b
}
