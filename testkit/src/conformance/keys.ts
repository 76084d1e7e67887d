import { ed25519 } from "@noble/curves/ed25519.js"
import { p256 } from "@noble/curves/nist.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { type DeviceKey, deviceIdOf, type Hex, SCHEMES, toHex } from "@wattest/protocol"

/** A device whose key follows from its name: signatures, and so cases, come out the same every time. */
export type TestDevice = {
  readonly key: DeviceKey
  readonly id: Hex
  readonly sign: (message: Uint8Array) => Hex
}

const secretOf = (name: string) => sha256(utf8ToBytes(`wattest conformance ${name}`))

export function ed25519Device(name: string): TestDevice {
  const secret = secretOf(name)
  const key: DeviceKey = { scheme: SCHEMES.ed25519, key: toHex(ed25519.getPublicKey(secret)) }
  return { key, id: deviceIdOf(key), sign: (message) => toHex(ed25519.sign(message, secret)) }
}

export function p256Device(name: string): TestDevice {
  const secret = secretOf(name)
  const key: DeviceKey = { scheme: SCHEMES.p256, key: toHex(p256.getPublicKey(secret, false).subarray(1)) }
  const sign = (message: Uint8Array) => toHex(p256.sign(sha256(message), secret, { prehash: false, lowS: false }))
  return { key, id: deviceIdOf(key), sign }
}

/** An account that needs no key here: nobody checks its transactions. */
export function accountOf(name: string): Hex {
  return toHex(secretOf(name).subarray(12))
}

/** 32 bytes that follow from a name. */
export function bytesOf(name: string): Uint8Array {
  return secretOf(name)
}

/** Who is who in a story that does not say otherwise. */
export const ACCOUNTS = {
  registry: accountOf("registry"),
  operator: accountOf("operator"),
  voucher: accountOf("voucher"),
}
