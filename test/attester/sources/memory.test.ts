import assert from "node:assert/strict"
import { Memory } from "../../../attester/src/sources/entrance/memory.ts"

describe("what a source has shown once", () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `series ${i}`)

  it("is missed where it is away, and not where it is here", () => {
    const memory = new Memory()
    memory.keep(["a", "b"])
    memory.keep(["b", "c"])
    assert.deepEqual(memory.missing(["c", "a", "d"]), ["b"])
    assert.deepEqual([memory.has("a"), memory.has("d")], [true, false])
  })

  it("is kept as far as there is room, which no page enlarges", () => {
    for (const [memory, most] of [
      [new Memory(2), 2],
      [new Memory(), 4096],
    ] as const) {
      memory.keep(names(most + 1))
      assert.deepEqual(memory.missing([]), names(most))
    }
  })

  it("is a MiB of names at the most, however long a page makes them, each counted once", () => {
    const whole = "n".repeat(2 ** 20)
    const memory = new Memory()
    memory.keep([`${whole}n`, whole, whole, "b"])
    assert.deepEqual(memory.missing([]), [whole])
    const room = new Memory()
    room.keep(["a", "a", whole.slice(1), "b"])
    assert.deepEqual(room.missing([]), ["a", whole.slice(1)])
  })
})
