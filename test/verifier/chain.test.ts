import assert from "node:assert/strict"
import { encodeRlp, fromHex, type Hex, Rejection, rlpNumber, toHex } from "@wattest/protocol"
import { buildBlock, type TestReceipt } from "@wattest/testkit/conformance/chain"
import { accountOf, bytesOf } from "@wattest/testkit/conformance/keys"
import { buildTrie } from "@wattest/testkit/conformance/trie"
import { parseHeader } from "../../verifier/src/chain/header.ts"
import { proveReceipt } from "../../verifier/src/chain/receipt.ts"
import { proveStorage } from "../../verifier/src/chain/state.ts"
import { trieValue } from "../../verifier/src/chain/trie.ts"

const refusedWith = (code: string) => (error: unknown) => error instanceof Rejection && error.code === code
const receipt = (type: number, data: Hex = "0x01"): TestReceipt => ({
  type,
  status: 1,
  logs: [{ address: accountOf("contract"), topics: [toHex(bytesOf("topic"))], data }],
})
const one = (fields: number) => buildBlock({ number: 7n, timestamp: 1_700_000_000, receipts: [receipt(2)], fields })

describe("block headers", () => {
  it("read the genesis block of Ethereum with its well-known hash", () => {
    const empty = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
    const zero = new Uint8Array(32)
    const header = encodeRlp([
      zero,
      fromHex("0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"),
      new Uint8Array(20),
      fromHex("0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544"),
      ...[fromHex(empty), fromHex(empty), new Uint8Array(256)],
      ...[0x400000000n, 0n, 5000n, 0n, 0n].map(rlpNumber),
      fromHex("0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa"),
      ...[zero, fromHex("0x0000000000000042")],
    ])
    const { hash, number } = parseHeader(toHex(header))
    assert.equal(hash, "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3")
    assert.equal(number, 0n)
  })

  it("read those of all hard forks up to Osaka, and no others", () => {
    for (const fields of [15, 16, 17, 20, 21]) assert.equal(parseHeader(one(fields).header).number, 7n)
    for (const fields of [14, 18, 19])
      assert.throws(() => parseHeader(one(fields).header), refusedWith("FIELD_MALFORMED"))
  })

  it("are of a time below 2^40 seconds, as the registry counts it", () => {
    const at = (timestamp: number) => parseHeader(buildBlock({ number: 7n, timestamp, receipts: [] }).header).timestamp
    assert.equal(at(2 ** 40 - 1), 2 ** 40 - 1)
    assert.throws(() => at(2 ** 40), refusedWith("FIELD_MALFORMED"))
  })

  it("refuse a field of the wrong width, and a byte too many", () => {
    const { header } = one(21)
    assert.throws(() => parseHeader(`${header}00`), refusedWith("FIELD_MALFORMED"))
    assert.throws(() => parseHeader("0x80"), refusedWith("FIELD_MALFORMED"))
    assert.throws(
      () => parseHeader(toHex(encodeRlp(Array(15).fill(new Uint8Array(32))))),
      refusedWith("FIELD_MALFORMED"),
    )
  })
})

describe("receipt proofs", () => {
  it("hold for legacy and typed transactions", () => {
    const types = [0, 1, 2, 3, 4, 0x7f]
    const block = buildBlock({ number: 1n, timestamp: 1, receipts: types.map((type) => receipt(type)) })
    for (const index of types.keys()) assert.equal(proveReceipt(block.proveReceipt(index)).logs.length, 1)
  })

  it("hold in blocks of any number of transactions, each at its own index only", () => {
    for (const count of [1, 2, 17, 129, 300]) {
      const receipts = Array.from({ length: count }, (_, i) => receipt(2, toHex(rlpNumber(BigInt(i) + 1n))))
      const block = buildBlock({ number: 1n, timestamp: 1, receipts })
      for (const index of [0, count >> 1, count - 1]) {
        const proof = block.proveReceipt(index)
        assert.deepEqual(proveReceipt(proof).logs[0]?.data, rlpNumber(BigInt(index) + 1n))
        assert.throws(() => proveReceipt({ ...proof, index: index + 1 }), refusedWith("ANCHOR_PROOF_INVALID"))
      }
    }
  })

  it("refuse failed transactions, unknown types, and proofs with a node changed, missing or added", () => {
    const failed = buildBlock({ number: 1n, timestamp: 1, receipts: [{ ...receipt(2), status: 0 }] })
    const unknown = buildBlock({ number: 1n, timestamp: 1, receipts: [receipt(5)] })
    for (const block of [failed, unknown])
      assert.throws(() => proveReceipt(block.proveReceipt(0)), refusedWith("ANCHOR_PROOF_INVALID"))
    const block = buildBlock({ number: 1n, timestamp: 1, receipts: Array(20).fill(receipt(2)) })
    const proof = block.proveReceipt(3)
    const [first = "0x", ...rest] = proof.nodes
    const flipped = `0x${first.slice(2, -1)}${first.endsWith("0") ? "1" : "0"}` as Hex
    for (const nodes of [[flipped, ...rest], rest, proof.nodes.slice(0, -1), [...proof.nodes, first]])
      assert.throws(() => proveReceipt({ ...proof, nodes }), refusedWith("ANCHOR_PROOF_INVALID"))
  })
})

describe("trie and storage proofs", () => {
  const slots = new Map(
    Array.from({ length: 50 }, (_, i): [Hex, bigint] => [toHex(bytesOf(`slot ${i}`)), BigInt(i + 1)]),
  )
  const contract = accountOf("registry")
  const block = buildBlock({
    number: 3n,
    timestamp: 1,
    receipts: [],
    state: { [contract]: slots, [accountOf("other")]: slots },
  })

  it("give each value, and zero where the trie shows that there is none", () => {
    for (const [slot, value] of slots)
      assert.equal(proveStorage(block.proveStorage(contract, [slot]), contract).slots.get(slot), value)
    const absent = toHex(bytesOf("no such slot"))
    assert.equal(proveStorage(block.proveStorage(contract, [absent]), contract).slots.get(absent), 0n)
  })

  it("give the digest of the contract's code, which is not that of its storage", () => {
    const code = toHex(bytesOf("code"))
    const built = { number: 3n, timestamp: 1, receipts: [], state: { [contract]: slots }, codes: { [contract]: code } }
    assert.equal(proveStorage(buildBlock(built).proveStorage(contract, []), contract).codeHash, code)
  })

  it("refuse another contract, another slot and a changed node", () => {
    const [slot = "0x", other = "0x"] = [...slots.keys()]
    const proof = block.proveStorage(contract, [slot])
    assert.throws(() => proveStorage(proof, accountOf("nobody")), refusedWith("STATE_PROOF_INVALID"))
    const nodes = proof.slots[0]?.nodes ?? []
    assert.throws(
      () => proveStorage({ ...proof, slots: [{ key: other, nodes }] }, contract),
      refusedWith("STATE_PROOF_INVALID"),
    )
    assert.throws(
      () => proveStorage({ ...proof, slots: [{ key: slot, nodes: nodes.slice(1) }] }, contract),
      refusedWith("STATE_PROOF_INVALID"),
    )
    assert.throws(() => proveStorage({ ...proof, header: "0xc0" }, contract), refusedWith("STATE_PROOF_INVALID"))
  })

  it("know an empty trie, and small nodes that stand within their parents", () => {
    const code = "STATE_PROOF_INVALID" as const
    const key = Uint8Array.of(0x12)
    assert.equal(trieValue({ root: buildTrie([]).root, key, nodes: [], code }), null)
    const entries = [0x12, 0x13, 0x55].map((byte): [Uint8Array, Uint8Array] => [
      Uint8Array.of(byte),
      Uint8Array.of(byte),
    ])
    const trie = buildTrie(entries)
    for (const [at, value] of entries)
      assert.deepEqual(trieValue({ root: trie.root, key: at, nodes: trie.prove(at), code }), value)
    const absent = Uint8Array.of(0x14)
    assert.equal(trieValue({ root: trie.root, key: absent, nodes: trie.prove(absent), code }), null)
  })
})
