import assert from "node:assert/strict"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { encodeRlp, type Hex, type RlpItem, toHex } from "@wattest/protocol"
import { buildTrie } from "@wattest/testkit/conformance/trie"
import fc from "fast-check"
import { trieValue } from "../../verifier/src/chain/trie.ts"

const CODE = "STATE_PROOF_INVALID"
const REFUSED = { code: CODE }
const KEY = Uint8Array.of(0x12, 0x34)
const VALUE = Uint8Array.of(9)
const NONE = new Uint8Array(0)

/** Reads {@link KEY} through these nodes, the first of which is the root. */
function read(items: readonly RlpItem[], key = KEY): Uint8Array | null {
  const nodes: Hex[] = items.map((item) => toHex(encodeRlp(item)))
  const root = toHex(keccak_256(encodeRlp(items[0] ?? NONE)))
  return trieValue({ root, key, nodes, code: CODE })
}

const path = (...nibbles: readonly number[]) =>
  Uint8Array.from({ length: nibbles.length / 2 }, (_, i) => 16 * (nibbles[2 * i] ?? 0) + (nibbles[2 * i + 1] ?? 0))
const leaf = (...nibbles: readonly number[]): RlpItem => [path(...nibbles), VALUE]
const branch = (children: { readonly [nibble: number]: RlpItem }, value: RlpItem = NONE): RlpItem => [
  ...Array.from({ length: 16 }, (_, nibble) => children[nibble] ?? NONE),
  value,
]
/** Longer than the 31 bytes that may stand within a parent. */
const large = (item: readonly RlpItem[]): RlpItem => [item[0] ?? NONE, new Uint8Array(40).fill(9)]
const digestOf = (item: RlpItem) => keccak_256(encodeRlp(item))

describe("a trie proof", () => {
  it("ends in a leaf of the whole rest of the key", () => {
    assert.deepEqual(read([leaf(2, 0, 1, 2, 3, 4)]), VALUE)
    for (const other of [leaf(2, 0, 1, 2, 3, 5), leaf(2, 0, 1, 2), leaf(2, 0, 1, 2, 3, 4, 5, 6), leaf(3, 1, 2, 3)])
      assert.equal(read([other]), null)
  })

  it("reads branches and extensions by the next nibbles, in order", () => {
    const rest = leaf(3, 4)
    const inBranch = branch({ 3: rest })
    assert.deepEqual(read([[path(0, 0, 1, 2), inBranch]]), VALUE)
    assert.equal(read([[path(0, 0, 1, 3), inBranch]]), null)
    assert.equal(read([[path(0, 0, 1, 2), branch({ 4: rest })]]), null)
    assert.deepEqual(read([[path(1, 1), branch({ 2: [path(1, 3), branch({ 4: leaf(2, 0) })] })]]), VALUE)
    assert.deepEqual(read([[path(0, 0, 1, 2, 3, 4), branch({}, VALUE)]]), VALUE)
    assert.equal(read([[path(0, 0, 1, 2, 3, 4), branch({})]]), null)
  })

  it("says of an empty value that there is none", () => assert.equal(read([[path(2, 0, 1, 2, 3, 4), NONE]]), null))

  const malformed: readonly (readonly [what: string, root: RlpItem])[] = [
    ["of one item", [path(2, 0, 1, 2, 3, 4)]],
    ["of three items", [path(2, 0, 1, 2, 3, 4), VALUE, VALUE]],
    ["of sixteen items", Array.from({ length: 16 }, () => NONE)],
    ["of eighteen items", Array.from({ length: 18 }, () => NONE)],
    ["that is bytes", VALUE],
    ["whose path is a list", [[], VALUE]],
    ["whose path is empty", [NONE, VALUE]],
    ["whose path has a flag above 3", [path(4, 0, 1, 2, 3, 4), VALUE]],
    ["whose path is padded with another nibble than 0", [path(2, 1, 1, 2, 3, 4), VALUE]],
    ["whose leaf's value is a list", [path(2, 0, 1, 2, 3, 4), []]],
    ["whose reference is no digest", [path(0, 0, 1, 2), new Uint8Array(31)]],
    ["whose reference is longer than a digest", [path(0, 0, 1, 2), new Uint8Array(33)]],
    ["whose branch has a list for a value", [path(0, 0, 1, 2, 3, 4), branch({}, [])]],
  ]
  for (const [what, root] of malformed)
    it(`with a node ${what} is refused`, () => assert.throws(() => read([root]), REFUSED))

  it("holds each node by its digest, and none that its key does not need", () => {
    const below = large([path(2, 0, 3, 4)])
    const root: RlpItem = [path(0, 0, 1, 2), digestOf(below)]
    assert.deepEqual(read([root, below]), new Uint8Array(40).fill(9))
    assert.throws(() => read([root]), REFUSED)
    assert.throws(() => read([root, large([path(2, 0, 3, 5)])]), REFUSED)
    assert.throws(() => read([root, below, below]), REFUSED)
    const bytesBelow = encodeRlp(new Uint8Array(40))
    assert.throws(() => read([[path(0, 0, 1, 2), keccak_256(bytesBelow)], new Uint8Array(40)]), REFUSED)
  })

  it("of an empty trie has no nodes, and one of another trie has some", () => {
    const { root } = buildTrie([])
    assert.equal(trieValue({ root, key: KEY, nodes: [], code: CODE }), null)
    assert.throws(() => trieValue({ root, key: KEY, nodes: ["0x80"], code: CODE }), REFUSED)
    const other = toHex(digestOf(leaf(2, 0, 1, 2, 3, 4)))
    assert.throws(() => trieValue({ root: other, key: KEY, nodes: [], code: CODE }), REFUSED)
  })

  it("gives of any trie what was put in, under each key and no other", () => {
    const key = fc.uint8Array({ minLength: 2, maxLength: 2 })
    const value = fc.uint8Array({ minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(key, value), { maxLength: 40, selector: ([at]) => toHex(at) }),
        key,
        (all, other) => {
          const { root, prove } = buildTrie(all)
          if (all.length === 0) return
          const found = (at: Uint8Array) => trieValue({ root, key: at, nodes: prove(at), code: CODE })
          for (const [at, held] of all) assert.deepEqual(found(at), held)
          if (!all.some(([at]) => toHex(at) === toHex(other))) assert.equal(found(other), null)
        },
      ),
    )
  })
})
