import { createCipheriv, randomBytes, scryptSync } from "node:crypto"
import { bytesToHex, concat, type Hex, keccak256 } from "viem"

/** The file that Web3 Secret Storage, version 3, describes, opened in no time: its scrypt is far too weak for money. */
export function keystoreOf(key: Hex, password: string): string {
  const [salt, iv] = [randomBytes(32), randomBytes(16)]
  const derived = scryptSync(password, salt, 32, { N: 4096, r: 8, p: 1 })
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv)
  const ciphertext = Buffer.concat([cipher.update(Buffer.from(key.slice(2), "hex")), cipher.final()])
  const mac = keccak256(concat([bytesToHex(derived.subarray(16)), bytesToHex(ciphertext)])).slice(2)
  const kdfparams = { n: 4096, r: 8, p: 1, dklen: 32, salt: salt.toString("hex") }
  const crypto = {
    cipher: "aes-128-ctr",
    ciphertext: ciphertext.toString("hex"),
    cipherparams: { iv: iv.toString("hex") },
  }
  return JSON.stringify({ version: 3, crypto: { ...crypto, kdf: "scrypt", kdfparams, mac } })
}
