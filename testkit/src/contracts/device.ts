import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"
import {
  type Address,
  bytesToHex,
  concat,
  encodeAbiParameters,
  type Hex,
  hexToBytes,
  keccak256,
  parseAbiParameters,
  toBytes,
  toHex,
} from "viem"

/** Where a device's messages are valid. */
export type Place = { chainId: number; registry: Address }

export type Device = {
  scheme: 1 | 2
  id: Hex
  key: Hex
  sign(message: Hex): Hex
}

const word = (n: number) => toHex(n, { size: 32 })
const domain = (name: string) => keccak256(toBytes(name))

function signer(privateKey: KeyObject, scheme: 1 | 2) {
  return (message: Hex): Hex => {
    const bytes = hexToBytes(message)
    return bytesToHex(
      scheme === 1
        ? sign(null, bytes, privateKey)
        : sign("sha256", bytes, { key: privateKey, dsaEncoding: "ieee-p1363" }),
    )
  }
}

/** An Ed25519 device with a random key, or with the key of a 32-byte seed (RFC 8032 §5.1.5). */
export function ed25519Device(seed: Uint8Array = randomBytes(32)): Device {
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed])
  const privateKey = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" })
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" })
  const key = bytesToHex(spki.subarray(-32))
  return { scheme: 1, id: key, key, sign: signer(privateKey, 1) }
}

/** A P-256 device with a random key. */
export function p256Device(): Device {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  const key = bytesToHex(publicKey.export({ format: "der", type: "spki" }).subarray(-64))
  return { scheme: 2, id: keccak256(key), key, sign: signer(privateKey, 2) }
}

/** What devices sign, written down from the protocol, apart from the code under test. */
export const messages = ({ chainId, registry }: Place) => ({
  enrolment: (device: Hex, operator: Address, voucher: Address, boundary = 2, evidence: Hex = word(7)): Hex =>
    keccak256(
      encodeAbiParameters(parseAbiParameters("bytes32, uint256, address, bytes32, address, address, uint8, bytes32"), [
        domain("wattest.enrolment.v1"),
        BigInt(chainId),
        registry,
        device,
        operator,
        voucher,
        boundary,
        evidence,
      ]),
    ),
  submission: (device: Hex, firstRun: bigint, roots: readonly Hex[], through = 0n): Hex =>
    keccak256(
      encodeAbiParameters(parseAbiParameters("bytes32, uint256, address, bytes32, uint64, bytes32[], uint64"), [
        domain("wattest.submission.v1"),
        BigInt(chainId),
        registry,
        device,
        firstRun,
        roots,
        through,
      ]),
    ),
  retirement: (device: Hex, runs: bigint): Hex =>
    keccak256(
      encodeAbiParameters(parseAbiParameters("bytes32, uint256, address, bytes32, uint64"), [
        domain("wattest.retirement.v1"),
        BigInt(chainId),
        registry,
        device,
        runs,
      ]),
    ),
})

/** The signature with one bit of it changed. */
export function flipBit(bytes: Hex, bit: number): Hex {
  const copy = hexToBytes(bytes)
  const index = bit >> 3
  copy[index] = (copy[index] ?? 0) ^ (1 << (bit & 7))
  return concat([bytesToHex(copy)])
}
