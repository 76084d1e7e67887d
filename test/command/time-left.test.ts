import assert from "node:assert/strict"
import { timeLeft } from "@wattest/command"

describe("the time that work has left", () => {
  /** Of one piece of two, which took so long. */
  const after = (seconds: number) => timeLeft({ done: 1, all: 2, elapsedMs: 1000 * seconds })

  it("is what the rest takes at the pace so far", () => {
    assert.equal(timeLeft({ done: 2, all: 10, elapsedMs: 3000 }), "12 s left")
    assert.equal(timeLeft({ done: 8, all: 10, elapsedMs: 12_000 }), "3 s left")
  })

  it("is in the largest unit of which there are two, rounded up", () => {
    for (const [seconds, said] of [
      [0.2, "1 s left"],
      [119, "119 s left"],
      [120, "2 min left"],
      [121, "3 min left"],
      [7199, "120 min left"],
      [7200, "2 h left"],
      [7201, "3 h left"],
    ] as const)
      assert.equal(after(seconds), said)
  })

  it("is none before anything is done, nor at the end or beyond it", () => {
    for (const done of [0, 5, 6]) assert.equal(timeLeft({ done, all: 5, elapsedMs: 1000 }), null)
  })
})
