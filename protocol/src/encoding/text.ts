import { sha256 } from "@noble/hashes/sha2.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { check } from "../rejection.ts"
import { bytesToBigInt } from "./bytes.ts"
import { documentText, type Json } from "./canonical-json.ts"

/** B31 of PROTOCOL section 2: the first 31 bytes of SHA-256, big-endian; always below the field order. */
export function fieldOfBytes(bytes: Uint8Array): bigint {
  return bytesToBigInt(sha256(bytes).subarray(0, 31))
}

/** A text's element of the field. Throws TEXT_NOT_NORMALISED unless it is in Unicode normal form C. */
export function fieldOfText(text: string): bigint {
  check(text.isWellFormed() && text.normalize("NFC") === text, "TEXT_NOT_NORMALISED", JSON.stringify(text))
  return fieldOfBytes(utf8ToBytes(text))
}

/** A JSON value's element of the field, through its canonical spelling. */
export const fieldOfJson = (value: Json): bigint => fieldOfDocument(value)

/** A document's element of the field, through its one spelling. */
export const fieldOfDocument = (value: unknown): bigint => fieldOfBytes(utf8ToBytes(documentText(value)))
