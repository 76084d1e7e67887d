import { secp256k1 } from "@noble/curves/secp256k1.js"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { ACCOUNT_SIGNATURE_BYTES } from "../documents/profile.ts"
import { concatBytes, fromHex, type Hex, toHex } from "../encoding/bytes.ts"

/** What EIP-191 (version 0x45) hashes: no text that is signed so can be a transaction. */
function prefixed(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  return concatBytes(new TextEncoder().encode(`\x19Ethereum Signed Message:\n${bytes.length}`), bytes)
}

/**
 * The account that signed a text with a wallet; null where no account did, or where the signature is the second spelling
 * of another one. `signature`: r, s, and v as 27 or 28.
 */
export function accountThatSigned(text: string, signature: Hex): Hex | null {
  const bytes = fromHex(signature, ACCOUNT_SIGNATURE_BYTES)
  const recovery = (bytes[64] ?? 0) - 27
  if (recovery !== 0 && recovery !== 1) return null
  try {
    const parsed = secp256k1.Signature.fromBytes(bytes.subarray(0, 64)).addRecoveryBit(recovery)
    if (parsed.hasHighS()) return null
    const key = parsed.recoverPublicKey(keccak_256(prefixed(text))).toBytes(false)
    return toHex(keccak_256(key.subarray(1)).subarray(12))
  } catch {
    // Numbers that are no signature of any key.
    return null
  }
}
