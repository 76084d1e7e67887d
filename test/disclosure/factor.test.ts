import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { factorAt, parseFactors } from "../../disclosure/src/books/factor.ts"
import { profileAt } from "../../disclosure/src/cli/material.ts"
import { cellIn, energy, entry, filed, materialOf, ms, tableOf } from "./scene.ts"

describe("the factor of a time", () => {
  const days = ["2026-01-01", "2026-01-02", "2026-01-05"]
  const entries = days.map((day, i) => ({
    ...{ zone: "CH", method: "location", from: day, to: day, gramsPerKilowattHour: `${i}`, mix: null },
  }))
  // Whoever orders the table decides nothing.
  const table = tableOf([...entries].reverse())
  const at = (text: string, zone = "CH") =>
    factorAt(table, "location", zone, ms(text))?.gramsPerKilowattHour.top ?? null

  it("is that of the day in which it ends, midnight after included", () => {
    const found = [
      "2026-01-01T00:00:00.001Z",
      "2026-01-02",
      "2026-01-02T00:00:00.001Z",
      "2026-01-03",
      "2026-01-06",
    ].map((text) => at(text))
    assert.deepEqual(found, [0n, 0n, 1n, 1n, 2n])
  })

  it("is none before, between and after, in another zone, by another method, and in no table", () => {
    for (const text of ["2026-01-01", "2026-01-03T00:00:00.001Z", "2026-01-05", "2026-01-06T00:00:00.001Z"])
      assert.equal(at(text), null, text)
    assert.equal(at("2026-01-02", "DE"), null)
    assert.equal(factorAt(table, "residual", "CH", ms("2026-01-02")), null)
    assert.equal(factorAt(null, "location", "CH", ms("2026-01-02")), null)
  })
})

describe("a factor's numbers", () => {
  const read = (given: object) =>
    tableOf([{ ...{ zone: "CH", method: "residual", from: "2026-01-01", to: "2026-12-31" }, ...given }])
  const mix = (fossil: string, nuclear: string, renewable: string) => ({ fossil, nuclear, renewable })

  it("are at least 0, and what electricity is made of is all of it", () => {
    assert.equal(read({ gramsPerKilowattHour: "0", mix: mix("0.5", "0.25", "0.25") }).list.length, 1)
    for (const wrong of [
      { gramsPerKilowattHour: "-1", mix: null },
      { gramsPerKilowattHour: "1", mix: mix("0.5", "0.25", "0.24") },
      { gramsPerKilowattHour: "1", mix: mix("0.5", "0.25", "0.26") },
      { gramsPerKilowattHour: "1", mix: mix("-0.5", "1.25", "0.25") },
    ])
      assert.throws(() => read(wrong), { code: "FIELD_MALFORMED" })
  })
})

describe("a factor for more than a year", () => {
  const run = entry({ registers: energy(100n) })
  const notesBy = (from: string, to: string) =>
    cellIn(
      filed(
        "vsme-2025-07-30",
        materialOf([run], {
          factors: tableOf([{ from, to, zone: "CH", method: "location", gramsPerKilowattHour: "100", mix: null }]),
        }),
      ),
      "B3-scope2-location",
    ).notes.join()

  it("is said to be one, and one of a leap year is none", () => {
    assert.match(notesBy("2000-01-01", "2099-12-31"), /that of CH is one for 36525 days/)
    assert.doesNotMatch(notesBy("2026-01-01", "2027-01-01"), /is one for/)
    assert.match(notesBy("2026-01-01", "2027-01-02"), /that of CH is one for 367 days/)
  })
})

describe("the table of factors that the docs show", () => {
  const [, shown = ""] =
    /## A table of factors.*?```json\n(.*?)```/s.exec(readFileSync("docs/disclosure.md", "utf8")) ?? []
  const read = (text: string) => parseFactors(new TextEncoder().encode(text))

  it("is one, and is none with two factors for one time", () => {
    assert.equal(read(shown).list[0]?.zone, "DE")
    const { entries, ...table } = JSON.parse(shown)
    assert.throws(() => read(JSON.stringify({ ...table, entries: [...entries, ...entries] })), /two location factors/)
  })
})

describe("the profile that the docs show", () => {
  const [, shown = ""] = /## A profile.*?```json\n(.*?)```/s.exec(readFileSync("docs/disclosure.md", "utf8")) ?? []

  it("is one, however it is spelled, and is none with a field too few", () => {
    const folder = mkdtempSync(join(tmpdir(), "wattest-profile-"))
    const [whole, short] = [join(folder, "whole.json"), join(folder, "short.json")]
    writeFileSync(whole, shown)
    writeFileSync(short, shown.replace(/"upsPresent": true,\s*/, ""))
    assert.equal(profileAt(whole).sites[0]?.dataCentre?.refrigerants[0]?.name, "R-134a")
    assert.throws(() => profileAt(short), /missing: \$\.sites\[0\]\.dataCentre\.upsPresent/)
    rmSync(folder, { recursive: true })
  })
})
