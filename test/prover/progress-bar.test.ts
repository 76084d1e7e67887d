import assert from "node:assert/strict"
import { createProgressBar } from "../../prover/src/cli/progress-bar.ts"

describe("the progress of proofs", () => {
  function shown(steps: readonly (readonly [done: number, atMs: number])[], isTTY: boolean, held = 0) {
    const written: string[] = []
    let nowMs = 5000
    const screen = { isTTY, write: (text: string) => written.push(text) }
    const bar = createProgressBar("proving", { held, screen, nowMs: () => nowMs })
    for (const [done, atMs] of steps) {
      nowMs = 5000 + atMs
      bar(done, 20)
    }
    return written
  }

  it("is a line for each tenth where nobody looks on, with the time left", () =>
    assert.deepEqual(
      shown(
        [
          [0, 0],
          [1, 1000],
          [2, 2000],
          [3, 3000],
          [20, 20_000],
        ],
        false,
      ),
      ["proving: 0 of 20\n", "proving: 2 of 20, 18 s left\n", "proving: 20 of 20\n"],
    ))

  it("is one line on a terminal, drawn over, which ends with the last proof", () => {
    const [first, half, last] = shown(
      [
        [0, 0],
        [10, 10_000],
        [20, 20_000],
      ],
      true,
    )
    assert.equal(first, `\r\x1b[Kproving [${"-".repeat(32)}] 0/20`)
    assert.equal(half, `\r\x1b[Kproving [${"#".repeat(16)}${"-".repeat(16)}] 10/20, 10 s left`)
    assert.equal(last, `\r\x1b[Kproving [${"#".repeat(32)}] 20/20\n`)
  })

  it("takes its pace from what was proved now, not from what was held", () =>
    assert.deepEqual(
      shown(
        [
          [10, 10],
          [12, 20_000],
        ],
        false,
        10,
      ),
      ["proving: 10 of 20\n", "proving: 12 of 20, 80 s left\n"],
    ))

  it("is whole where there is nothing to prove", () => {
    const written: string[] = []
    createProgressBar("proving", { screen: { write: (text) => written.push(text) } })(0, 0)
    assert.deepEqual(written, ["proving: 0 of 0\n"])
  })
})
