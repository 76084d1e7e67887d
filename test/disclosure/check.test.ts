import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Filing } from "@wattest/disclosure"
import { differencesOf, isWordsAlone } from "../../disclosure/src/standard/difference.ts"
import { exampleFiling } from "./example.ts"
import { companyDesk, type Desk } from "./job-scene.ts"

const MAIN = join(import.meta.dirname, "../../disclosure/src/main.ts")
const STANDARD = join(import.meta.dirname, "../../disclosure/standards/vsme-2025-07-30.json")

describe("a filing that is made again of its documents", function () {
  this.timeout(120_000)
  let desk: Desk
  const at = (name: string) => join(desk.folder, name)
  const read = (name: string) => readFileSync(at(name), "utf8")
  before(async () => {
    desk = await companyDesk()
    writeFileSync(at("mapping.json"), readFileSync(STANDARD, "utf8").replace('"vsme-2025-07-30"', '"own"'))
    for (const [standard, out] of [
      ["vsme-2025-07-30", ["--out", "vsme.json", "--format", "csv", "--into", "vsme.csv"]],
      ["mapping.json", ["--out", "own.json"]],
    ] as const)
      assert.equal(desk.file(standard, ...out).status, 0)
  })
  after(() => desk.clear())

  const check = (name: string, ...options: readonly string[]) => checkUnder("policy.json", name, ...options)
  function checkUnder(policy: string, name: string, ...options: readonly string[]) {
    const believed = ["--policy", policy, "--profile", "profile.json", "--factors", "factors.json"]
    const words = [MAIN, "check", name, "certificates", ...believed, ...options]
    return spawnSync(process.execPath, words, { cwd: desk.folder, encoding: "utf8" })
  }

  it("is the same where nobody edited it, also in another format", () => {
    const { status, stdout, stderr } = check("vsme.csv", "--filing", "vsme.json", "--json")
    assert.deepEqual([status, stdout], [0, '{"same":true,"wordsAlone":false,"differences":[]}\n'], stderr)
  })

  it("is another one where somebody did, and each edit is said", () => {
    const edited = read("vsme.json").replace('"4380.00"', '"4180.00"').replace('"certificates/hall.json"', '"a.json"')
    writeFileSync(at("edited.json"), edited)
    const { status, stdout } = check("edited.json")
    assert.equal(status, 1)
    assert.equal(
      stdout,
      "B3-electricity, value: the filing states 4180.00, what was handed in makes it 4380.00\n20 cells of vsme-2025-07-30: 1 difference\n",
    )
  })

  it("is another one where what was written of it was edited, and a file in no format of it is none", () => {
    const row = /^B3-electricity,.*$/m.exec(read("vsme.csv"))?.[0] ?? ""
    writeFileSync(at("edited.csv"), read("vsme.csv").replace(row, row.replace("4380.00", "4180.00")))
    const { status, stdout, stderr } = check("edited.csv", "--filing", "vsme.json")
    assert.equal(status, 1, stderr)
    assert.match(stdout, /^csv, line 3: the filing states .*,4180\.00,.* makes it .*,4380\.00,/)
    writeFileSync(at("other.csv"), "a,b\n")
    assert.equal(check("other.csv", "--filing", "vsme.json").status, 2)
  })

  it("is undetermined where another version worded it otherwise, and another one where a number is edited too", () => {
    const reworded = read("vsme.json").replace('"program": "', '"program": "9.').replace("its own word", "what it says")
    const edits = [reworded, reworded.replace('"4380.00"', '"4180.00"')]
    const statuses = edits.map((text) => {
      writeFileSync(at("reworded.json"), text)
      return check("reworded.json").status
    })
    assert.deepEqual(statuses, [3, 1])
  })

  it("names no file of its own: a mapping that is not the program's is the reader's to give", () => {
    writeFileSync(at("path.json"), read("own.json").replace('"own"', '"mapping.json"'))
    for (const name of ["own.json", "path.json"]) {
      const { status, stderr } = check(name)
      assert.deepEqual([status, /hint: name the mapping.*--standard FILE\.json/.test(stderr)], [2, true], stderr)
    }
    assert.equal(check("own.json", "--standard", "mapping.json").status, 0)
  })

  it("is undetermined where a document of it cannot be judged now", () => {
    const policy = JSON.parse(read("policy.json"))
    const unsure = { ...policy, chains: [{ ...policy.chains[0], trustedBlocks: [] }] }
    writeFileSync(at("unsure.json"), JSON.stringify(unsure))
    const { status, stdout, stderr } = checkUnder("unsure.json", "vsme.json", "--offline")
    assert.equal(status, 3, stderr)
    assert.match(stdout, /^refused: the filing states \[\], what was handed in makes it \["undetermined /m)
  })
})

describe("two filings", () => {
  const [cell, ...others] = exampleFiling.cells
  assert.ok(cell)
  const [source] = cell.sources
  assert.ok(source)
  const withCell = (given: object): Filing => ({ ...exampleFiling, cells: [{ ...cell, ...given }, ...others] })
  const elsewhere = { ...source, document: "other/place.json" }

  it("are the same whatever program wrote them, and wherever their documents lie", () => {
    const moved = { ...withCell({ sources: [elsewhere, ...cell.sources.slice(1)] }), program: "9" }
    assert.deepEqual(differencesOf(moved, exampleFiling), [])
  })

  it("differ by words alone where another version wrote as many sentences, and no field else", () => {
    const by = (given: object, program = "9") => isWordsAlone({ ...withCell(given), program }, exampleFiling)
    const worded = { needs: cell.needs.map((need) => `${need}, or so`), notes: cell.notes.map((note) => `${note}.`) }
    assert.equal(by(worded), true)
    assert.equal(by(worded, exampleFiling.program), false)
    for (const other of [{ needs: [...cell.needs, "more"] }, { notes: [...cell.notes, "more"] }, { label: "other" }])
      assert.equal(by({ ...worded, ...other }), false)
  })

  const edits: readonly (readonly [string, Filing, cell: string | null, field: string])[] = [
    ["a verdict", withCell({ sources: [{ ...source, verdict: "invalid" }] }), cell.id, "sources"],
    ["a digest", withCell({ sources: [{ ...source, documentDigest: `0x${"0".repeat(64)}` }] }), cell.id, "sources"],
    ["a state", withCell({ state: "missing" }), cell.id, "state"],
    ["a cell left out", { ...exampleFiling, cells: others }, cell.id, "cells"],
    ["a cell more", { ...exampleFiling, cells: [...exampleFiling.cells, { ...cell, id: "more" }] }, "more", "cells"],
    ["a note left out", { ...exampleFiling, notes: ["all is well"] }, null, "notes"],
    ["a time", { ...exampleFiling, asOf: null }, null, "asOf"],
    [
      "a refusal",
      { ...exampleFiling, refused: [{ name: "b", status: "invalid", code: "X", detail: "" }] },
      null,
      "refused",
    ],
  ]
  for (const [what, edited, id, field] of edits)
    it(`differ by ${what}`, () => {
      const [first] = differencesOf(edited, exampleFiling)
      assert.deepEqual([first?.cell, first?.field], [id, field])
    })
})
