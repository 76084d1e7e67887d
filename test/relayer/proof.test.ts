import assert from "node:assert/strict"
import { bloomHas, createTrie, RpcLie, readHeader, readReceipts, receiptKey } from "@wattest/chain"
import { decodeRlp, encodeRlp, type RlpItem, rlpNumber, toHex } from "@wattest/protocol"
import { accountOf } from "@wattest/testkit/local/accounts"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { deployRegistry } from "@wattest/testkit/relayer/registry"
import fc from "fast-check"
import { keccak256 } from "viem"

const text = (value: string) => new TextEncoder().encode(value)

/** A walk through proof nodes as the yellow paper's appendix D has it, apart from the code under test. */
function lookUp(root: string, key: Uint8Array, nodes: readonly Uint8Array[]): Uint8Array | null {
  const byHash = new Map(nodes.map((node) => [keccak256(node), node]))
  const resolve = (reference: RlpItem) =>
    reference instanceof Uint8Array ? decodeRlp(byHash.get(toHex(reference)) ?? Uint8Array.of(0x80)) : reference
  let nibbles = [...key].flatMap((byte) => [byte >> 4, byte & 15])
  let node = decodeRlp(byHash.get(root as `0x${string}`) ?? Uint8Array.of(0x80))
  for (;;) {
    if (node instanceof Uint8Array) return null
    if (node.length === 17) {
      const [next, ...rest] = nibbles
      if (next === undefined) return node[16] as Uint8Array
      nibbles = rest
      node = resolve(node[next] as RlpItem)
      continue
    }
    const prefix = [...(node[0] as Uint8Array)].flatMap((byte) => [byte >> 4, byte & 15])
    const path = prefix.slice((prefix[0] as number) % 2 === 1 ? 1 : 2)
    if (path.some((nibble, i) => nibble !== nibbles[i])) return null
    nibbles = nibbles.slice(path.length)
    if ((prefix[0] as number) >= 2) return nibbles.length === 0 ? (node[1] as Uint8Array) : null
    node = resolve(node[1] as RlpItem)
  }
}

describe("Merkle-Patricia trie", () => {
  it("has the roots of Ethereum's own test vectors", () => {
    const cases: readonly [readonly (readonly [string, string])[], string][] = [
      [[], "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"],
      [[["A", "a".repeat(50)]], "0xd23786fb4a010da3ce639d66d5e904a11dbc02746d1ce25029e53290cabf28ab"],
    ]
    for (const [entries, root] of cases) {
      const trie = createTrie(entries.map(([key, value]) => ({ key: text(key), value: text(value) })))
      assert.equal(toHex(trie.root), root)
    }
  })

  it("proves each receipt of blocks of any size, and no other value", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 300 }),
        (values) => {
          const trie = createTrie(values.map((value, i) => ({ key: receiptKey(i), value })))
          for (const i of [0, values.length - 1, values.length >> 1]) {
            const nodes = trie.prove(receiptKey(i))
            assert.deepEqual(lookUp(toHex(trie.root), receiptKey(i), nodes), values[i])
            const forged = nodes.map((node, at) =>
              at === nodes.length - 1
                ? Uint8Array.from(node, (byte, j) => (j === node.length - 1 ? byte ^ 1 : byte))
                : node,
            )
            assert.notDeepEqual(lookUp(toHex(trie.root), receiptKey(i), forged), values[i])
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it("numbers receipts as RLP does", () => {
    assert.deepEqual(
      [0, 1, 127, 128, 256].map((i) => toHex(receiptKey(i))),
      [0n, 1n, 127n, 128n, 256n].map((i) => toHex(encodeRlp(rlpNumber(i)))),
    )
    assert.equal(toHex(receiptKey(0)), "0x80")
  })
})

describe("headers and receipts of a real chain", () => {
  let anvil: Anvil
  let block: Record<string, unknown>
  let receipts: Record<string, unknown>[]

  before(async () => {
    anvil = await startAnvil()
    await deployRegistry(anvil)
    const [from, to] = [accountOf(5).address, accountOf(6).address]
    // One transaction of each type that anvil takes: legacy, access list, EIP-1559.
    for (const extra of [
      { gasPrice: "0x77359400" },
      { gasPrice: "0x77359400", accessList: [] },
      { maxFeePerGas: "0x77359400" },
    ])
      await anvil.rpc("eth_sendTransaction", { from, to, value: "0x1", ...extra })
    await anvil.rpc("anvil_mine", "0x1")
    block = (await anvil.rpc("eth_getBlockByNumber", "latest", false)) as Record<string, unknown>
    receipts = (await anvil.rpc("eth_getBlockReceipts", "latest")) as Record<string, unknown>[]
  })
  after(() => anvil.stop())

  it("hash to what the chain says", () => {
    assert.equal(receipts.length, 3)
    const header = readHeader(block)
    assert.equal(keccak256(header.rlp), block.hash)
    assert.equal(readReceipts(header, receipts).receipts.length, 3)
  })

  it("are refused with any field changed", () => {
    for (const field of ["parentHash", "stateRoot", "receiptsRoot", "logsBloom", "miner", "mixHash", "extraData"]) {
      const value = block[field] as string
      const changed = value === "0x" ? "0x01" : `${value.slice(0, -1)}${value.endsWith("0") ? "1" : "0"}`
      assert.throws(() => readHeader({ ...block, [field]: changed }), RpcLie, field)
    }
    for (const field of ["number", "gasUsed", "timestamp", "baseFeePerGas", "gasLimit"])
      assert.throws(
        () => readHeader({ ...block, [field]: `0x${(BigInt(block[field] as string) + 1n).toString(16)}` }),
        RpcLie,
        field,
      )
    const header = readHeader(block)
    assert.throws(() => readReceipts(header, receipts.slice(1)), RpcLie)
    assert.throws(() => readReceipts(header, receipts.toReversed()), RpcLie)
    assert.throws(
      () =>
        readReceipts(
          header,
          receipts.map((receipt) => ({ ...receipt, status: "0x0" })),
        ),
      RpcLie,
    )
    for (const nonsense of [null, [], "x", { hash: 1 }]) assert.throws(() => readHeader(nonsense), RpcLie)
  })

  it("have blooms that never deny what is there", () => {
    const logsBloom = new Uint8Array(256)
    assert.equal(bloomHas(logsBloom, text("anything")), false)
    assert.equal(bloomHas(new Uint8Array(256).fill(255), text("anything")), true)
  })
})
