import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Filing, writeAs } from "@wattest/disclosure"
import { cellOf } from "../../disclosure/src/cli/explain.ts"
import { departureOf } from "../../disclosure/src/formats/departure.ts"
import { FORMAT_NAMES, FORMATS, type FormatName } from "../../disclosure/src/formats/table.ts"
import { timeless } from "../../disclosure/src/formats/zip-time.ts"
import { companyDesk, type Desk, jobDesk } from "./job-scene.ts"

const MAIN = join(import.meta.dirname, "../../disclosure/src/main.ts")

/** Of each format a cell, by what the format calls it. */
const CALLED: readonly (readonly [FormatName, standard: string, name: string, id: string])[] = [
  ["xbrl-json", "vsme-2025-07-30", "f2-B3-electricity", "B3-electricity"],
  ["xbrl-json", "vsme-2025-07-30", "vsme:TotalEnergyConsumption", "B3-total"],
  ["ixbrl", "vsme-2025-07-30", "B3-electricity", "B3-electricity"],
  ["csv", "vsme-2025-07-30", "B3-scope2-location", "B3-scope2-location"],
  ["xlsx", "vsme-2025-07-30", "B6-withdrawn", "B6-withdrawn"],
  ["html", "vsme-2025-07-30", "B3-scope1", "B3-scope1"],
  ["form", "eu-2024-1364", "EDC", "EDC"],
  ["pact", "pact-3-category-1.1", "pcfExcludingBiogenicUptake", "pcf-excluding"],
  ["boamps", "boamps-1", "measures[0].powerConsumption", "power"],
  ["boamps", "boamps-1", "powerConsumption", "power"],
  ["codecarbon", "codecarbon-3", "energy_consumed", "energy"],
  ["gsf-if", "gsf-if-1.1", "tree.children.job.inputs[0].energy", "energy"],
]
const SUBJECTS: { readonly [standard: string]: readonly string[] } = {
  "eu-2024-1364": ["--site", "zurich"],
  "pact-3-category-1.1": ["--model", "example-chat"],
  "boamps-1": ["--job", "train-7"],
  "codecarbon-3": ["--job", "train-7"],
  "gsf-if-1.1": ["--job", "train-7"],
}

describe("a file in another format than its filing", function () {
  this.timeout(120_000)
  let company: Desk
  let job: Desk
  const filings = new Map<string, Filing>()
  before(async () => {
    company = await companyDesk()
    job = await jobDesk()
    for (const standard of new Set(CALLED.map(([, name]) => name))) {
      const subject = SUBJECTS[standard] ?? []
      const { folder, file } = subject[0] === "--job" ? job : company
      const { status, stderr } = file(standard, ...subject, "--out", "filing.json")
      assert.equal(status, 0, stderr)
      filings.set(standard, JSON.parse(readFileSync(join(folder, "filing.json"), "utf8")))
    }
  })
  after(() => {
    company.clear()
    job.clear()
  })

  const filingOf = (standard: string): Filing => {
    const filing = filings.get(standard)
    assert.ok(filing)
    return filing
  }

  it("is tried in every one", () =>
    assert.deepEqual([...new Set(CALLED.map(([format]) => format))].sort(), [...FORMAT_NAMES].sort()))

  for (const [format, standard, name, id] of CALLED)
    it(`leads from ${name} in ${format} to its documents, and only while it is as it was written`, async () => {
      const filing = filingOf(standard)
      const cell = cellOf(filing, name)
      assert.equal(cell.id, id)
      assert.ok(
        cell.sources.length > 0 && cell.sources.every(({ verdict, kind }) => verdict === "valid" || kind === "profile"),
      )
      const written = Buffer.from(await writeAs(format, filing))
      assert.equal(await departureOf(filing, written), "same")
      const at = written.length - 3
      written.writeUInt8(written.readUInt8(at) ^ 1, at)
      const departure = await departureOf(filing, written)
      assert.ok(departure !== null && departure !== "same")
      const lines = written.subarray(0, at).toString("latin1").split("\n").length
      assert.deepEqual(
        [departure.format, departure.place],
        [format, FORMATS[format].isText ? `line ${lines}` : `byte ${at}`],
      )
      assert.equal(await departureOf(filing, Buffer.alloc(0)), null)
      assert.equal(await departureOf(filing, Buffer.from("PDF")), null)
    })

  it("is that of one name, or the cells that have it are said", () => {
    const filing = filingOf("vsme-2025-07-30")
    assert.throws(() => cellOf(filing, "vsme:EnergyConsumptionFromElectricity"), {
      message: /is the name of 3 cells/,
      hint: "the cells are B3-electricity, B3-electricity/renewable, B3-electricity/non-renewable",
    })
    assert.throws(() => cellOf(filing, "electricity"), /there is no cell "electricity"/)
  })

  it("is explained by the command beside its filing, and not alone, changed, or beside another", () => {
    const { folder, file } = company
    const into = ["--format", "xlsx", "--into", "vsme.xlsx", "--out", "vsme.json"]
    assert.equal(file("vsme-2025-07-30", ...into).status, 0)
    const explain = (...words: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "explain", ...words], {
        ...{ cwd: folder, encoding: "utf8" },
      })
      return { status, said: stdout + stderr }
    }
    const good = explain("vsme.xlsx", "B3-electricity", "--filing", "vsme.json")
    assert.equal(good.status, 0, good.said)
    assert.match(good.said, /certificates\/hall\.json +certificate +proved +valid .* as judged/)
    const alone = explain("vsme.xlsx", "B3-electricity")
    assert.equal(alone.status, 2)
    assert.match(alone.said, /name the filing with --filing/)
    assert.equal(explain("vsme.xlsx", "B3-electricity", "--filing", "filing.json").status, 2)
    const workbook = readFileSync(join(folder, "vsme.xlsx"))
    workbook.writeUInt8(workbook.readUInt8(100) ^ 1, 100)
    writeFileSync(join(folder, "vsme.xlsx"), workbook)
    const changed = explain("vsme.xlsx", "B3-electricity", "--filing", "vsme.json")
    assert.equal(changed.status, 2)
    assert.match(
      changed.said,
      /vsme\.xlsx is not what vsme\.json writes as xlsx, from byte 100 on: one of them was changed/,
    )
  })
})

describe("the time of a workbook", () => {
  it("is the same whenever it is written, and what is no archive is refused", async () => {
    assert.throws(() => timeless(Buffer.alloc(21)), RangeError)
    assert.throws(() => timeless(Buffer.from("PK no archive, but long enough to be one")), RangeError)
  })
})
