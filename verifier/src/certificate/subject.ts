import {
  bytesToBigInt,
  type Certificate,
  type CertifiedRun,
  deviceIdOf,
  fromHex,
  type Hex,
  leafOfCapture,
  type OpenedCapture,
  runIdentity,
  runRoot,
  type SignatureCheck,
  statementDigest,
  toJson,
} from "@wattest/protocol"
import type { TrustedBlock } from "../chain/trust.ts"
import type { Policy } from "../policy.ts"
import type { Readers } from "../readers.ts"

/** What the checks of a certificate look at. */
export type Subject = {
  readonly certificate: Certificate
  readonly policy: Policy
  readonly readers: Readers
  readonly onTrusted: (block: TrustedBlock) => void
  /** Device id. */
  readonly device: Hex
  readonly signedByDevice: SignatureCheck
  /** The leaf of an opened capture of this certificate. */
  readonly leafOf: (capture: OpenedCapture) => bigint
  /** The root that a run's opened statement and its captures root give. */
  readonly rootOf: (run: CertifiedRun) => bigint
}

/** Several checks rest on the same digests, which are dear: each is computed when it is first asked for. */
function once<Key extends object>(compute: (key: Key) => bigint): (key: Key) => bigint {
  const known = new Map<Key, bigint>()
  return (key) => {
    const value = known.get(key) ?? compute(key)
    known.set(key, value)
    return value
  }
}

/** Throws KEY_INVALID. */
export function createSubject(
  certificate: Certificate,
  { policy, readers, onTrusted }: Pick<Subject, "policy" | "readers" | "onTrusted">,
): Subject {
  const device = deviceIdOf(certificate.device)
  return {
    certificate,
    policy,
    readers,
    onTrusted,
    device,
    signedByDevice: readers.signatures(certificate.device),
    leafOf: once(leafOfCapture),
    rootOf: once((run: CertifiedRun) => rootOf(device, run)),
  }
}

function rootOf(device: Hex, { run, statement, salt, capturesRoot }: CertifiedRun): bigint {
  const digest = statementDigest(
    { ...statement, context: toJson(statement.context) },
    runIdentity(device, run),
    bytesToBigInt(fromHex(salt)),
  )
  return runRoot(digest, bytesToBigInt(fromHex(capturesRoot)))
}
