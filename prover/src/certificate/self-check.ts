import {
  bytesToBigInt,
  type CertifiedRun,
  captureMessage,
  check,
  type DeviceKey,
  deviceIdOf,
  fromHex,
  type Hex,
  leafOfCapture,
  type ProvenCapture,
  REGISTERS,
  type RunRecord,
  rootFromInclusionProof,
  runIdentity,
  runRoot,
  statementDigest,
  submissionMessage,
  toJson,
} from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"

const numberOf = (word: Hex) => bytesToBigInt(fromHex(word))

/** The root that a run's opened statement gives must be the one on record. Throws TOTALS_MISMATCH. */
export function checkRecord(record: RunRecord): void {
  const origin = runIdentity(deviceIdOf(record.device), record.run)
  const statement = { ...record.statement, context: toJson(record.statement.context) }
  const digest = statementDigest(statement, origin, numberOf(record.salt))
  const root = runRoot(digest, numberOf(record.capturesRoot))
  check(root === numberOf(record.root), "TOTALS_MISMATCH", `run ${record.run}: the statement does not give its root`)
}

function checkCapture(device: DeviceKey, { run, statement, capturesRoot }: CertifiedRun, capture: ProvenCapture): void {
  const leaf = leafOfCapture(capture)
  const siblings = capture.siblings.map(numberOf)
  const root = rootFromInclusionProof(leaf, capture.sequence, statement.captures, siblings)
  check(root === numberOf(capturesRoot), "CAPTURE_NOT_INCLUDED", `run ${run}, capture ${capture.sequence}`)
  const signed = nodeSignatures(device)(fromHex(capture.signature), captureMessage(run, leaf))
  check(signed, "CAPTURE_SIGNATURE_INVALID", `run ${run}, capture ${capture.sequence}`)
}

/** What a stranger will compute again from the certificate alone, done before it is written. Throws a Rejection. */
export function checkCertifiedRun(device: DeviceKey, certified: CertifiedRun): void {
  const { statement, firstCapture, lastCapture, submission } = certified
  checkCapture(device, certified, firstCapture)
  checkCapture(device, certified, lastCapture)
  check(firstCapture.sequence === 0, "CAPTURE_SEQUENCE_BROKEN", "the first capture is not number 0")
  check(lastCapture.sequence === statement.captures - 1, "CAPTURE_SEQUENCE_BROKEN", "the last capture is not the last")
  for (const name of REGISTERS)
    check(lastCapture.registers[name] === statement.registers[name], "TOTALS_MISMATCH", `register ${name}`)
  const message = submissionMessage(submission, deviceIdOf(device), submission)
  check(nodeSignatures(device)(fromHex(submission.signature), message), "SUBMISSION_SIGNATURE_INVALID", "submission")
}
