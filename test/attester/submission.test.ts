import assert from "node:assert/strict"
import { handedOver } from "../../attester/src/run/submission.ts"

const MINUTE_MS = 60_000
/** Times within the minutes of these numbers. */
const inMinutes = (...minutes: readonly number[]) => minutes.map((minute, i) => minute * MINUTE_MS + 1 + i)

describe("runs are handed over", () => {
  it("when the minute in which they ended is over, to the millisecond", () => {
    const ends = inMinutes(5)
    assert.equal(handedOver(ends, 6 * MINUTE_MS - 1), 0)
    assert.equal(handedOver(ends, 6 * MINUTE_MS), 1)
  })

  it("at once where they ended with a minute", () => {
    assert.equal(handedOver([6 * MINUTE_MS], 6 * MINUTE_MS - 1), 0)
    assert.equal(handedOver([6 * MINUTE_MS], 6 * MINUTE_MS), 1)
  })

  it("all that ended in a minute together, and none of the one that runs", () => {
    assert.equal(handedOver(inMinutes(5, 5, 6, 6, 7), 7 * MINUTE_MS), 4)
    assert.equal(handedOver(inMinutes(5, 5, 6, 6, 7), 7 * MINUTE_MS - 1), 2)
  })

  it("128 at most, cut between two minutes", () => {
    const minutes = Array.from({ length: 200 }, (_, i) => Math.floor(i / 50))
    assert.equal(handedOver(inMinutes(...minutes), 10 * MINUTE_MS), 100)
    const exact = Array.from({ length: 200 }, (_, i) => Math.floor(i / 64))
    assert.equal(handedOver(inMinutes(...exact), 10 * MINUTE_MS), 128)
    assert.equal(handedOver(inMinutes(...exact.slice(0, 128)), 10 * MINUTE_MS), 128)
    assert.equal(handedOver(inMinutes(...exact.slice(0, 129)), 2 * MINUTE_MS), 128)
  })

  it("in parts where one minute has more than 128", () => {
    assert.equal(handedOver(inMinutes(...Array(300).fill(5)), 10 * MINUTE_MS), 128)
  })

  it("not at all where there is none", () => {
    assert.equal(handedOver([], 10 * MINUTE_MS), 0)
  })
})
