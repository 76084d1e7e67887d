import assert from "node:assert/strict"
import { parseFiling } from "@wattest/disclosure"
import { encodeProfile, parseProfile } from "@wattest/protocol"
import { isSeen } from "../../disclosure/src/pact/access.ts"
import { catalogueOf } from "../../disclosure/src/pact/catalogue.ts"
import { footprintOf } from "../../disclosure/src/pact/footprint.ts"
import { differenceOf } from "../../disclosure/src/standard/difference.ts"
import { pactFiling, productWith, served } from "./pact-scene.ts"
import { device, entry, filed, materialOf, profileOf } from "./scene.ts"

describe("a product of a profile", () => {
  const read = (given: object) => parseProfile(encodeProfile(profileOf({ products: [productWith(given)] })))

  it("is read as it was written", () => assert.deepEqual(read({}).products, [productWith()]))
  for (const [what, given] of [
    ["a declared unit of nothing", { declaredUnit: { measure: "piece", amount: "0", work: "token" } }],
    ["a piece of no unit of work", { declaredUnit: { measure: "piece", amount: "1", work: "" } }],
    ["a unit that nobody meters", { declaredUnit: { measure: "liter", amount: "1", work: "" } }],
    ["a country in small letters", { geography: { level: "country", name: "ch" } }],
    ["a region that is none", { geography: { level: "region", name: "Atlantis" } }],
    ["more left out than there is", { exemptedPercent: "100.1" }],
    ["something left out unsaid", { exemptedDescription: " " }],
    ["a rating of 0", { dataQuality: { technological: "0", geographical: "1", temporal: "1" } }],
    ["an id with a space", { productIds: ["urn:pact:a b"] }],
    ["an id twice", { productIds: ["urn:pact:x", "URN:PACT:x"] }],
    ["a standard that is none", { standards: ["ISO9001"] }],
  ] as const)
    it(`is refused with ${what}`, () => assert.throws(() => read(given), { name: "Rejection" }))
})

describe("a footprint", () => {
  it("is the proved carbon for a declared unit, as a text", () => {
    const { pcf } = footprintOf(pactFiling())
    assert.equal(pcf.pcfExcludingBiogenicUptake, "0.2000")
    // The last block that it rests on says when it was stated.
    assert.equal(footprintOf(pactFiling()).created, "2027-01-01T01:00:00.000Z")
    assert.match(footprintOf(pactFiling()).comment, /Uncertainty of the emissions is not known\./)
    assert.deepEqual([pcf.declaredUnitAmount, pcf.primaryDataShare], ["1000000", "100.00"])
    assert.deepEqual(
      [pcf.referencePeriodStart, pcf.referencePeriodEnd],
      ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"],
    )
  })

  it("says at which boundary it was metered short of the facility, and on whose word its units of work are", () => {
    const node = footprintOf(pactFiling({}, [{ ...served, boundary: "node" }])).comment
    assert.match(node, /To be known: at the node cooling, distribution and everything else there is left out\./)
    assert.match(node, /To be known: units of work are declared\./)
    const whole = footprintOf(pactFiling({}, [{ ...served, workGrade: "measured" }])).comment
    assert.match(whole, /units of work are measured\./)
    assert.doesNotMatch(whole, /left out/)
  })

  it("of a kilowatt hour divides by energy", () => {
    const { pcf } = footprintOf(pactFiling({ declaredUnit: { measure: "kilowatt hour", amount: "1", work: "" } }))
    assert.equal(pcf.pcfExcludingBiogenicUptake, "0.04500")
  })

  it("keeps its id for the same content, and changes it with any other", () => {
    const first = footprintOf(pactFiling())
    assert.equal(footprintOf(pactFiling()).id, first.id)
    assert.notEqual(footprintOf(pactFiling({ name: "Other" })).id, first.id)
    assert.match(first.id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it("leads from its cell to the documents", () => {
    const filing = pactFiling()
    const cell = filing.cells.find(({ id }) => id === "pcf-excluding")
    assert.deepEqual(
      cell?.sources.map(({ documentDigest, verdict }) => [documentDigest, verdict]),
      [[device(0xa), "valid"]],
    )
    assert.deepEqual(parseFiling(new TextEncoder().encode(JSON.stringify(filing))), filing)
  })

  for (const [what, filing, says] of [
    ["no factor", pactFiling({}, [{ ...served, fed: new Set(["work"] as const) }]), /a factor for zone "CH"/],
    ["no work", pactFiling({}, [{ ...served, fed: new Set(["carbon"] as const) }]), /devices count work/],
    ["another unit of work", pactFiling({}, [{ ...served, unit: "image" }]), /they count image/],
    ["runs elsewhere", pactFiling({ geography: { level: "country", name: "DE" } }), /metered in CH/],
    [
      "runs at a site that the profile does not know",
      pactFiling({}, [{ ...served, site: "x" }]),
      /sites that the profile has/,
    ],
    ["nothing left out", pactFiling({ exemptedPercent: "0" }), /only electricity is metered/],
    ["no product", pactFiling({ model: "other" }), /companyIds of the product in the profile/],
    [
      "work of some runs alone",
      pactFiling({}, [served, { ...served, run: 1n, fed: new Set(["carbon"] as const) }]),
      /known in part/,
    ],
  ] as const)
    it(`is refused with ${what}, and never 0`, () => assert.throws(() => footprintOf(filing), says))

  it("says that energy which no meter measured is no primary data", () => {
    const estimated = footprintOf(pactFiling({}, [{ ...served, energyGrade: "estimated" }]))
    assert.equal(estimated.pcf.primaryDataShare, "0.00")
    const told = footprintOf(pactFiling({}, [{ ...served, origin: "recorded" }]))
    assert.equal(told.pcf.primaryDataShare, "0.00")
    assert.match(told.comment, /To be known: 1 run of recorded traces/)
  })

  it("of category 11 is what customers' meters show, and says that it is the use phase", () => {
    const customer = `0x${"55".repeat(20)}` as const
    const suppliers = [{ name: "Customer", operator: customer, party: "seller", category: "11" as const }]
    const profile = profileOf({ products: [productWith()], suppliers })
    const used = { ...served, operator: customer, party: "seller" }
    const other = { ...used, model: "n", run: 1n }
    const material = materialOf([used, other], { profile, subject: { kind: "model", name: "m" } })
    const { pcf } = footprintOf(filed("pact-3-category-11", material))
    assert.equal(pcf.pcfExcludingBiogenicUptake, "0.2000")
    assert.match(pcf.boundaryProcessesDescription, /^Use phase alone/)
    const own = materialOf([served], { profile, subject: { kind: "model", name: "m" } })
    assert.throws(() => footprintOf(filed("pact-3-category-11", own)))
  })
})

describe("a catalogue of footprints", () => {
  const first = footprintOf(pactFiling())
  const later = {
    ...footprintOf(pactFiling({}, [{ ...served, registers: { ...served.registers, workUnits: 1_000_000n } }])),
    created: "2027-06-01T00:00:00.000Z",
  }

  it("has the last one of a product and period active, after those before it", () => {
    const [newest, oldest] = catalogueOf([later, first, first])
    assert.deepEqual([newest?.id, newest?.status, newest?.precedingPfIds], [later.id, "Active", [first.id]])
    assert.deepEqual([oldest?.status, oldest?.precedingPfIds], ["Deprecated", undefined])
  })

  it("knows a product by its ids, in whatever order and case", () => {
    const [a, b] = ["urn:pact:example.com:p:a", "urn:pact:example.com:p:b"]
    const one = { ...first, productIds: [a, b] }
    const other = { ...later, productIds: [b.toUpperCase(), a] }
    assert.deepEqual(
      catalogueOf([one, other]).map(({ status }) => status),
      ["Active", "Deprecated"],
    )
  })

  it("is seen by clients that were granted one of its products, in whatever case", () => {
    const client = { id: "buyer", secretDigest: `0x${"0".repeat(64)}` } as const
    const [id = ""] = first.productIds
    const seen = [null, [id.toUpperCase()], ["urn:pact:other"], []].map((products) =>
      isSeen({ ...client, products }, first),
    )
    assert.deepEqual(seen, [true, true, false, false])
  })

  it("may be of a region, whatever countries its runs were metered in", () => {
    const { pcf } = footprintOf(pactFiling({ geography: { level: "region", name: "Western Europe" } }))
    assert.equal(pcf.geographyRegionOrSubregion, "Western Europe")
  })

  it("is refused where neither is later", () => {
    assert.throws(() => catalogueOf([first, { ...later, created: first.created }]), /--as-of/)
  })
})

describe("a filing that is served", () => {
  it("is what the documents make of it, wherever they lie", () => {
    const moved = pactFiling({}, [{ ...served, document: { ...served.document, name: "elsewhere.json" } }])
    assert.equal(differenceOf(pactFiling(), moved), null)
  })

  it("is not one whose number, source or signer was changed", () => {
    const made = pactFiling()
    const forged = {
      ...made,
      cells: made.cells.map((cell) => (cell.id === "fossil" ? { ...cell, value: "0.1000" } : cell)),
    }
    assert.match(differenceOf(forged, made) ?? "", /fossil: it states 0\.1000, the documents show 0\.2000/)
    assert.match(differenceOf({ ...made, profileSigner: null }, made) ?? "", /profileSigner/)
    assert.match(differenceOf({ ...made, cells: [...made.cells, ...made.cells] }, made) ?? "", /cells/)
    assert.notEqual(differenceOf(pactFiling({}, [entry()]), made), null)
  })
})
