import { keccak_256 } from "@noble/hashes/sha3.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { bytesToBigInt, check, type Hex, type RejectCode, toHex } from "@wattest/protocol"
import type { Log } from "./receipt.ts"

const topicOf = (signature: string): Hex => toHex(keccak_256(utf8ToBytes(signature)))

const TOPICS = {
  anchored: topicOf("Anchored(bytes32,bytes32,uint64,bytes32,uint64,bytes32)"),
  vouched: topicOf("Vouched(bytes32,address,address,bytes32)"),
  enrolled: topicOf("Enrolled(bytes32,address,address,uint8,bytes)"),
}

const CODE: RejectCode = "ANCHOR_PROOF_INVALID"

const wordAt = (data: Uint8Array, index: number): Uint8Array => data.subarray(32 * index, 32 * index + 32)
const numberAt = (data: Uint8Array, index: number): bigint => bytesToBigInt(wordAt(data, index))

function topicsOf(log: Log, event: keyof typeof TOPICS): readonly [Hex, Hex, Hex] {
  const [topic, first, second, third] = log.topics
  const isEvent = topic === TOPICS[event] && log.topics.length === 4
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
}

export function parseAnchored(log: Log): Anchored {
  const [ledger, device, run] = topicsOf(log, "anchored")
  const { data } = log
  check(data.length === 96, CODE, `the event has ${data.length} bytes of data`)
  return {
    ...{ ledger, device, run: BigInt(run) },
    root: toHex(wordAt(data, 0)),
    position: numberAt(data, 1),
    head: toHex(wordAt(data, 2)),
  }
}

export type Vouched = { readonly device: Hex; readonly voucher: Hex; readonly operator: Hex; readonly evidence: Hex }

export function parseVouched(log: Log): Vouched {
  const [device, voucher, operator] = topicsOf(log, "vouched")
  check(log.data.length === 32, CODE, `the event has ${log.data.length} bytes of data`)
  return { device, voucher: addressOf(voucher), operator: addressOf(operator), evidence: toHex(log.data) }
}

export type Enrolled = {
  readonly device: Hex
  readonly operator: Hex
  readonly voucher: Hex
  readonly scheme: bigint
  readonly key: Hex
}

export function parseEnrolled(log: Log): Enrolled {
  const [device, operator, voucher] = topicsOf(log, "enrolled")
  const { data } = log
  // abi.encode(uint8, bytes): scheme, offset 64, length, key padded to whole words.
  const length = Number(numberAt(data, 2))
  check(
    data.length === 96 + 32 * Math.ceil(length / 32) && numberAt(data, 1) === 64n,
    CODE,
    "the event's data is malformed",
  )
  const key = toHex(data.subarray(96, 96 + length))
  return { device, operator: addressOf(operator), voucher: addressOf(voucher), scheme: numberAt(data, 0), key }
}
