import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseStandard, readStandard, type Standard, standardIds, writeAs } from "@wattest/disclosure"
import { energy, entry, filed, materialOf, profileOf } from "./scene.ts"

type Line = Standard["lines"][number]

const base = readStandard("esrs-set1-2023-12-22")
const [, , coal] = base.lines
assert.ok(coal?.id === "E1-5_10")
const parsed = (mapping: object) => parseStandard(new TextEncoder().encode(JSON.stringify(mapping)))
const withLine = (change: object) => ({
  ...base,
  lines: base.lines.map((line) => (line === coal ? { ...line, ...change } : line)),
})
const more = (change: Partial<Line>) => ({ ...base, lines: [...base.lines, { ...coal, id: "E1-5_99", ...change }] })
/** The line of energy for revenue, as numbers are written in it. */
const perMoney = (known: string) => ({
  ...base,
  lines: base.lines.map((line) => (line.in === "MWh/currency" ? { ...line, in: known } : line)),
})
const part = (line: string) => ({
  ...base,
  sums: base.sums.map((sum, i) => (i === 0 ? { ...sum, parts: [...sum.parts, { line, weight: 1 }] } : sum)),
})

describe("a mapping of one's own", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-mapping-"))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const written = (mapping: object) => {
    const path = join(folder, "own.json")
    writeFileSync(path, JSON.stringify(mapping))
    return path
  }

  it("is a new year's standard: a new cell and another unit, and no line of a program", () => {
    const it = {
      concept: "esrs:New",
      figure: "electricity",
      unit: "utr:GWh",
      in: "GWh",
      rounding: { decimals: 3 },
    }
    const path = written({ ...more(it), id: "esrs-2027", version: "2027" })
    const material = materialOf([entry({ registers: energy(2_500_000n) })])
    const { cells, standard } = filed(path, material)
    assert.equal(standard.version, "2027")
    assert.deepEqual([cells.at(-1)?.value, cells.at(-1)?.unit], ["2500.000", "utr:GWh"])
  })

  it("is written as XBRL by its taxonomy, whatever it is called, and as none without one", async () => {
    const { entity } = profileOf()
    const profile = profileOf({ entity: { ...entity, lei: "5299000J2N45DDNE4Y28" } })
    const own = (change: object) =>
      filed(written({ ...base, id: "ours-2027", ...change }), materialOf([entry()], { profile }))
    for (const format of ["xbrl-json", "ixbrl"] as const) {
      assert.match(`${await writeAs(format, own({}))}`, /esrs:/)
      await assert.rejects(writeAs(format, own({ taxonomy: [] })), /ours-2027 has no XBRL taxonomy/)
    }
  })

  for (const [what, mapping, says] of [
    [
      "a figure that is a typing error",
      withLine({ figure: "fuel.cole" }),
      /\$\.lines\[2\]\.figure: .*did you mean fuel\.coal\?/,
    ],
    ["a figure that is none", withLine({ figure: "weather" }), /there is no figure weather: docs/],
    ["a unit of another kind", withLine({ in: "m3" }), /\$\.lines\[2\]\.in: .*known in mJ, J, kWh, MWh, GWh, GJ/],
    ["a number that is called by another unit", withLine({ unit: "utr:kWh" }), /\$\.lines\[2\]\.unit: a number in MWh/],
    [
      "a share in percent that is called pure",
      more({ figure: "share.fossil", unit: "xbrli:pure", in: "%" }),
      /unit: a number in %/,
    ],
    ["two ways of rounding", withLine({ rounding: { decimals: 2, significant: 2 } }), /\$\.lines\[2\]\.rounding/],
    ["a text with a unit", withLine({ figure: "own-words" }), /\$\.lines\[2\]: own-words is a text/],
    ["a cell twice", more({ id: coal.id, concept: "esrs:Other" }), /lines\[\d+\]\.id: E1-5_10 is the id of lines\[2\]/],
    ["a fact twice", more({}), /E1-5_99 states the same fact as E1-5_10/],
    ["a concept of no namespace", withLine({ concept: "ersr:Coal" }), /\$\.lines\[2\]: ersr:Coal .*esrs, country/],
    ["a concept that is no name", withLine({ concept: "esrs:a b" }), /\$\.lines\[2\]: esrs:a b/],
    ["a member of no namespace", more({ dimensions: { "esrs:Axis": "other:Member" } }), /other:Member/],
    ["a unit of no namespace", withLine({ unit: "utt:MWh" }), /\$\.lines\[2\]\.unit: utt/],
    ["an end before its beginning", { ...base, validTo: "2023-12-31" }, /\$\.validTo: 2023-12-31 is before validFrom/],
    ["a sum over no line", part("E1-5_98"), /\$\.sums\[0\]\.parts\[3\]\.line: there is no line E1-5_98/],
    ["a sum over a text", part("E1-5_20"), /parts\[3\]\.line: E1-5_20 is a text/],
    ["a sum over another unit", part("E1-6_07"), /E1-6_07 is in utr:tCO2e, its total E1-5_01 in utr:MWh/],
    ["a part twice", part("E1-5_02"), /E1-5_02 stands twice/],
    ["a total within itself", part("E1-5_01"), /E1-5_01 stands twice/],
    [
      "a total within a part of itself",
      { ...base, sums: [...base.sums, { total: "E1-5_02", parts: [{ line: "E1-5_01", weight: 1 }] }] },
      /\$\.sums\[0\]: E1-5_01 is part of a part of itself/,
    ],
  ] as const)
    it(`is refused with ${what}, and where`, () =>
      assert.throws(
        () => parsed(mapping),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, "FIELD_MALFORMED")
          assert.match(error.message, says)
          return true
        },
      ))

  for (const [what, mapping, says] of [
    ["a quotient that is called by another unit", perMoney("mJ/currency"), /unit: a number in mJ\/currency/],
    ["a unit that begins with another one", withLine({ unit: "utr:kWh/xbrli:thing" }), /unit: a number in MWh/],
    [
      "a part of 1 that is called a percentage",
      more({ figure: "share.fossil", unit: "percent", in: "1" }),
      /number in 1/,
    ],
    ["a text in a unit", withLine({ figure: "own-words", unit: "", rounding: undefined }), /own-words is a text/],
    ["a prefix that is none", { ...base, namespaces: { ...base.namespaces, "a b": "x" } }, /"a b" is no prefix of XML/],
  ] as const)
    it(`is refused with ${what}`, () => assert.throws(() => parsed(mapping), says))

  it("may hold for one day, be called by a unit of its standard's, and have ids that only begin alike", () => {
    assert.ok(parsed({ ...base, validTo: base.validFrom }))
    assert.ok(parsed(perMoney("MWh/currency")))
    const lines = base.lines.map((line) => {
      if (line.each !== undefined) return { ...line, id: `${line.id}/z` }
      return line.id === "E1-6_09" ? { ...line, id: "E1-6_03/CH/y" } : line
    })
    assert.ok(parsed({ ...base, lines, sums: [] }))
  })

  it("says of a filing whether its days are those for which it holds", () => {
    const isOutside = (validFrom: string, validTo: string | null) =>
      filed(written({ ...base, id: "own", validFrom, validTo }), materialOf([])).notes.some((note) =>
        note.includes("not within the time for which this version holds"),
      )
    assert.deepEqual([isOutside("2026-01-01", "2026-12-31"), isOutside("2026-01-01", null)], [false, false])
    assert.deepEqual([isOutside("2026-01-02", null), isOutside("2026-01-01", "2026-12-30")], [true, true])
  })

  it("may state one concept for different members, and the same field twice where it is no XBRL", () => {
    assert.ok(parsed(more({ dimensions: { "esrs:Axis": "country:CH" } })))
    assert.ok(parsed({ ...more({ concept: coal.concept }), taxonomy: [] }))
  })

  it("takes no name of another mapping, and each of the program's is called as its file", () => {
    assert.throws(() => readStandard(written(base)), /\$\.id: esrs-set1-2023-12-22 is the name of another mapping/)
    for (const id of standardIds()) assert.equal(readStandard(id).id, id)
  })
})
