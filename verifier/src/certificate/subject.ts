import {
  bytesToBigInt,
  type Certificate,
  type CertifiedRun,
  checkDeviceKey,
  deviceIdOf,
  fromHex,
  type Hex,
  originOf,
  runRoot,
  type SignatureCheck,
  statementDigest,
  toJson,
} from "@wattest/protocol"
import type { Policy } from "../policy.ts"
import type { Readers } from "../readers.ts"

/** What the checks of a certificate look at. */
export type Subject = {
  readonly certificate: Certificate
  readonly policy: Policy
  readonly readers: Readers
  /** Device id. */
  readonly device: Hex
  readonly signedByDevice: SignatureCheck
}

/** Throws KEY_INVALID. */
export function createSubject(certificate: Certificate, policy: Policy, readers: Readers): Subject {
  checkDeviceKey(certificate.device)
  return {
    certificate,
    policy,
    readers,
    device: deviceIdOf(certificate.device),
    signedByDevice: readers.signatures(certificate.device),
  }
}

/** The root that a run's opened statement and its captures root give. */
export function rootOf(device: Hex, { run, statement, salt, capturesRoot }: CertifiedRun): bigint {
  const digest = statementDigest(
    { ...statement, context: toJson(statement.context) },
    originOf(device, run),
    bytesToBigInt(fromHex(salt)),
  )
  return runRoot(digest, bytesToBigInt(fromHex(capturesRoot)))
}
