import assert from "node:assert/strict"
import { sayGrade, weakSpots } from "../../disclosure/src/formats/words.ts"
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
