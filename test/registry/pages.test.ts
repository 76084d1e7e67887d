import assert from "node:assert/strict"
import { collect, PAGE, pages } from "../../registry/src/device-state.ts"

describe("the pages of a list that a contract answers", () => {
  it("are turned until all of it is read, and none beyond", async () => {
    for (const [count, offsets] of [
      [0n, []],
      [1n, [0n]],
      [PAGE, [0n]],
      [PAGE + 1n, [0n, PAGE]],
    ] as const) {
      const asked: bigint[] = []
      const all = await collect(
        pages(count, async (offset) => {
          asked.push(offset)
          return [offset]
        }),
      )
      assert.deepEqual([asked, all], [offsets, offsets])
    }
  })
})
