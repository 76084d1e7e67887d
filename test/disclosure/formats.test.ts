import assert from "node:assert/strict"
import { type Cell, type Filing, FormatError, writeAs } from "@wattest/disclosure"
import { skip } from "@wattest/testkit/skip"
import fc from "fast-check"
import { judge, missingJudge } from "./arelle.ts"
import { exampleFiling } from "./example.ts"

const withCell = (id: string, given: Partial<Cell>): Filing => ({
  ...exampleFiling,
  cells: exampleFiling.cells.map((cell) => (cell.id === id ? { ...cell, ...given } : cell)),
})

const TOTAL = "vsme:TotalGrossLocationBasedScope1AndScope2GHGEmissions"

/** Scope 1 and 2 with the total that the taxonomy itself adds up. */
const summed = (total: string): Filing => {
  const filing = withCell("B3-scope2", { bound: "exact", decimals: 1 })
  const [scope1, scope2] = ["B3-scope1", "B3-scope2"].map((id) => filing.cells.find((cell) => cell.id === id))
  assert.ok(scope1 !== undefined && scope2 !== undefined)
  const one: Cell = { ...scope1, value: "1.1", decimals: 1, state: "filled" }
  return { ...filing, cells: [one, scope2, { ...scope2, id: "B3-scope12", concept: TOTAL, value: total }] }
}

const HOSTILE = `=cmd|'/c calc'!A1<script>alert(1)</script>&"\u202Egnp.exe`
const hostile: Filing = {
  ...withCell("B3-electricity", { label: HOSTILE, notes: [HOSTILE], needs: [HOSTILE] }),
  entity: { ...exampleFiling.entity, name: HOSTILE },
}

describe("a filing before Arelle", function () {
  this.timeout(240_000)
  before(function () {
    const missing = missingJudge()
    if (missing !== null) skip(this, missing)
  })

  it("is valid as xBRL-JSON and as iXBRL, hostile names too, with the same facts", () => {
    const json = judge(writeAs("xbrl-json", hostile), "json")
    const page = judge(writeAs("ixbrl", hostile), "xhtml")
    assert.deepEqual(json.codes, [], json.log)
    assert.deepEqual(page.codes, [], page.log)
    assert.equal(json.facts.length, 3)
    assert.deepEqual(page.facts, json.facts)
  })

  it("is valid where the taxonomy's own sum holds", () => {
    const { codes, log } = judge(writeAs("xbrl-json", summed("162.0")), "json")
    assert.deepEqual(codes, [], log)
  })

  const wrongs: readonly (readonly [string, Filing, string])[] = [
    ["sum", summed("163.0"), "calc11e:inconsistentCalculationUsingRounding"],
    ["unit", withCell("B3-fuels", { unit: "utr:kg" }), "utre:error-NumericFactUtrInvalid"],
    ["name", withCell("B3-fuels", { concept: "vsme:NoSuchElement" }), "oime:unknownConcept"],
  ]
  for (const [what, filing, code] of wrongs)
    it(`is refused with a wrong ${what}: ${code}`, () => {
      const { codes, log } = judge(writeAs("xbrl-json", filing), "json")
      assert.ok(codes.includes(code), log)
    })
})

describe("formats of a filing", () => {
  it("file as facts no bound and nothing that is missing", () => {
    const json = writeAs("xbrl-json", exampleFiling)
    assert.doesNotMatch(json, /Scope/)
    assert.match(writeAs("xbrl-json", withCell("B3-scope2", { bound: "exact" })), /Scope2/)
  })

  it("show in iXBRL the numbers of the filing and of xBRL-JSON", () => {
    const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 0, max: 99 }))
    fc.assert(
      fc.property(decimal, ([whole, cents]) => {
        const value = `${whole}.${`${cents}`.padStart(2, "0")}`
        const filing = withCell("B3-fuels", { value })
        const page = writeAs("ixbrl", filing)
        const [, attributes = "", shown = ""] =
          /name="vsme:EnergyConsumptionFromFuels"([^>]*)>([^<]*)</.exec(page) ?? []
        assert.equal(`${attributes.includes('sign="-"') ? "-" : ""}${shown.replaceAll(",", "")}`, value)
        assert.ok(writeAs("xbrl-json", filing).includes(`"value": "${value}"`))
      }),
      { numRuns: 50 },
    )
  })

  it("run nothing of a hostile label and turn no text around", () => {
    for (const name of ["csv", "html", "ixbrl", "xbrl-json"] as const)
      assert.ok(!writeAs(name, hostile).includes("\u202E"), name)
    for (const name of ["html", "ixbrl"] as const) assert.doesNotMatch(writeAs(name, hostile), /<script/)
    assert.match(writeAs("csv", hostile), /,"'=cmd/)
    assert.doesNotMatch(writeAs("csv", hostile), /(^|,)"?[=+@]/m)
    assert.match(writeAs("csv", withCell("B3-fuels", { value: "-7.50" })), /,-7\.50,/)
  })

  it("show the way of each cell to its block, and its weak spots", () => {
    const page = writeAs("html", exampleFiling)
    for (const { id, sources } of exampleFiling.cells) {
      assert.ok(page.includes(`${id}:`), id)
      for (const { document, block } of sources) {
        assert.ok(page.includes(document))
        if (block !== null) assert.ok(page.includes(`chain ${block.chainId}, block ${block.number}`))
      }
    }
    for (const spot of [
      "an upper bound",
      "31104000000 ms of 31536000000 ms",
      "2 runs are shown by no document",
      "forged.json",
    ])
      assert.ok(page.includes(spot), spot)
  })

  it("refuse what they cannot say", () => {
    const nameless = { ...exampleFiling, entity: { ...exampleFiling.entity, lei: null } }
    assert.throws(() => writeAs("xbrl-json", nameless), FormatError)
    assert.throws(() => writeAs("boamps", exampleFiling), FormatError)
  })
})
