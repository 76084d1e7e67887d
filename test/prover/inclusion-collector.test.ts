import assert from "node:assert/strict"
import { captureRoot, inclusionProof, rootFromInclusionProof } from "@wattest/protocol"
import { createInclusionCollector } from "../../prover/src/archive/inclusion-collector.ts"

describe("inclusion proofs collected in one pass", () => {
  for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 65]) {
    it(`equal those made from all leaves, for ${count} captures`, () => {
      const leaves = Array.from({ length: count }, (_, at) => BigInt(at) * 7n + 1n)
      const chosen = leaves.map((_, at) => at)
      const collector = createInclusionCollector(count, chosen)
      for (const leaf of leaves) collector.append(leaf)
      const { root, siblings } = collector.finish()
      assert.equal(root, captureRoot(leaves))
      for (const at of chosen) {
        assert.deepEqual(siblings(at), inclusionProof(leaves, at))
        assert.equal(rootFromInclusionProof(leaves[at] as bigint, at, count, siblings(at)), root)
      }
    })
  }

  it("refuses fewer or more leaves than announced", () => {
    for (const count of [2, 4]) {
      const collector = createInclusionCollector(count, [0])
      for (const leaf of [1n, 2n, 3n]) collector.append(leaf)
      assert.throws(() => collector.finish(), { code: "CAPTURE_COUNT_MISMATCH" })
    }
  })
})
