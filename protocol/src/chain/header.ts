import { fromHex, type Hex, toHex } from "../encoding/bytes.ts"
import { decodeRlp, encodeRlp, type RlpItem, rlpNumber, rlpToNumber } from "../encoding/rlp.ts"
import { check } from "../rejection.ts"

/**
 * The fields of a block header in order, by the names of JSON-RPC, and the form of each: a number of bytes where that is
 * fixed, `quantity` where RLP writes a number, `bytes` where the length is free (yellow paper 4.4).
 */
const FIELDS = {
  parentHash: 32,
  sha3Uncles: 32,
  miner: 20,
  stateRoot: 32,
  transactionsRoot: 32,
  receiptsRoot: 32,
  logsBloom: 256,
  difficulty: "quantity",
  number: "quantity",
  gasLimit: "quantity",
  gasUsed: "quantity",
  timestamp: "quantity",
  extraData: "bytes",
  mixHash: 32,
  nonce: 8,
} as const

/** What each hard fork appended: EIP-1559, 4895, 4844 (two), 4788, 7685. */
const APPENDED = {
  baseFeePerGas: "quantity",
  withdrawalsRoot: 32,
  blobGasUsed: "quantity",
  excessBlobGas: "quantity",
  parentBeaconBlockRoot: 32,
  requestsHash: 32,
} as const

/** Numbers of fields that exist: Frontier, London (and Polygon), Shanghai, Cancun, Prague (Osaka adds none). */
const LENGTHS: readonly number[] = [15, 16, 17, 20, 21]

export type HeaderForm = number | "quantity" | "bytes"
type ValueOf<Form> = Form extends "quantity" ? bigint : Hex

/** A block header's fields; the appended ones are there as far as the block's hard fork has them. */
export type HeaderFields = { readonly [Name in keyof typeof FIELDS]: ValueOf<(typeof FIELDS)[Name]> } & {
  readonly [Name in keyof typeof APPENDED]?: ValueOf<(typeof APPENDED)[Name]>
}

/** Every field's name and form, in the order of the header. */
export const HEADER_FIELDS: readonly (readonly [name: keyof HeaderFields, form: HeaderForm])[] = Object.entries({
  ...FIELDS,
  ...APPENDED,
}) as [keyof HeaderFields, HeaderForm][]

/** A header's RLP, whose keccak256 is the block's hash. The inverse of {@link decodeHeader}. */
export function encodeHeader(header: HeaderFields): Uint8Array {
  const values = HEADER_FIELDS.map(([name]) => header[name]).filter((value) => value !== undefined)
  return encodeRlp(values.map((value) => (typeof value === "bigint" ? rlpNumber(value) : fromHex(value))))
}

function decodeField(item: RlpItem, form: HeaderForm, name: string): bigint | Hex {
  check(item instanceof Uint8Array, "FIELD_MALFORMED", `header field ${name} is a list`)
  if (form === "quantity") return rlpToNumber(item)
  check(form === "bytes" || item.length === form, "FIELD_MALFORMED", `header field ${name} has ${item.length} bytes`)
  return toHex(item)
}

/** Reads a block header's RLP, of any hard fork up to Osaka. Throws FIELD_MALFORMED. */
export function decodeHeader(bytes: Uint8Array): HeaderFields {
  const items = decodeRlp(bytes)
  check(!(items instanceof Uint8Array), "FIELD_MALFORMED", "the header is no list")
  check(LENGTHS.includes(items.length), "FIELD_MALFORMED", `no hard fork has headers of ${items.length} fields`)
  const fields = HEADER_FIELDS.slice(0, items.length).map(([name, form], i) => [
    name,
    decodeField(items[i] as RlpItem, form, name),
  ])
  return Object.fromEntries(fields) as HeaderFields
}
