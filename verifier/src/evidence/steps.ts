import {
  type CertifiedRun,
  check,
  createMeter,
  type EvidenceCapture,
  type EvidenceHeader,
  type Grade,
  type Metered,
  REGISTERS,
  type RejectCode,
  Rejection,
  worseGrade,
} from "@wattest/protocol"
import type { EvidenceCheckId } from "../catalogue.ts"
import { withCode } from "../chain/proof.ts"

/** Which check a refusal belongs to; what is not here is a matter of form. */
const CHECK_OF_CODE: { readonly [C in RejectCode]?: EvidenceCheckId } = {
  KEY_INVALID: "evidence-origin",
  RUN_DEVICE_MISMATCH: "evidence-origin",
  CAPTURE_SEQUENCE_BROKEN: "evidence-sequence",
  CAPTURE_COUNT_MISMATCH: "evidence-sequence",
  OPENING_MISMATCH: "evidence-sequence",
  CLOSING_MISPLACED: "evidence-sequence",
  REGISTER_DECREASED: "evidence-registers",
  TIME_DECREASED: "evidence-registers",
  CAPTURE_SIGNATURE_INVALID: "evidence-signatures",
  CAPTURE_NOT_INCLUDED: "evidence-inclusion",
  CAPTURES_ROOT_MISMATCH: "evidence-root",
  GRADE_UNDERSTATED: "evidence-grades",
  REGISTERS_NOT_FROM_SOURCES: "evidence-sources",
}

export function checkOfCode(code: RejectCode): EvidenceCheckId {
  return CHECK_OF_CODE[code] ?? "evidence-form"
}

/** Sequence: full evidence counts 0, 1, 2, …; an excerpt only rises. Labels stand in capture 0 alone, the closing in the last. */
export function checkSequence(
  before: EvidenceCapture | null,
  { sequence, sources: { opening, closing } }: EvidenceCapture,
  header: EvidenceHeader,
): void {
  const { kind, captures } = header
  const next = before === null ? 0 : before.sequence + 1
  check(sequence < captures, "CAPTURE_COUNT_MISMATCH", () => `capture ${sequence} of ${captures}`)
  const isInOrder = kind === "full" ? sequence === next : sequence >= next
  check(isInOrder, "CAPTURE_SEQUENCE_BROKEN", () => `expected capture ${next}, got ${sequence}`)
  check(opening === undefined || sequence === 0, "OPENING_MISMATCH", () => `capture ${sequence} carries labels`)
  const isLast = closing === undefined || sequence === captures - 1
  check(isLast, "CLOSING_MISPLACED", () => `capture ${sequence} of ${captures} carries the closing`)
}

export function checkMonotone(before: EvidenceCapture, after: EvidenceCapture): void {
  const at = () => `capture ${after.sequence}`
  for (const name of REGISTERS) {
    const [from, to] = [before.registers[name], after.registers[name]]
    if (to < from) check(false, "REGISTER_DECREASED", `${at()}: ${name} fell from ${from} to ${to}`)
  }
  check(after.timeMs >= before.timeMs, "TIME_DECREASED", () => `${at()}: by ${before.timeMs - after.timeMs} ms`)
}

/** Holds registers and grades to the raw sensor values that the captures carry. */
export type SourceCheck = { readonly add: (capture: EvidenceCapture) => void; readonly end: () => void }

const CODE: RejectCode = "REGISTERS_NOT_FROM_SOURCES"

/**
 * Meters the run again by the plan that its opening bound: a capture's registers must be those that the sources give.
 * Without a plan nothing can be metered: then energy is a declaration. What is wrong is said by `end`, once the captures
 * are known to be the run's: GRADE_UNDERSTATED, else the first REGISTERS_NOT_FROM_SOURCES. What cannot be metered ends
 * the metering.
 */
export function createSourceCheck({ statement }: CertifiedRun): SourceCheck {
  const { metering } = statement.context
  let refusal: Rejection | null = null
  const attempt = <T>(where: string, run: () => T): T | null => {
    try {
      return withCode(CODE, where, run)
    } catch (error) {
      if (!(error instanceof Rejection)) throw error
      refusal ??= error
      return null
    }
  }
  let meter = attempt("metering", () => createMeter(metering))
  // A meter's grades are the worst so far: the last ones are those of the run.
  let grades: Pick<Metered, "energyGrade" | "workGrade"> = { energyGrade: "calibrated", workGrade: "calibrated" }
  return {
    add({ sequence, timeMs, sources, registers }) {
      const at = `capture ${sequence}`
      const metered = meter && attempt(at, () => meter?.advance(timeMs, sources.readings))
      if (!metered) {
        meter = null
        return
      }
      grades = metered
      const other = metering.length === 0 ? undefined : REGISTERS.find((n) => registers[n] !== metered.registers[n])
      if (other === undefined) return
      const detail = `${at}: ${other} is ${registers[other]}, its sources give ${metered.registers[other]}`
      refusal ??= new Rejection(CODE, detail)
    },
    end() {
      const { energyGrade: energy, workGrade: work } = grades
      const holds = (claimed: Grade, actual: Grade) => worseGrade(claimed, actual) === claimed
      const { energyGrade, workGrade } = statement
      check(holds(energyGrade, energy), "GRADE_UNDERSTATED", `energy is ${energy}, not ${energyGrade}`)
      check(holds(workGrade, work), "GRADE_UNDERSTATED", `work is ${work}, not ${workGrade}`)
      if (refusal !== null) throw refusal
    },
  }
}
