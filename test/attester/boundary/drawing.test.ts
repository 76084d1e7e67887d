import assert from "node:assert/strict"
import { drawBoundary } from "../../../attester/src/boundary/drawing/draw.ts"
import { type Answers, knownOf, optionsOf, pdu, planned, power } from "./bench.ts"

const drawn = (config: object, answers: Answers) =>
  drawBoundary(planned(config, answers), knownOf(answers), optionsOf(config))

describe("the drawing of a boundary", () => {
  const feeds = { "feed-a": [power(1665)], "feed-b": [power(590)] }
  const sources = [pdu("feed-a"), pdu("feed-b", { ratingWatts: 7360 })]
  const rack = { boundary: "rack", sources, energy: { sum: ["feed-a", "feed-b"] } }

  it("is a tree of registers with what they are metered by, the last branch of each closed", () => {
    assert.deepEqual(drawn(rack, feeds), [
      "boundary rack",
      "└─ ten minutes of this: 1353000 J, U 15623 J (1.2 %), measured",
      "energy of the boundary: 2255.0 W, parts that add up, 2 of 2 metered",
      "├─ feed-a/power: 1665.0 W, measured, power every 1000 ms, no rating known",
      "└─ feed-b/power: 590.0 W, measured, power every 1000 ms, no rating known",
    ])
    assert.deepEqual(drawn(rack, { "feed-a": [power(1665)] }).slice(2), [
      "energy of the boundary: power not shown, parts that add up, 1 of 2 metered",
      "├─ feed-a/power: 1665.0 W, measured, power every 1000 ms, no rating known",
      "└─ feed-b/silent: NOTHING; blind and declared until it answers, power every 5000 ms, at most 7360 W",
      "MISSING: energy: feed-b gives nothing",
    ])
  })

  it("says that a meter of water is silent where one is named, and else nothing of water", () => {
    const lines = (water: object) => drawn({ ...rack, ...water }, feeds).filter((line) => line.includes("water"))
    assert.deepEqual([lines({}), lines({ water: "feed-a" })], [[], ["MISSING: water: a meter of it gives nothing"]])
  })
})
