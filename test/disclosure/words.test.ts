import assert from "node:assert/strict"
import { sayGrade, sayHours, unitWord, weakSpots } from "../../disclosure/src/formats/words.ts"
import { footprintOf } from "../../disclosure/src/pact/footprint.ts"
import { pactFiling } from "./pact-scene.ts"
import { cellIn } from "./scene.ts"

describe("the words of a grade", () => {
  for (const [share, says] of [
    ["1", "100 % estimated"],
    ["0.5", "50 % estimated"],
    ["0.125", "12.5 % estimated"],
    ["0.000001", "0.0001 % estimated"],
    ["0", "0 % estimated"],
    ["some", "some estimated"],
  ] as const)
    it(`are ${says} for a share of ${share}`, () => assert.equal(sayGrade({ grade: "estimated", share }), says))

  it("stand in a footprint's comment, of its emissions", () =>
    assert.match(footprintOf(pactFiling()).comment, / Of the emissions 100 % estimated\. Judged under/))

  it("are a weak spot unless it is measured", () => {
    const cell = cellIn(pactFiling(), "pcf-excluding")
    const spots = (grade: "measured" | "estimated") => weakSpots({ ...cell, grades: [{ grade, share: "0.25" }] })
    assert.deepEqual(
      spots("estimated").filter((spot) => !spots("measured").includes(spot)),
      ["of it 25 % estimated"],
    )
  })
})

describe("the words of units and times", () => {
  it("are without the prefix of a registry, and none of shares and counts", () => {
    const words = ["utr:MWh", "utr:MWh/iso4217:EUR", "L/kWh", "1", "xbrli:pure", ""].map(unitWord)
    assert.deepEqual(words, ["MWh", "MWh/EUR", "L/kWh", "", "", ""])
  })

  it("are hours, and seconds of a few minutes", () => {
    const words = ["0", "1200", "359999", "360000", "31104000000"].map(sayHours)
    assert.deepEqual(words, ["0.0 h", "1.2 s", "359.999 s", "0.1 h", "8640.0 h"])
  })
})
