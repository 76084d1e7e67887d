import assert from "node:assert/strict"
import { bigIntToBytes, createRunTree, toHex } from "@wattest/protocol"
import { createLeafTree } from "../../attester/src/run/leaf-tree.ts"

describe("the tree of a run's journalled leaves", () => {
  it("has the root and the size of one that takes them one by one, within a batch of 1,024 and beyond", () => {
    for (const count of [1, 3, 1024, 1027]) {
      const [tree, plain] = [createLeafTree(), createRunTree()]
      for (let i = 0; i < count; i++) {
        const leaf = BigInt(i + 1) ** 24n
        tree.append(toHex(bigIntToBytes(leaf, 32)))
        plain.append(leaf)
        assert.equal(tree.size(), i + 1)
      }
      assert.equal(tree.root(), plain.root(), `${count} leaves`)
    }
  })
})
