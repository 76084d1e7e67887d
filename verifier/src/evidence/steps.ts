import {
  type CertifiedRun,
  check,
  type EvidenceCapture,
  type EvidenceHeader,
  type Grade,
  REGISTERS,
  type RejectCode,
  type RunContext,
  worseGrade,
} from "@wattest/protocol"
import type { EvidenceCheckId } from "../catalogue.ts"

/** Which check a refusal belongs to; what is not here is a matter of form. */
const CHECK_OF_CODE: { readonly [C in RejectCode]?: EvidenceCheckId } = {
  KEY_INVALID: "evidence-origin",
  RUN_DEVICE_MISMATCH: "evidence-origin",
  CAPTURE_SEQUENCE_BROKEN: "evidence-sequence",
  CAPTURE_COUNT_MISMATCH: "evidence-sequence",
  REGISTER_DECREASED: "evidence-registers",
  TIME_DECREASED: "evidence-registers",
  CAPTURE_SIGNATURE_INVALID: "evidence-signatures",
  CAPTURE_NOT_INCLUDED: "evidence-root",
  CAPTURES_ROOT_MISMATCH: "evidence-root",
  GRADE_UNDERSTATED: "evidence-grades",
}

export function checkOfCode(code: RejectCode): EvidenceCheckId {
  return CHECK_OF_CODE[code] ?? "evidence-form"
}

/** Sequence: full evidence counts 0, 1, 2, …; an excerpt only rises. */
export function checkSequence(
  before: EvidenceCapture | null,
  { sequence }: EvidenceCapture,
  header: EvidenceHeader,
): void {
  const { kind, captures } = header
  const next = before === null ? 0 : before.sequence + 1
  check(sequence < captures, "CAPTURE_COUNT_MISMATCH", `capture ${sequence} of ${captures}`)
  const isInOrder = kind === "full" ? sequence === next : sequence >= next
  check(isInOrder, "CAPTURE_SEQUENCE_BROKEN", `expected capture ${next}, got ${sequence}`)
}

export function checkMonotone(before: EvidenceCapture, after: EvidenceCapture): void {
  const at = `capture ${after.sequence}`
  for (const name of REGISTERS)
    check(
      after.registers[name] >= before.registers[name],
      "REGISTER_DECREASED",
      () => `${at}: ${name} fell from ${before.registers[name]} to ${after.registers[name]}`,
    )
  check(after.timeMs >= before.timeMs, "TIME_DECREASED", `${at}: by ${before.timeMs - after.timeMs} ms`)
}

const WORK_ROLES: readonly string[] = ["work", "accepted"]
/** Factors grade carbon and water, which count as estimated at best, and no register of the two grades. */
const FACTOR_ROLES: readonly string[] = ["carbon-intensity", "water-intensity"]

/** Keeps the worst grade of the sources that enter energy and work. */
export type GradeCheck = { readonly add: (capture: EvidenceCapture) => void; readonly end: () => void }

export function createGradeCheck({ statement }: CertifiedRun): GradeCheck {
  const roles = rolesOf(statement.context)
  let energy: Grade = "calibrated"
  let work: Grade = "calibrated"
  return {
    add({ sources }) {
      for (const { sensor, grade } of sources.readings) {
        const role = roles.get(sensor)
        if (role === undefined || FACTOR_ROLES.includes(role)) continue
        if (WORK_ROLES.includes(role)) work = worseGrade(work, grade)
        else energy = worseGrade(energy, grade)
      }
    },
    end() {
      const { energyGrade, workGrade } = statement
      check(
        worseGrade(energyGrade, energy) === energyGrade,
        "GRADE_UNDERSTATED",
        `energy is ${energy}, not ${energyGrade}`,
      )
      check(worseGrade(workGrade, work) === workGrade, "GRADE_UNDERSTATED", `work is ${work}, not ${workGrade}`)
    },
  }
}

function rolesOf({ metering }: RunContext): ReadonlyMap<string, string> {
  return new Map(metering.map(({ sensor, role }) => [sensor, role]))
}
