import { generateKeyPairSync, randomBytes, sign } from "node:crypto"
import {
  type DeviceKey,
  deviceIdOf,
  encodeDocument,
  enrolmentMessage,
  type Hex,
  type RegistryReference,
  retirementMessage,
  SCHEMES,
  type Submission,
  submissionMessage,
  toHex,
} from "@wattest/protocol"

/** A device that signs whatever a test asks, a rolled-back one's contradictions included. */
export type TestDevice = {
  readonly id: Hex
  readonly deviceKey: DeviceKey
  enrolment(target: RegistryReference, operator: Hex, voucher: Hex): Hex
  retirement(target: RegistryReference, runs: bigint): Hex
  submission(target: RegistryReference, firstRun: number, roots: readonly Hex[], through?: number): Submission
}

/** Digest of the vouch document of every test's devices. */
export const EVIDENCE: Hex = `0x${"22".repeat(32)}`
/** A minute that is over on every test's chain. */
export const TOLD = 1_700_000_040

/** A root that is below the field's order. */
export const randomRoot = (): Hex => toHex(Uint8Array.of(0, ...randomBytes(31)))
export const randomRoots = (count: number): Hex[] => Array.from({ length: count }, randomRoot)

export function createDevice(scheme: "ed25519" | "p256" = "ed25519"): TestDevice {
  const keys =
    scheme === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  const jwk = keys.publicKey.export({ format: "jwk" })
  const part = (text: string | undefined) => Buffer.from(text ?? "", "base64url")
  const deviceKey: DeviceKey = {
    scheme: SCHEMES[scheme],
    key: toHex(scheme === "ed25519" ? part(jwk.x) : Buffer.concat([part(jwk.x), part(jwk.y)])),
  }
  const id = deviceIdOf(deviceKey)
  const signed = (message: Uint8Array): Hex =>
    toHex(
      scheme === "ed25519"
        ? sign(null, message, keys.privateKey)
        : sign("sha256", message, { key: keys.privateKey, dsaEncoding: "ieee-p1363" }),
    )
  return {
    id,
    deviceKey,
    enrolment: (target, operator, voucher) =>
      signed(enrolmentMessage(target, id, { operator, voucher, boundary: "node", evidence: EVIDENCE })),
    retirement: (target, runs) => signed(retirementMessage(target, id, runs)),
    submission: (target, firstRun, roots, through = TOLD) => ({
      chainId: target.chainId,
      registry: target.registry,
      device: deviceKey,
      firstRun: BigInt(firstRun),
      ...{ roots, through },
      signature: signed(submissionMessage(target, id, { firstRun: BigInt(firstRun), roots, through })),
    }),
  }
}

export const documentOf = (submission: Submission): Uint8Array => encodeDocument(submission)
