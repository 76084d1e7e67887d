import assert from "node:assert/strict"
import { encodeRlp, fromHex, type Hex, type RlpItem, rlpNumber, toHex } from "@wattest/protocol"
import { buildBlock } from "@wattest/testkit/conformance/chain"
import { parseHeader } from "../../verifier/src/chain/header.ts"
import { comesBefore } from "../../verifier/src/chain/place.ts"
import { logAt, parseReceipt } from "../../verifier/src/chain/receipt.ts"

const bytes = (length: number) => new Uint8Array(length).fill(7)
const REFUSED = { code: "ANCHOR_PROOF_INVALID" }

/** Parts of a receipt with one log, each of which another may stand for. */
type Parts = { [K in "status" | "gas" | "bloom" | "logs" | "log" | "address" | "topics" | "topic" | "data"]?: RlpItem }

function receiptOf(parts: Parts = {}, more: readonly RlpItem[] = [], moreOfLog: readonly RlpItem[] = []): Uint8Array {
  const { status = rlpNumber(1n), gas = rlpNumber(21_000n), bloom = bytes(256) } = parts
  const { topic = bytes(32), topics = [topic], address = bytes(20), data = bytes(5) } = parts
  const { log = [address, topics, data, ...moreOfLog], logs = [log] } = parts
  return encodeRlp([status, gas, bloom, logs, ...more])
}

const LOG = { address: toHex(bytes(20)), topics: [toHex(bytes(32))], data: bytes(5) }

describe("a receipt", () => {
  it("is read whole, of each type that has its four fields", () => {
    assert.deepEqual(parseReceipt(receiptOf()), [LOG])
    assert.deepEqual(parseReceipt(receiptOf({ logs: [] })), [])
    const typed = (type: number) => Uint8Array.of(type, ...receiptOf())
    for (const type of [1, 2, 3, 4, 0x7f]) assert.deepEqual(parseReceipt(typed(type)), [LOG])
    for (const type of [0, 5, 0x7e, 0x80, 0xbf]) assert.throws(() => parseReceipt(typed(type)), REFUSED, `${type}`)
    assert.throws(() => parseReceipt(new Uint8Array(0)), REFUSED)
  })

  const wrong: readonly (readonly [what: string, receipt: Uint8Array])[] = [
    ["of a failed transaction", receiptOf({ status: rlpNumber(0n) })],
    ["of another status", receiptOf({ status: rlpNumber(2n) })],
    ["with a field more", receiptOf({}, [bytes(1)])],
    ["with a field fewer", encodeRlp([rlpNumber(1n), bytes(256), [[bytes(20), [], bytes(5)]]])],
    ["with a shorter bloom filter", receiptOf({ bloom: bytes(255) })],
    ["with a longer bloom filter", receiptOf({ bloom: bytes(257) })],
    ["whose bloom filter is a list", receiptOf({ bloom: [] })],
    ["whose logs are bytes", receiptOf({ logs: bytes(3) })],
    ["whose log is bytes", receiptOf({ log: bytes(3) })],
    ["whose log has a field more", receiptOf({}, [], [bytes(1)])],
    ["whose log has a field fewer", receiptOf({ log: [bytes(20), []] })],
    ["whose log has a shorter address", receiptOf({ address: bytes(19) })],
    ["whose log has a longer address", receiptOf({ address: bytes(21) })],
    ["whose log has bytes for topics", receiptOf({ topics: bytes(32) })],
    ["whose log has a shorter topic", receiptOf({ topic: bytes(31) })],
    ["whose log has a longer topic", receiptOf({ topic: bytes(33) })],
    ["whose log has a list for data", receiptOf({ data: [] })],
  ]
  for (const [what, receipt] of wrong)
    it(`${what} is refused`, () => assert.throws(() => parseReceipt(receipt), REFUSED))

  it("gives its logs by their places, of the contract that is asked for", () => {
    const block = buildBlock({ number: 1n, timestamp: 1, receipts: [] })
    const proven = { header: parseHeader(block.header), logs: [LOG, { ...LOG, address: toHex(bytes(20).fill(8)) }] }
    assert.equal(logAt(proven, 0, LOG.address), LOG)
    assert.throws(() => logAt(proven, 1, LOG.address), REFUSED)
    assert.throws(() => logAt(proven, 2, LOG.address), REFUSED)
  })
})

describe("the place of a log", () => {
  const place = { blockNumber: 5n, transactionIndex: 5, logIndex: 5 }

  it("goes by block, then by transaction, then within the receipt", () => {
    assert.equal(comesBefore(place, place), false)
    const [early, late] = [4, 6].map((n) => ({ blockNumber: BigInt(n), transactionIndex: n, logIndex: n }))
    assert.ok(early && late)
    for (const [name, below] of [
      ["blockNumber", ["transactionIndex", "logIndex"]],
      ["transactionIndex", ["logIndex"]],
      ["logIndex", []],
    ] as const) {
      // What stands below says the opposite, and counts for nothing.
      const against = (other: typeof place) => Object.fromEntries(below.map((key) => [key, other[key]]))
      assert.equal(comesBefore({ ...place, ...against(late), [name]: early[name] }, place), true, name)
      assert.equal(comesBefore({ ...place, ...against(early), [name]: late[name] }, place), false, name)
    }
  })
})

describe("a block's time", () => {
  it("is below 2^40 seconds", () => {
    const at = (timestamp: number): Hex => buildBlock({ number: 1n, timestamp, receipts: [] }).header
    assert.equal(parseHeader(at(2 ** 40 - 1)).timestamp, 2 ** 40 - 1)
    for (const timestamp of [2 ** 40, 2 ** 40 + 1])
      assert.throws(() => parseHeader(at(timestamp)), { code: "FIELD_MALFORMED" })
    assert.equal(fromHex(parseHeader(at(1)).hash).length, 32)
  })
})
