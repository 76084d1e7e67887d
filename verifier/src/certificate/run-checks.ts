import {
  bytesToBigInt,
  type CertifiedRun,
  captureMessage,
  check,
  encodeCanonicalJson,
  fromHex,
  type ProvenCapture,
  REGISTERS,
  type Registers,
  rootFromInclusionProof,
  submissionMessage,
  toJson,
} from "@wattest/protocol"
import { ROUNDING_MILLIJOULES } from "./job-checks.ts"
import type { Subject } from "./subject.ts"

const inRun = ({ run }: { readonly run: bigint }, detail: string) => `run ${run}: ${detail}`

/** The statement's labels, in the shape in which capture 0 carries them. */
function labelsOf({ statement: { model, unit, zone, site, party, context } }: CertifiedRun): string {
  return encodeCanonicalJson(toJson({ model, unit, zone, site, party, context }))
}

/** Capture 0: registers at zero, and the labels that the statement repeats. */
export function checkOpening({ certificate }: Subject): void {
  for (const run of certificate.runs) {
    const { registers, sequence, sources, timeMs } = run.firstCapture
    check(sequence === 0, "CAPTURE_SEQUENCE_BROKEN", inRun(run, `the first capture has sequence ${sequence}`))
    const moved = REGISTERS.find((name) => registers[name] !== 0n)
    check(moved === undefined, "OPENING_NOT_ZERO", inRun(run, `${moved} does not begin at 0`))
    const { opening } = sources
    check(opening !== undefined, "OPENING_MISMATCH", inRun(run, "the first capture carries no labels"))
    const isRepeated = encodeCanonicalJson(toJson(opening)) === labelsOf(run)
    check(isRepeated, "OPENING_MISMATCH", inRun(run, "tags or context differ"))
    check(timeMs === run.statement.startTimeMs, "TIME_MISMATCH", inRun(run, "start time is not that of capture 0"))
  }
}

/** Throws with the first register in which the two differ. */
function checkSameRegisters(run: CertifiedRun, actual: Registers): void {
  const { registers } = run.statement
  for (const name of REGISTERS)
    check(actual[name] === registers[name], "TOTALS_MISMATCH", () =>
      inRun(run, `${name} is ${registers[name]} in the statement, ${actual[name]} in the last capture`),
    )
}

/** The last capture: its registers are the run's totals. */
export function checkTotals({ certificate }: Subject): void {
  for (const run of certificate.runs) {
    const { statement, firstCapture, lastCapture } = run
    const { captures, endTimeMs, lifetimeMillijoules, registers } = statement
    check(lastCapture.sequence === captures - 1, "CAPTURE_COUNT_MISMATCH", () =>
      inRun(run, `${captures} captures, but the last one has sequence ${lastCapture.sequence}`),
    )
    checkSameRegisters(run, lastCapture.registers)
    check(lastCapture.timeMs === endTimeMs, "TIME_MISMATCH", inRun(run, "end time is not that of the last capture"))
    check(firstCapture.timeMs <= lastCapture.timeMs, "TIME_DECREASED", inRun(run, "it ends before it starts"))
    const earlier = lifetimeMillijoules - registers.energyMillijoules
    check(earlier >= 0n, "LIFETIME_MISMATCH", () =>
      inRun(run, `lifetime energy ${lifetimeMillijoules} mJ is below the run's ${registers.energyMillijoules} mJ`),
    )
    const isAnew = !statement.broken || earlier <= ROUNDING_MILLIJOULES
    check(isAnew, "LIFETIME_MISMATCH", () => inRun(run, `the books are broken, but ${earlier} mJ are carried over`))
  }
}

function ends(run: CertifiedRun): readonly ProvenCapture[] {
  return [run.firstCapture, run.lastCapture]
}

/** The first and the last capture lie at their places under the captures' root. */
export function checkInclusions({ certificate, leafOf }: Subject): void {
  for (const run of certificate.runs)
    for (const capture of ends(run)) {
      const { sequence } = capture
      const path = capture.siblings.map((sibling) => bytesToBigInt(fromHex(sibling)))
      const actual = rootFromInclusionProof(leafOf(capture), sequence, run.statement.captures, path)
      const isIncluded = actual === BigInt(run.capturesRoot)
      check(isIncluded, "CAPTURE_NOT_INCLUDED", `capture ${sequence} leads to another root`)
    }
}

export function checkCaptureSignatures({ certificate, signedByDevice, leafOf }: Subject): void {
  for (const run of certificate.runs)
    for (const capture of ends(run)) {
      const message = captureMessage(run.run, leafOf(capture))
      const isSigned = signedByDevice(fromHex(capture.signature), message)
      check(isSigned, "CAPTURE_SIGNATURE_INVALID", inRun(run, `capture ${capture.sequence}`))
    }
}

/** The root of statement and captures is the one that the device submitted for this run. */
export function checkRoots({ certificate, rootOf }: Subject): void {
  for (const run of certificate.runs) {
    const { roots, firstRun } = run.submission
    const submitted = run.run < firstRun ? undefined : roots[Number(run.run - firstRun)]
    check(submitted !== undefined, "ROOT_NOT_SUBMITTED", () =>
      inRun(run, `the submission holds runs ${firstRun} to ${firstRun + BigInt(roots.length) - 1n}`),
    )
    check(BigInt(submitted) !== 0n, "RUN_VOID", inRun(run, "its submitted root is 0"))
    const isSame = BigInt(submitted) === rootOf(run)
    check(isSame, "ROOT_NOT_SUBMITTED", inRun(run, "the submission holds another root"))
  }
}

export function checkSubmissionSignatures({ certificate, device, signedByDevice }: Subject): void {
  const { scheme, key } = certificate.device
  for (const run of certificate.runs) {
    const { submission } = run
    const isSameDevice = submission.device.scheme === scheme && submission.device.key === key
    check(isSameDevice, "SUBMISSION_SIGNATURE_INVALID", inRun(run, "the submission names another device"))
    const message = submissionMessage(submission, device, submission)
    const isSigned = signedByDevice(fromHex(submission.signature), message)
    check(isSigned, "SUBMISSION_SIGNATURE_INVALID", inRun(run, "the signature does not match"))
    const isTold = run.statement.endTimeMs <= submission.through * 1000
    check(isTold, "THROUGH_BEFORE_END", inRun(run, `the submission tells runs up to ${submission.through}`))
  }
}
