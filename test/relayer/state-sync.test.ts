import assert from "node:assert/strict"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { encodeReceipt, type Header, RpcLie, readHeader, readReceipts, receiptKey } from "@wattest/chain"
import { concatBytes, decodeRlp, encodeRlp, fromHex, type Hex, type RlpItem, rlpNumber, toHex } from "@wattest/protocol"
import { buildBlock, type TestReceipt } from "@wattest/testkit/conformance/chain"
import { accountOf, bytesOf } from "@wattest/testkit/conformance/keys"
import { buildTrie } from "@wattest/testkit/conformance/trie"
import { proveReceipt } from "../../verifier/src/chain/receipt.ts"

/** A header's fields, as nodes of Polygon name them. */
const FIELDS =
  "parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom difficulty number gasLimit gasUsed timestamp extraData mixHash nonce baseFeePerGas"
const QUANTITIES = /^(difficulty|number|gasLimit|gasUsed|timestamp|baseFeePerGas)$/
const STATE_SYNC_TYPE = 0x7f

const receipt = (type: number, name: string): TestReceipt => ({
  type,
  status: 1,
  logs: [{ address: accountOf("registry"), topics: [toHex(bytesOf(name))], data: "0x01" }],
})
const USERS = [receipt(2, "first"), receipt(0, "second")]

/** A header of London's form over these receipts, as its RLP says it. */
function headerOf(receipts: readonly TestReceipt[], receiptsRoot?: Hex): Header {
  const block = buildBlock({ number: 64n, timestamp: 1_700_000_000, receipts, fields: 16 })
  const items = decodeRlp(fromHex(block.header)) as RlpItem[]
  const changed = items.map((item, i) => (i === 5 && receiptsRoot ? fromHex(receiptsRoot) : item)) as Uint8Array[]
  const json = Object.fromEntries(
    FIELDS.split(" ").map((name, i) => {
      const hex = toHex(changed[i] as Uint8Array)
      return [name, QUANTITIES.test(name) ? `0x${BigInt(hex === "0x" ? 0 : hex).toString(16)}` : hex]
    }),
  )
  return readHeader({ ...json, hash: toHex(keccak_256(encodeRlp(changed))) })
}

/** A receipt as a node gives it. */
const json = ({ type, status, logs }: TestReceipt, index: number, transactionHash = toHex(bytesOf(`tx ${index}`))) => ({
  type: `0x${type.toString(16)}`,
  status: `0x${status}`,
  logs,
  transactionHash,
  transactionIndex: `0x${index.toString(16)}`,
  gasUsed: "0x0",
  cumulativeGasUsed: "0x5208",
  logsBloom: `0x${"00".repeat(256)}`,
})

const syncHashOf = ({ number, hash }: Header): Hex =>
  toHex(
    keccak_256(
      concatBytes(
        utf8ToBytes("matic-bor-receipt-"),
        fromHex(`0x${number.toString(16).padStart(16, "0")}`),
        fromHex(hash),
      ),
    ),
  )

describe("receipts of Polygon's state-sync transactions", () => {
  const given = USERS.map((user, i) => json(user, i))

  it("before PIP-74 are no part of the block, and are left out", () => {
    const header = headerOf(USERS)
    const { receipts } = readReceipts(header, [...given, json(receipt(0, "synced"), 2, syncHashOf(header))])
    assert.equal(receipts.length, 2)
  })

  it("are not left out under another hash, before the end, or instead of a receipt of the block", () => {
    const header = headerOf(USERS)
    const synced = json(receipt(0, "synced"), 2, syncHashOf(header))
    const elsewhere = { ...synced, transactionHash: syncHashOf(headerOf([])) }
    for (const false_ of [
      [...given, elsewhere],
      [synced, ...given],
      [given[0], synced],
      [...given, synced, synced],
    ])
      assert.throws(() => readReceipts(header, false_), RpcLie)
  })

  it("since PIP-74 are in the receipts root with their type, and prove", () => {
    const all = [...USERS, receipt(STATE_SYNC_TYPE, "synced")]
    const header = headerOf(all)
    const raw = all.map((item, i) => json(item, i))
    const { receipts, trie } = readReceipts(header, raw)
    assert.deepEqual(
      receipts.map(({ logs }) => logs.length),
      [1, 1, 1],
    )
    for (const index of [0, 2]) {
      const nodes = trie.prove(receiptKey(index)).map(toHex)
      const { logs } = proveReceipt({ header: toHex(header.rlp), index, nodes })
      assert.deepEqual(logs[0]?.topics, all[index]?.logs[0]?.topics)
    }
    const doubled = [...raw, json(receipt(0, "synced"), 3, syncHashOf(header))]
    assert.equal(readReceipts(header, doubled).receipts.length, 3, "a node that gives the old form too")
    assert.throws(() => readReceipts(header, raw.slice(0, 2)), RpcLie)
    assert.throws(() => readReceipts(header, [...raw.slice(0, 2), json(receipt(STATE_SYNC_TYPE, "forged"), 2)]), RpcLie)
  })

  it("count for nothing where the root holds no more of them than their type", () => {
    const values = [...given.map(encodeReceipt), Uint8Array.of(STATE_SYNC_TYPE)]
    const { root } = buildTrie(values.map((value, i) => [encodeRlp(rlpNumber(BigInt(i))), value]))
    const header = headerOf(USERS, root)
    const { receipts, trie } = readReceipts(header, [...given, json(receipt(STATE_SYNC_TYPE, "forged"), 2)])
    assert.equal(receipts.length, 2)
    const proof = (index: number) => ({
      header: toHex(header.rlp),
      index,
      nodes: trie.prove(receiptKey(index)).map(toHex),
    })
    assert.equal(proveReceipt(proof(1)).logs.length, 1)
    assert.throws(() => proveReceipt(proof(2)))
    assert.throws(() => readReceipts(header, [...given, json(receipt(5, "other"), 2)]), RpcLie)
  })
})
