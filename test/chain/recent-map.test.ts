import assert from "node:assert/strict"
import { RecentMap } from "@wattest/chain"

describe("a cache of what was used last", () => {
  it("holds so many and no more, and forgets what was neither read nor written for longest", () => {
    const cache = new RecentMap<string, number>(3)
    const held = () => ["a", "b", "c", "d", "e"].filter((key) => cache.get(key) !== undefined)
    for (const [i, key] of ["a", "b", "c"].entries()) cache.set(key, i)
    assert.deepEqual(held(), ["a", "b", "c"])
    cache.get("a")
    cache.set("d", 3)
    assert.deepEqual(held(), ["a", "c", "d"], "b rested longest")
    cache.set("a", 4)
    assert.deepEqual(held(), ["a", "c", "d"], "what is there takes no more room")
    cache.set("a", 5)
    cache.set("e", 6)
    assert.deepEqual([held(), cache.get("a")], [["a", "d", "e"], 5], "c rested longest")
  })

  it("forgets what it is told to, and then has room", () => {
    const cache = new RecentMap<string, number>(2)
    cache.set("a", 1)
    cache.set("b", 2)
    cache.delete("a")
    cache.set("c", 3)
    assert.deepEqual([cache.get("a"), cache.get("b"), cache.get("c")], [undefined, 2, 3])
  })
})
