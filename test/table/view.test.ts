import assert from "node:assert/strict"
import fc from "fast-check"
import { COLUMN_NAMES, csvOf, jsonOf } from "../../explorer/src/table/export.ts"
import { figureText, joulesText, rowOf, type TableRow } from "../../explorer/src/table/figures.ts"
import { frontOf } from "../../explorer/src/table/front.ts"
import { fragmentOf, ordered, wantedFrom } from "../../explorer/src/table/order.ts"
import { starsOf } from "../../explorer/src/table/stars.ts"
import { entryOf, rowsOf } from "./rows.ts"

const ids = (rows: readonly TableRow[]) => rows.map(({ id }) => id)

describe("the open table's numbers", () => {
  it("are energy through units, with the ends of their uncertainty", () => {
    const { perUnit, perAccepted } = rowOf("a", entryOf({ uncertaintyShare: "0.1" }))
    assert.deepEqual([perUnit, perAccepted], [{ value: 10, lo: 9, hi: 11, isExact: false }, null])
    assert.equal(rowOf("a", entryOf()).perUnit.isExact, true)
  })

  it("count the energy of what was thrown away", () => {
    const accepted = { unit: "answer", units: "20", share: "0.5", rule: "right" }
    assert.equal(rowOf("a", entryOf({ accepted })).perAccepted?.value, 100)
  })

  it("turn a quality round whose lower values are better", () => {
    const quality = { name: "loss", value: "0.9", better: "lower" } as const
    assert.equal(rowOf("a", entryOf({ quality })).goodness, -0.9)
  })

  it("are written with four digits and a unit", () => {
    assert.deepEqual([6.04263, 0.0642, 11_801_763, 999.96, 1000, 0.000_012].map(joulesText), [
      "6.043 J",
      "64.2 mJ",
      "11.8 MJ",
      "1000 J",
      "1 kJ",
      "12 µJ",
    ])
    assert.equal(figureText(rowOf("a", entryOf({ uncertaintyShare: "0.0116" })).perUnit), "10 J ± 1.2 %")
  })
})

describe("the stars of the AI Energy Score", () => {
  const rows = rowsOf([[1], [2], [3], [4], [100]])
  const starsBy = (rule: "sections" | "fifths", of = rows) => [...starsOf(of, rule).values()]

  it("differ by its two rules", () => {
    assert.deepEqual(starsBy("sections"), [5, 5, 5, 5, 1])
    assert.deepEqual(starsBy("fifths"), [5, 4, 3, 2, 1])
  })

  it("are the same for the same energy", () => {
    assert.deepEqual(starsBy("fifths", rowsOf([[1], [1], [1], [1], [1]])), [5, 5, 5, 5, 5])
    assert.deepEqual(starsBy("sections", rowsOf([[1], [1], [1]])), [5, 5, 5])
  })

  it("are among comparable rows alone, and not among too few", () => {
    const elsewhere = rowOf("gpu", entryOf({ boundary: "gpu" }))
    assert.equal(starsOf([...rows, elsewhere], "sections").has("gpu"), false)
    assert.equal(starsOf(rows.slice(0, 2), "sections").size, 0)
    assert.equal(starsOf(rows.slice(0, 4), "fifths").size, 0)
  })
})

describe("the front of quality against energy", () => {
  const front = (rows: TableRow[]) => [...frontOf(rows)]

  it("holds whoever no other beats", () => {
    assert.deepEqual(
      front(
        rowsOf([
          [1, 0, 50],
          [2, 0, 60],
          [3, 0, 55],
          [3, 0, 70],
        ]),
      ),
      ["row-0", "row-1", "row-3"],
    )
  })

  it("lets intervals that overlap decide nothing", () => {
    assert.deepEqual(
      front(
        rowsOf([
          [10, 0.2, 60],
          [11, 0.2, 50],
        ]),
      ),
      ["row-0", "row-1"],
    )
    assert.deepEqual(
      front(
        rowsOf([
          [10, 0.01, 60],
          [11, 0.01, 50],
        ]),
      ),
      ["row-0"],
    )
  })

  it("leaves out whoever takes more for the same, or is worse for as much", () => {
    assert.deepEqual(
      front(
        rowsOf([
          [1, 0, 50],
          [2, 0, 50],
        ]),
      ),
      ["row-0"],
    )
    assert.deepEqual(
      front(
        rowsOf([
          [1, 0, 50],
          [1, 0, 49],
        ]),
      ),
      ["row-0"],
    )
  })

  it("keeps two that are the same", () => {
    assert.deepEqual(
      front(
        rowsOf([
          [1, 0, 50],
          [1, 0, 50],
        ]),
      ),
      ["row-0", "row-1"],
    )
  })

  it("is what a sweep from the least energy finds", () => {
    const fact = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.constant(0), fc.integer({ min: 1, max: 6 }))
    fc.assert(
      fc.property(fc.array(fact, { minLength: 2, maxLength: 12 }), (facts) => {
        const found: string[] = []
        let best = 0
        for (const joules of [...new Set(facts.map(([taken]) => taken))].sort((a, b) => a - b)) {
          const here = facts.flatMap(([taken, , quality], i) => (taken === joules ? [{ quality, id: `row-${i}` }] : []))
          const most = Math.max(...here.map(({ quality }) => quality))
          if (most > best) found.push(...here.flatMap(({ quality, id }) => (quality === most ? [id] : [])))
          best = Math.max(best, most)
        }
        assert.deepEqual(front(rowsOf(facts)).toSorted(), found.toSorted())
      }),
    )
  })

  it("has nobody without a quality, and nobody alone", () => {
    assert.deepEqual(front(rowsOf([[1], [2, 0, 50]])), [])
  })
})

describe("what a reader wants to see", () => {
  const rows = [
    rowOf("a", entryOf({ model: "Zebra", energyJoules: "3000", date: "2025-01-01" })),
    rowOf("b", entryOf({ model: "ant", energyJoules: "1000", boundary: "gpu", confidence: "estimated" })),
    rowOf(
      "c",
      entryOf({ model: "Bee", energyJoules: "2000", accepted: { unit: "x", units: "1", share: "1", rule: "r" } }),
    ),
  ]
  const shown = (fragment: string) => ids(ordered(rows, wantedFrom(fragment), new Set(["c"])))

  for (const [fragment, expected] of [
    ["", ["b", "c", "a"]],
    ["sort=unit&down=1", ["b", "a", "c"]],
    ["sort=model", ["b", "c", "a"]],
    ["sort=model&down=1", ["a", "c", "b"]],
    ["sort=date", ["a", "b", "c"]],
    ["sort=confidence", ["a", "c", "b"]],
    ["sort=accepted&down=1", ["b", "c", "a"]],
    ["boundary=node", ["c", "a"]],
    ["confidence=estimated", ["b"]],
    ["text=ZEB", ["a"]],
    ["text=nothing", []],
    ["front=1", ["c"]],
    ["sort=colour&boundary=desk", ["b", "c", "a"]],
  ] as const)
    it(`shows ${expected.join(", ") || "nothing"} for "${fragment}"`, () => assert.deepEqual(shown(fragment), expected))

  it("stands in the address, and comes back from it", () => {
    for (const fragment of ["", "sort=model&text=a+b&down=1", "task=fine-tuning&boundary=rack&stars=fifths&front=1"])
      assert.equal(fragmentOf(wantedFrom(`#${fragment}`)), fragment)
  })

  it("is saved as CSV that no spreadsheet computes, and as JSON", () => {
    const row = rowOf("a", entryOf({ model: "=1+1", system: 'a "b", c', uncertaintyShare: "0.1" }))
    const [head, line] = csvOf([row]).split("\r\n")
    assert.equal(head, COLUMN_NAMES.join(","))
    assert.ok(line?.startsWith(`a,'=1+1,"a ""b"", c",`), line)
    const [item] = JSON.parse(jsonOf([row]))
    assert.deepEqual(
      [item.model, item.joulesPerUnit, item.joulesPerUnitLo, item.joulesPerAccepted],
      ["=1+1", 10, 9, null],
    )
  })
})
