import assert from "node:assert/strict"
import {
  captureRoot,
  createRunTree,
  inclusionProof,
  poseidon,
  Rejection,
  rootFromInclusionProof,
} from "@wattest/protocol"
import { LeanIMT } from "@zk-kit/lean-imt"

const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33]
const leavesOf = (count: number) => Array.from({ length: count }, (_, i) => poseidon([BigInt(i), 7n]))
const pair = (a: bigint, b: bigint) => poseidon([a, b])
const isNotIncluded = (error: unknown) => error instanceof Rejection && error.code === "CAPTURE_NOT_INCLUDED"

describe("the run tree", () => {
  for (const size of SIZES)
    it(`has zk-kit's root over ${size} leaves, streamed and at once`, () => {
      const leaves = leavesOf(size)
      const expected = new LeanIMT<bigint>(pair, leaves).root
      assert.equal(captureRoot(leaves), expected)
      const tree = createRunTree()
      for (const [i, leaf] of leaves.entries()) {
        tree.append(leaf)
        assert.equal(tree.root(), new LeanIMT<bigint>(pair, leaves.slice(0, i + 1)).root)
      }
      assert.equal(tree.size(), size)
    })

  it("proves every leaf at its place and nowhere else", () => {
    for (const size of SIZES) {
      const leaves = leavesOf(size)
      const root = captureRoot(leaves)
      for (const [index, leaf] of leaves.entries()) {
        const siblings = inclusionProof(leaves, index)
        assert.equal(rootFromInclusionProof(leaf, index, size, siblings), root)
        for (let other = 0; other < size; other++) {
          if (other === index) continue
          try {
            assert.notEqual(rootFromInclusionProof(leaf, other, size, siblings), root)
          } catch (error) {
            assert.ok(isNotIncluded(error), String(error))
          }
        }
      }
    }
  })

  it("refuses proofs that are too short, too long, or for a leaf beyond the end", () => {
    const leaves = leavesOf(5)
    const siblings = inclusionProof(leaves, 1)
    const leaf = leaves[1] as bigint
    assert.throws(() => rootFromInclusionProof(leaf, 1, 5, siblings.slice(1)), isNotIncluded)
    assert.throws(() => rootFromInclusionProof(leaf, 1, 5, [...siblings, 0n]), isNotIncluded)
    assert.throws(() => rootFromInclusionProof(leaf, 5, 5, siblings), isNotIncluded)
    assert.throws(() => rootFromInclusionProof(leaf, -1, 5, siblings), isNotIncluded)
    assert.throws(
      () => captureRoot([]),
      (error) => error instanceof Rejection && error.code === "CAPTURE_COUNT_MISMATCH",
    )
  })
})
