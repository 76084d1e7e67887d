import { keccak_256 } from "@noble/hashes/sha3.js"
import { ValueError } from "../errors.ts"
import { type Kind, kind } from "./kind.ts"

export type Hex = `0x${string}`

/** The digits of an address with the capitals of EIP-55: the checksum that catches a mistyped letter. */
function checksummed(digits: string): string {
  const hash = keccak_256(new TextEncoder().encode(digits))
  return [...digits]
    .map((digit, i) => (((hash[i >> 1] ?? 0) >> (i % 2 === 0 ? 4 : 0)) & 8 ? digit.toUpperCase() : digit))
    .join("")
}

const ADDRESS_HINT = "write 0x and 40 hexadecimal digits, in lower case or as the wallet shows them"

/**
 * An address in lower case, as documents have it. Taken all lower, all upper, or with a valid EIP-55 checksum.
 * Throws a ValueError.
 */
export function parseAddress(text: string): Hex {
  const [, digits] = /^0x([0-9a-fA-F]{40})$/.exec(text) ?? []
  if (digits === undefined) {
    const isLonger = /^(?:0x)?[0-9a-fA-F]{64}$/.test(text)
    throw new ValueError(isLonger ? "is 32 bytes long, which no address is" : "is not an address", ADDRESS_HINT)
  }
  const lower = digits.toLowerCase()
  if (digits !== lower && digits !== digits.toUpperCase() && digits !== checksummed(lower))
    throw new ValueError("fails its checksum: a letter was mistyped or its case changed", "copy it again, whole")
  return `0x${lower}`
}

export const address: Kind<Hex> = kind("ADDRESS", parseAddress)

/** Exactly `bytes` bytes in hexadecimal of any case; in lower case, as documents have it. */
export const hex = (placeholder: string, bytes: number): Kind<Hex> =>
  kind(placeholder, (text) => {
    if (!new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`).test(text))
      throw new ValueError(
        `is not ${bytes} bytes in hexadecimal`,
        `write 0x and ${2 * bytes} hexadecimal digits, got ${text.length} characters`,
      )
    return text.toLowerCase() as Hex
  })

/** A device's id. */
export const deviceId: Kind<Hex> = hex("DEVICE", 32)
/** A ledger's id. */
export const ledgerId: Kind<Hex> = hex("LEDGER", 32)
/** A value of a hash function. */
export const digest: Kind<Hex> = hex("DIGEST", 32)
