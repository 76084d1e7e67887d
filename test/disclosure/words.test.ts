import assert from "node:assert/strict"
import { coverageLines, sayGrade, sayHours, unitText, weakSpots } from "../../disclosure/src/formats/words.ts"
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

describe("the words of a cell", () => {
  it("are its unit without the prefixes of XBRL, and none for a number that has none", () =>
    assert.deepEqual(["utr:MWh", "utr:tCO2e/iso4217:EUR", "xbrli:pure", "1", "", "L/kWh"].map(unitText), [
      "MWh",
      "tCO2e/EUR",
      "",
      "",
      "",
      "L/kWh",
    ]))

  it("are hours of metered time, cut off, so that what is short of all never reads as all", () => {
    const times = { meteredMs: "31535999999", expectedMs: "31536000000", blindMs: "1800000" }
    const coverage = { ...times, voids: "0", notShown: "1", behind: [] }
    const cell = { ...cellIn(pactFiling(), "pcf-excluding"), coverage }
    assert.deepEqual(coverageLines(cell), [
      "metered: 8759.9 h, 8760.0 h expected; blind 0.5 h; 0 runs void, 1 not shown",
    ])
    const spots = weakSpots(cell)
    for (const spot of ["8759.9 h of 8760.0 h are metered", "0.5 h without readings"]) assert.ok(spots.includes(spot))
    assert.deepEqual(coverageLines({ ...cell, coverage: null }), [])
    const behind = { ...cell, coverage: { ...coverage, behind: ["0x01"] as const } }
    assert.deepEqual(coverageLines(behind).slice(1), ["books that end before the period: 0x01"])
    assert.ok(weakSpots(behind).includes("books that do not reach the end of the period: of 1 device"))
  })

  it("are seconds of a time of a few minutes", () => {
    const words = ["0", "1200", "359999", "360000", "31104000000"].map(sayHours)
    assert.deepEqual(words, ["0.0 h", "1.2 s", "359.999 s", "0.1 h", "8640.0 h"])
  })

  it("say on whose word it rests", () => {
    const spots = (evidence: "proved" | "attested" | "declared") =>
      weakSpots({ ...cellIn(pactFiling(), "pcf-excluding"), evidence }).filter((spot) => spot.endsWith("word"))
    assert.deepEqual(spots("proved"), [])
    assert.deepEqual(spots("attested"), ["part of it rests on somebody else's word"])
    assert.deepEqual(spots("declared"), ["part of it rests on the entity's own word"])
  })
})
