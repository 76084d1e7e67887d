import { sha256 } from "@noble/hashes/sha2.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { check } from "../rejection.ts"
import { bytesToBigInt } from "./bytes.ts"
import { documentText } from "./canonical-json.ts"

/** B31 of PROTOCOL section 2: the first 31 bytes of SHA-256, big-endian; always below the field order. */
export function fieldOfBytes(bytes: Uint8Array): bigint {
  return bytesToBigInt(sha256(bytes).subarray(0, 31))
}

/** A text's element of the field. Throws TEXT_NOT_NORMALISED unless it is in Unicode normal form C. */
export function fieldOfText(text: string): bigint {
  check(text.isWellFormed() && text.normalize("NFC") === text, "TEXT_NOT_NORMALISED", () => JSON.stringify(text))
  return fieldOfBytes(utf8ToBytes(text))
}

/** The element of the field of a JSON value, or of a typed document, through its one spelling. */
export const fieldOfDocument = (value: unknown): bigint => fieldOfBytes(utf8ToBytes(documentText(value)))
