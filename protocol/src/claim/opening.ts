import { poseidon } from "../poseidon.ts"
import { GRADES } from "../run/capture.ts"
import { boundaryNumber, runRoot, STATUSES, type Statement, statementInputs } from "../run/statement.ts"
import { fits, totalsOf } from "./accumulator.ts"
import type { Asked } from "./word.ts"

/** A run's statement as the circuits take it; all of it private. */
export type Opening = {
  /** Totals in the order of REGISTERS, 64 bits each. */
  readonly registers: readonly bigint[]
  /** Start and end in ms since 1970, lifetime energy in mJ; 64 bits each. */
  readonly times: readonly bigint[]
  /** Captures (32 bits), boundary, status, energy grade, work grade (8 bits each). */
  readonly marks: readonly bigint[]
  /** Elements of model, unit, zone, party. */
  readonly tags: readonly bigint[]
  /** Elements of context and origin, the statement's salt, the captures' root. */
  readonly rest: readonly bigint[]
}

/** Why a run that a claim selects leaves no proof. */
export type Fault = "UNIT_DIFFERS" | "ENERGY_GRADE_WORSE" | "WORK_GRADE_WORSE"

/** What belongs to a statement without being said in it: originOf(device, run), salt, captures' root. */
export type Ties = { readonly origin: bigint; readonly salt: bigint; readonly capturesRoot: bigint }

export function openingOf(statement: Statement, { origin, salt, capturesRoot }: Ties): Opening {
  const { startTimeMs, endTimeMs, lifetimeMillijoules, captures, boundary, status, energyGrade, workGrade } = statement
  const inputs = statementInputs(statement, origin, salt)
  return {
    registers: totalsOf(statement.registers),
    times: [BigInt(startTimeMs), BigInt(endTimeMs), lifetimeMillijoules],
    marks: [
      captures,
      boundaryNumber(boundary),
      STATUSES.indexOf(status),
      GRADES.indexOf(energyGrade),
      GRADES.indexOf(workGrade),
    ].map(BigInt),
    tags: inputs.slice(4, 8),
    rest: [...inputs.slice(8), capturesRoot],
  }
}

/** Whether all packed values fit their bits. */
export function isOpeningInRange({ registers, times, marks }: Opening): boolean {
  return fits([...registers, ...times], 64) && fits(marks.slice(0, 1), 32) && fits(marks.slice(1), 8)
}

/** The anchored root that an opening in range belongs to. */
export function openingRoot({ registers: r, times: t, marks: m, tags, rest }: Opening): bigint {
  const join = (values: readonly (bigint | undefined)[], shifts: readonly bigint[]) =>
    values.reduce<bigint>((word, value, i) => word + ((value ?? 0n) << (shifts[i] ?? 0n)), 0n)
  const triple = (...parts: (bigint | undefined)[]) => join(parts, [0n, 64n, 128n])
  const marks = join(m, [0n, 32n, 40n, 48n, 56n])
  const totals = [
    triple(r[0], r[1], r[2]),
    triple(r[3], r[4], r[5]),
    triple(r[6], r[7], t[1]),
    triple(t[0], t[2], marks),
  ]
  return runRoot(poseidon([...totals, ...tags, ...rest.slice(0, 3)]), rest[3] ?? 0n)
}

/** Whether a claim counts this run: model, zone, party and boundary select, unit and grades do not. */
export function isSelected({ tags, marks }: Opening, asked: Asked): boolean {
  const passes = (value: bigint | undefined, wanted: bigint | undefined) => wanted === 0n || value === wanted
  return [0, 2, 3].every((i) => passes(tags[i], asked.tags[i])) && passes(marks[1], asked.boundary)
}

/** What a selected run lacks; empty when it may be proved. A run without any work has no unit. */
export function faultsOf({ registers, tags, marks }: Opening, asked: Asked): Fault[] {
  const idle = registers[4] === 0n && registers[5] === 0n
  const worse = (i: number) => (marks[3 + i] ?? 0n) > (asked.grades[i] ?? 0n)
  const faults: Fault[] = []
  if (asked.tags[1] !== 0n && tags[1] !== asked.tags[1] && !idle) faults.push("UNIT_DIFFERS")
  if (worse(0)) faults.push("ENERGY_GRADE_WORSE")
  if (worse(1)) faults.push("WORK_GRADE_WORSE")
  return faults
}
