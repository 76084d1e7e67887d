import assert from "node:assert/strict"
import { progressOf } from "../../registry/src/bulk/progress.ts"
import { inTurns } from "../../registry/src/bulk/stand.ts"

describe("the progress of a table of devices", () => {
  function told(all: number, steps: readonly (readonly [ms: number, done: number])[]): readonly string[] {
    const said: string[] = []
    let nowMs = 1000
    const progress = progressOf(
      "priced",
      all,
      (line) => said.push(line),
      () => nowMs,
    )
    for (const [ms, done] of steps) {
      nowMs = 1000 + ms
      progress(done)
    }
    return said
  }

  it("is said every five seconds, with the time that is left at this pace", () => {
    assert.deepEqual(
      told(100_000, [
        [4999, 400],
        [5000, 500],
        [9999, 900],
        [10_000, 2000],
        [900_000, 99_000],
      ]),
      [
        "500 of 100000 are priced; 17 min left",
        "2000 of 100000 are priced; 9 min left",
        "99000 of 100000 are priced; 10 s left",
      ],
    )
  })

  it("says nothing of what is soon over, nor before anything is done", () => {
    assert.deepEqual(
      told(10, [
        [100, 5],
        [200, 10],
      ]),
      [],
    )
    assert.deepEqual(told(10, [[6000, 0]]), [])
    assert.deepEqual(told(10, [[6000, 10]]), [])
  })

  it("is told after each handful, whose answers keep their order", async () => {
    const done: number[] = []
    let [atOnce, most] = [0, 0]
    const results = await inTurns(
      Array.from({ length: 70 }, (_, i) => i),
      (count) => done.push(count),
      async (i) => {
        most = Math.max(most, ++atOnce)
        await new Promise((resolve) => setTimeout(resolve, (70 - i) % 7))
        atOnce--
        return 2 * i
      },
    )
    assert.deepEqual(
      results,
      Array.from({ length: 70 }, (_, i) => 2 * i),
    )
    assert.deepEqual([done, most], [[32, 64, 70], 32])
  })
})
