import assert from "node:assert/strict"
import { type Cell, type Filing, FormatError, type FormatName, writeAs } from "@wattest/disclosure"
import { skip } from "@wattest/testkit/skip"
import fc from "fast-check"
import { judge, missingJudge } from "./arelle.ts"
import { exampleFiling } from "./example.ts"
import { companyDesk } from "./job-scene.ts"

async function textAs(name: FormatName, filing: Filing): Promise<string> {
  const written = await writeAs(name, filing)
  assert.ok(typeof written === "string", name)
  return written
}

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

const AXIS = "vsme:BreakdownOfEnergyConsumptionAxis"

/** A filing with the part of its electricity that is renewable, and with a text. */
function detailed(member: string, practices: string, filing = exampleFiling): Filing {
  const electricity = filing.cells.find(({ id }) => id === "B3-electricity")
  assert.ok(electricity !== undefined)
  const part: Cell = { ...electricity, id: "B3-electricity/part", value: "200.00", dimensions: { [AXIS]: member } }
  const said: Cell = {
    ...{
      ...electricity,
      id: "C2-practices",
      concept: "vsme:DescriptionOfPracticesPoliciesAndOrFutureInitiatives",
      kind: "text",
      unit: "",
    },
    ...{ value: practices, decimals: null },
  }
  return { ...filing, cells: [...filing.cells, part, said] }
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

  it("is valid as a company's own certificates fill it, with what is renewable and what is not", async () => {
    const desk = await companyDesk()
    const { status, stdout, stderr } = desk.file("vsme-2025-07-30", "--format", "xbrl-json")
    desk.clear()
    assert.equal(status, 0, stderr)
    const { codes, log, facts } = judge(stdout, "json")
    assert.deepEqual(codes, [], log)
    for (const member of ["vsme:RenewableEnergyMember", "vsme:NonRenewableEnergyMember"])
      assert.ok(facts.filter((fact) => fact.includes(member)).length >= 2, facts.join("\n"))
  })

  it("is valid as xBRL-JSON and as iXBRL with a dimension, hostile names and texts, the same in both", async () => {
    const filing = detailed("vsme:RenewableEnergyMember", HOSTILE, hostile)
    const json = judge(await textAs("xbrl-json", filing), "json")
    const text = await textAs("ixbrl", filing)
    assert.match(text, /<ix:footnote id="n1"[^>]*>Not whole\. It would take: certificates of runs 4/)
    const page = judge(text, "xhtml")
    assert.deepEqual(json.codes, [], json.log)
    assert.deepEqual(page.codes, [], page.log)
    assert.equal(json.facts.length, 5)
    assert.deepEqual(page.facts, json.facts)
    const [, , , part = "", said = ""] = json.facts
    assert.match(part, /"value":"200.00","dimensions":\{"vsme:BreakdownOf\w+":"vsme:RenewableEnergyMember"\}/)
    assert.match(said, /"value":"=cmd.*&lt;script>/)
  })

  it("is refused with a member that the axis does not have: xbrldie:PrimaryItemDimensionallyInvalidError", async () => {
    const filing = detailed("vsme:AmmoniaNH3Member", "AG")
    const { codes, log } = judge(await textAs("xbrl-json", filing), "json")
    assert.ok(codes.includes("xbrldie:PrimaryItemDimensionallyInvalidError"), log)
  })

  it("is valid where the taxonomy's own sum holds", async () => {
    const { codes, log } = judge(await textAs("xbrl-json", summed("162.0")), "json")
    assert.deepEqual(codes, [], log)
  })

  const wrongs: readonly (readonly [string, Filing, string])[] = [
    ["sum", summed("163.0"), "calc11e:inconsistentCalculationUsingRounding"],
    ["unit", withCell("B3-fuels", { unit: "utr:kg" }), "utre:error-NumericFactUtrInvalid"],
    ["name", withCell("B3-fuels", { concept: "vsme:NoSuchElement" }), "oime:unknownConcept"],
  ]
  for (const [what, filing, code] of wrongs)
    it(`is refused with a wrong ${what}: ${code}`, async () => {
      const { codes, log } = judge(await textAs("xbrl-json", filing), "json")
      assert.ok(codes.includes(code), log)
    })
})

describe("formats of a filing", () => {
  it("file as facts no bound and nothing that is missing", async () => {
    const json = await textAs("xbrl-json", exampleFiling)
    assert.doesNotMatch(json, /Scope/)
    assert.match(await textAs("xbrl-json", withCell("B3-scope2", { bound: "exact" })), /Scope2/)
  })

  it("say with a number that it is not whole, on whose word it is, what was stated before and what is to be known; else nothing", async () => {
    const HOSTILE_NEED = "a <b> & c"
    const partly = withCell("B3-fuels", { state: "partly", needs: [HOSTILE_NEED] })
    const { facts } = JSON.parse(await textAs("xbrl-json", partly))
    const noteBy = (name: string) => facts[facts[name]?.links?.footnote._[0]]?.value ?? null
    assert.deepEqual(["f1-B3-total", "f2-B3-electricity", "f3-B3-fuels"].map(noteBy), [
      "Not whole. It would take: certificates of runs 4 to 5 of device 0xaa, 0.31 kWh in them. Rests on what is declared",
      "Previously stated: 411.02 utr:MWh. one sensor's uncertainty is added up linearly",
      "Not whole. It would take: a &lt;b> &amp; c. Rests on what is declared",
    ])
    const proved = withCell("B3-fuels", { evidence: "proved" })
    const whole = JSON.parse(await textAs("xbrl-json", proved)).facts
    assert.equal(whole["f3-B3-fuels"].links, undefined)
    const page = await textAs("ixbrl", partly)
    assert.equal(page.match(/<ix:relationship /g)?.length, 3)
    assert.match(page, /Not whole\. It would take: a &lt;b&gt; &amp; c/)
  })

  it("show in iXBRL the numbers of the filing and of xBRL-JSON", async () => {
    const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 0, max: 99 }))
    await fc.assert(
      fc.asyncProperty(decimal, async ([whole, cents]) => {
        const value = `${whole}.${`${cents}`.padStart(2, "0")}`
        const filing = withCell("B3-fuels", { value })
        const page = await textAs("ixbrl", filing)
        const [, attributes = "", shown = ""] =
          /name="vsme:EnergyConsumptionFromFuels"([^>]*)>([^<]*)</.exec(page) ?? []
        assert.equal(`${attributes.includes('sign="-"') ? "-" : ""}${shown.replaceAll(",", "")}`, value)
        assert.ok((await textAs("xbrl-json", filing)).includes(`"value": "${value}"`))
      }),
      { numRuns: 50 },
    )
  })

  it("have in CSV a row for each cell, with all that a row says in its column", async () => {
    const [head, ...rows] = (await textAs("csv", exampleFiling)).trimEnd().split("\r\n")
    assert.equal(
      head,
      "cell,concept,label,value,bound,unit,state,evidence,grades,uncertainty_k2,from,to,previously_stated,documents,needs,notes",
    )
    assert.equal(rows.length, exampleFiling.cells.length)
    assert.deepEqual(rows.slice(0, 2), [
      'B3-total,vsme:TotalEnergyConsumption,Total energy consumption,419.96,exact,utr:MWh,partly,declared,98.21 % measured; 1.79 % declared,,2026-01-01,2026-12-31,,certificates/a.json; profile: declared/diesel,"certificates of runs 4 to 5 of device 0xaa, 0.31 kWh in them",',
      "B3-electricity,vsme:EnergyConsumptionFromElectricity,Electricity,412.46,exact,utr:MWh,filled,proved,100 % measured,2.0623,2026-01-01,2026-12-31,411.02,certificates/a.json,,one sensor's uncertainty is added up linearly",
    ])
  })

  it("run nothing of a hostile label and turn no text around", async () => {
    for (const name of ["csv", "html", "ixbrl", "xbrl-json"] as const)
      assert.ok(!(await textAs(name, hostile)).includes("\u202E"), name)
    for (const name of ["html", "ixbrl"] as const) assert.doesNotMatch(await textAs(name, hostile), /<script/)
    assert.match(await textAs("csv", hostile), /,"'=cmd/)
    assert.doesNotMatch(await textAs("csv", hostile), /(^|,)"?[=+@]/m)
    assert.match(await textAs("csv", withCell("B3-fuels", { value: "-7.50" })), /,-7\.50,/)
  })

  it("are XML whatever stands in a name", async () => {
    const name = "A\uFFFF\uFFFE\uD800<&"
    const page = await textAs("ixbrl", { ...exampleFiling, entity: { ...exampleFiling.entity, name } })
    assert.match(page, /<h1>A\uFFFD\uFFFD\uFFFD&lt;&amp;<\/h1>/)
    assert.doesNotMatch(page, /[\uFFFE\uFFFF\p{Surrogate}]/u)
  })

  it("show the way of each cell to its block, and its weak spots", async () => {
    const page = await textAs("html", exampleFiling)
    for (const [at, { id, sources }] of exampleFiling.cells.entries()) {
      assert.ok(page.includes(`<a href="#c${at + 1}">${id}</a>`), id)
      assert.ok(page.includes(`id="c${at + 1}"><h3>${id}: `), id)
      for (const { document, block } of sources) {
        assert.ok(page.includes(document))
        if (block !== null) assert.ok(page.includes(`chain ${block.chainId}, block ${block.number}`))
      }
    }
    for (const spot of [
      "an upper bound",
      "8640.0 h of 8760.0 h are metered",
      "2 runs shown by no document",
      "at most ",
      "default-src 'none'",
      "forged.json",
    ])
      assert.ok(page.includes(spot), spot)
  })

  it("leave nothing out of a form that is to be known of a field or of all", async () => {
    const [standard, note] = [{ ...exampleFiling.standard, id: "eu-2024-1364" }, "nobody signed the profile"]
    const { notes, fields } = JSON.parse(await textAs("form", { ...exampleFiling, standard, notes: [note] }))
    assert.deepEqual(notes, [note])
    const [, { grades, previous, notes: known }] = fields
    assert.deepEqual([grades, previous], [[{ grade: "measured", share: "1" }], "411.02"])
    assert.deepEqual(known, ["one sensor's uncertainty is added up linearly"])
  })

  it("refuse what they cannot say", async () => {
    const nameless = { ...exampleFiling, entity: { ...exampleFiling.entity, lei: null } }
    await assert.rejects(textAs("xbrl-json", nameless), FormatError)
    await assert.rejects(textAs("boamps", exampleFiling), FormatError)
  })
})
