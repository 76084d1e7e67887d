import { packFields, REGISTER_BITS } from "../encoding/pack.ts"
import { poseidon } from "../poseidon.ts"
import { GRADES, REGISTERS, TIME_BITS } from "../run/capture.ts"
import { encodeFed } from "../run/fed.ts"
import { boundaryNumber, ORIGINS, runRoot, STATUSES, type Statement, statementInputs } from "../run/statement.ts"
import { fits } from "./accumulator.ts"

/** A run's statement as the circuits take it; all of it private. */
export type Opening = {
  /** Totals in the order of REGISTERS, 60 bits each. */
  readonly registers: readonly bigint[]
  /** Start and end in ms since 1970, 48 bits each. */
  readonly times: readonly bigint[]
  /** Captures (32 bits), boundary, status, energy grade, work grade, origin (8 bits each). */
  readonly marks: readonly bigint[]
  /** One bit each: the 16 of `fed`, then `broken`. */
  readonly flags: readonly bigint[]
  /** Elements of model, unit, zone, site, party. */
  readonly tags: readonly bigint[]
  /** Lifetime energy, element of the context, identity of the run, the statement's salt, the captures' root. */
  readonly rest: readonly bigint[]
}

/** What belongs to a statement without being said in it: its runIdentity, salt, captures' root. */
export type Ties = { readonly identity: bigint; readonly salt: bigint; readonly capturesRoot: bigint }

export function openingOf(statement: Statement, { identity, salt, capturesRoot }: Ties): Opening {
  const { registers, startTimeMs, endTimeMs, captures, boundary, status, energyGrade, workGrade } = statement
  const flags = encodeFed(statement.fed) | (statement.broken ? 1n << 16n : 0n)
  const [lifetime = 0n, ...labels] = statementInputs(statement, identity, salt).slice(4)
  const marks = [
    ...[captures, boundaryNumber(boundary), STATUSES.indexOf(status)],
    ...[GRADES.indexOf(energyGrade), GRADES.indexOf(workGrade), ORIGINS.indexOf(statement.origin)],
  ]
  return {
    registers: REGISTERS.map((name) => registers[name]),
    times: [startTimeMs, endTimeMs].map(BigInt),
    marks: marks.map(BigInt),
    flags: Array.from({ length: 17 }, (_, i) => (flags >> BigInt(i)) & 1n),
    tags: labels.slice(0, 5),
    rest: [lifetime, ...labels.slice(5), capturesRoot],
  }
}

const MARK_BITS = [32, 8, 8, 8, 8, 8]

/** Whether all packed values fit their bits. */
export function isOpeningInRange({ registers, times, marks, flags }: Opening): boolean {
  const areMarks = marks.every((mark, i) => fits([mark], MARK_BITS[i] ?? 0))
  return fits(registers, REGISTER_BITS) && fits(times, TIME_BITS) && areMarks && fits(flags, 1)
}

/** What the digest of an opening's statement is made of: 13 elements. */
export function openingElements({ registers, times, marks, flags, tags, rest }: Opening): readonly bigint[] {
  const wordOf = (values: readonly bigint[], bits: number) => values.map((value) => [value, bits] as const)
  const totals = [0, 4, 8].map((i) => packFields(wordOf(registers.slice(i, i + 4), REGISTER_BITS)))
  const kinds = marks.map((mark, i) => [mark, MARK_BITS[i] ?? 0] as const)
  const kind = packFields([...wordOf(times, TIME_BITS), ...kinds, ...wordOf(flags, 1)])
  const [lifetime = 0n, context = 0n, identity = 0n, salt = 0n] = rest
  return [...totals, kind, lifetime, ...tags, context, identity, salt]
}

/** The anchored root that an opening in range belongs to. */
export function openingRoot(opening: Opening): bigint {
  return runRoot(poseidon(openingElements(opening)), opening.rest[4] ?? 0n)
}
