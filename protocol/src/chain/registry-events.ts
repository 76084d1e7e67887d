import { keccak_256 } from "@noble/hashes/sha3.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { bytesToBigInt, type Hex, toHex } from "../encoding/bytes.ts"
import { check, type RejectCode } from "../rejection.ts"
import { REGISTRY_ABI } from "./registry-abi.ts"

/** What a receipt says of an event, whoever emitted it. */
export type EventLog = { readonly topics: readonly Hex[]; readonly data: Uint8Array }

/** The first topic of an event: keccak256 of its name and the types of its parameters. */
function topicOf(name: string): Hex {
  const member = REGISTRY_ABI.find((line) => line.startsWith(`event ${name}(`)) ?? ""
  const parameters = member.slice(member.indexOf("(") + 1, -1).split(", ")
  const types = parameters.map((parameter) => parameter.split(" ")[0])
  return toHex(keccak_256(utf8ToBytes(`${name}(${types.join(",")})`)))
}

/** The first topics of the events that receipts prove. */
export const REGISTRY_TOPICS = {
  anchored: topicOf("Anchored"),
  vouched: topicOf("Vouched"),
  revised: topicOf("Revised"),
  enrolled: topicOf("Enrolled"),
}

const CODE: RejectCode = "ANCHOR_PROOF_INVALID"

const wordAt = (data: Uint8Array, index: number): Uint8Array => data.subarray(32 * index, 32 * index + 32)
const numberAt = (data: Uint8Array, index: number): bigint => bytesToBigInt(wordAt(data, index))

function topicsOf(log: EventLog, event: keyof typeof REGISTRY_TOPICS): readonly [Hex, Hex, Hex] {
  const [topic, first, second, third] = log.topics
  const isEvent = topic === REGISTRY_TOPICS[event] && log.topics.length === 4
  check(isEvent && first !== undefined && second !== undefined && third !== undefined, CODE, `the log is not ${event}`)
  return [first, second, third]
}

/** An indexed address: the last 20 bytes of its topic. */
const addressOf = (topic: Hex): Hex => `0x${topic.slice(26)}`

export type Anchored = {
  readonly ledger: Hex
  readonly device: Hex
  readonly run: bigint
  readonly root: Hex
  readonly position: bigint
  readonly head: Hex
  /** No run up to the last one of its submission ended after it: Unix seconds. */
  readonly through: bigint
}

/** Throws ANCHOR_PROOF_INVALID, as its brothers below do. */
export function parseAnchored(log: EventLog): Anchored {
  const [ledger, device, run] = topicsOf(log, "anchored")
  const { data } = log
  check(data.length === 128, CODE, `the event has ${data.length} bytes of data`)
  return {
    ...{ ledger, device, run: BigInt(run) },
    root: toHex(wordAt(data, 0)),
    position: numberAt(data, 1),
    head: toHex(wordAt(data, 2)),
    through: numberAt(data, 3),
  }
}

export type Vouched = { readonly device: Hex; readonly voucher: Hex; readonly operator: Hex; readonly evidence: Hex }

/** A vouch, or its revision: they say the same of a document. */
export function parseVouched(log: EventLog, event: "vouched" | "revised" = "vouched"): Vouched {
  const [device, voucher, operator] = topicsOf(log, event)
  check(log.data.length === 32, CODE, `the event has ${log.data.length} bytes of data`)
  return { device, voucher: addressOf(voucher), operator: addressOf(operator), evidence: toHex(log.data) }
}

export type Enrolled = {
  readonly device: Hex
  readonly operator: Hex
  readonly voucher: Hex
  readonly scheme: bigint
  readonly key: Hex
  /** Its number in the protocol, see {@link boundaryNumber}. */
  readonly boundary: bigint
  /** Digest of the vouch document that the device agreed to. */
  readonly evidence: Hex
}

export function parseEnrolled(log: EventLog): Enrolled {
  const [device, operator, voucher] = topicsOf(log, "enrolled")
  const { data } = log
  // abi.encode(uint8, bytes, uint8, bytes32): scheme, offset 128, boundary, evidence, length, key padded to whole words.
  const length = Number(numberAt(data, 4))
  const isWhole = data.length === 160 + 32 * Math.ceil(length / 32) && numberAt(data, 1) === 128n
  check(isWhole, CODE, "the event's data is malformed")
  return {
    ...{ device, operator: addressOf(operator), voucher: addressOf(voucher) },
    ...{ scheme: numberAt(data, 0), key: toHex(data.subarray(160, 160 + length)) },
    ...{ boundary: numberAt(data, 2), evidence: toHex(wordAt(data, 3)) },
  }
}
