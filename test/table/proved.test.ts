import assert from "node:assert/strict"
import { copyFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TableEntry } from "../../explorer/src/table/entry.ts"
import { unproved } from "../../scripts/table/prove.ts"
import { readTable } from "../../scripts/table/read.ts"
import { entryOf } from "./rows.ts"

const CASES = "conformance/cases"

describe("a row that calls itself proved", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-proved-"))
  const given = (name: string, as: string) => copyFileSync(join(CASES, name), join(folder, as))

  before(() => {
    given("valid-work-with-energy/certificate.json", "honest.json")
    given("valid-work-with-energy/policy.json", "policy.json")
    given("anchor-of-other-root/certificate.json", "forged.json")
    given("valid-work-with-energy/case.json", "other.json")
  })
  after(() => rmSync(folder, { recursive: true }))

  /** What the certificate proves: 27.4 kJ for 4500 tokens at the node, 11.4 % uncertain. */
  const proved = (change: Partial<TableEntry> = {}): TableEntry =>
    entryOf({
      ...{ confidence: "proved", certificate: "honest.json", energyJoules: "27400", units: "4500" },
      ...{ uncertaintyShare: "0.114", ...change },
    })
  const reasons = (entry: TableEntry) =>
    unproved(folder, { entries: new Map([["row", entry]]) }).map(({ reason }) => reason)

  it("is one, where the verifier says valid and the certificate the same", () =>
    assert.deepEqual(reasons(proved()), []))

  for (const [what, change, reason] of [
    ["another energy", { energyJoules: "27000" }, /proves 6\.0888\d+ J\/token/],
    ["another unit", { unit: "query" }, /unit: its certificate counts token/],
    ["another boundary", { boundary: "gpu" }, /boundary: its certificate is of the node/],
    ["more certainty", { uncertaintyShare: "0.05" }, /uncertaintyShare: it is 0\.114/],
    [
      "a forged certificate",
      { certificate: "forged.json" },
      /its certificate is (?:invalid|unaccepted|undetermined): [A-Z_]+/,
    ],
    ["no certificate", { certificate: "absent.json" }, /there is no .*absent\.json/],
    ["a file that is none", { certificate: "other.json" }, /finds no certificate|its certificate is invalid/],
  ] as const)
    it(`is none with ${what}`, () => {
      const found = reasons(proved(change))
      assert.equal(found.length, 1, found.join())
      assert.match(found[0] ?? "", reason)
    })

  it("is none under no policy", () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "wattest-proved-"))
    copyFileSync(join(folder, "honest.json"), join(elsewhere, "honest.json"))
    const [fault] = unproved(elsewhere, { entries: new Map([["row", proved()]]) })
    assert.match(fault?.reason ?? "", /there is no .*policy\.json/)
    rmSync(elsewhere, { recursive: true })
  })

  it("is what every such row of the table is", () => assert.deepEqual(unproved("table", readTable()), []))
})
