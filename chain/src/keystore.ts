import { createDecipheriv, pbkdf2Sync, scryptSync, timingSafeEqual } from "node:crypto"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { concatBytes, type Hex, toHex } from "@wattest/protocol"

type Json = { readonly [name: string]: unknown }

const MAX_SCRYPT_BYTES = 1 << 30

/**
 * The private key in a version 3 keystore (Ethereum's Web3 secret storage: scrypt or PBKDF2, AES-128-CTR).
 * Throws an error that says what is wrong with the file or the password.
 */
export function openKeystore(text: string, password: string): Hex {
  const { version, crypto } = lowerCased(JSON.parse(text))
  if (version !== 3 || typeof crypto !== "object" || crypto === null) throw new Error("not a version 3 keystore")
  const { ciphertext, cipher, cipherparams, mac, kdf, kdfparams } = crypto as Json
  if (cipher !== "aes-128-ctr") throw new Error(`cipher ${cipher} is not aes-128-ctr`)
  const encrypted = bytesOf(ciphertext)
  const key = deriveKey(String(kdf), kdfparams as Json, password)
  const expected = bytesOf(mac)
  const actual = keccak_256(concatBytes(key.subarray(16, 32), encrypted))
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) throw new Error("wrong password")
  const decipher = createDecipheriv("aes-128-ctr", key.subarray(0, 16), bytesOf((cipherparams as Json).iv))
  return toHex(Buffer.concat([decipher.update(encrypted), decipher.final()]))
}

// Some writers say "Crypto".
const lowerCased = (json: Json): Json =>
  Object.fromEntries(Object.entries(json).map(([name, value]) => [name.toLowerCase(), value]))

const bytesOf = (value: unknown) => Buffer.from(String(value).replace(/^0x/, ""), "hex")

function deriveKey(kdf: string, parameters: Json, password: string): Uint8Array {
  const salt = bytesOf(parameters.salt)
  const length = Number(parameters.dklen)
  if (length < 32) throw new Error("the keystore derives fewer than 32 bytes")
  if (kdf === "pbkdf2") return pbkdf2Sync(password, salt, Number(parameters.c), length, "sha256")
  if (kdf !== "scrypt") throw new Error(`key derivation ${kdf} is neither scrypt nor pbkdf2`)
  const [N, r, p] = [Number(parameters.n), Number(parameters.r), Number(parameters.p)]
  return scryptSync(password, salt, length, { N, r, p, maxmem: MAX_SCRYPT_BYTES })
}
