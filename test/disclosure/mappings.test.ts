import assert from "node:assert/strict"
import { parseStandard, readStandard, standardIds, writeAs } from "@wattest/disclosure"
import type { Declared, Profile } from "@wattest/protocol"
import { cellIn, device, energy, entry, filed, materialOf, profileOf, siteZurich } from "./scene.ts"

const YEAR = { from: "2026-01-01", to: "2026-12-31", source: "accounts", document: null, site: null }
const item = (figure: string, value: string, unit: string, site: string | null = null): Declared => ({
  ...{ ...YEAR, figure, value, unit, site },
})
const numbers = (prefix: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${prefix}_${String(from + i).padStart(2, "0")}`)

describe("the mappings", () => {
  for (const id of standardIds())
    it(`${id}: what is not confirmed is said in the line's own field, and in its cell`, () => {
      const standard = readStandard(id)
      for (const { source, unconfirmed, id: line } of standard.lines) {
        assert.doesNotMatch(source, /not confirmed/, line)
        assert.notEqual(unconfirmed, "", line)
      }
      const kind = standard.subject
      const filing = filed(
        id,
        materialOf([], { subject: { kind, name: kind === "entity" ? "Example Compute AG" : "x" } }),
      )
      const said = filing.cells.filter(({ notes }) =>
        notes.some((note) => note.startsWith("not confirmed in the mapping")),
      )
      assert.deepEqual(
        said.map((cell) => cell.id),
        standard.lines.filter(({ unconfirmed }) => unconfirmed !== undefined).map((line) => line.id),
      )
      // A missing cell says what would fill it.
      for (const { state, needs, id: cell } of filing.cells) if (state !== "filled") assert.ok(needs.length > 0, cell)
    })

  it("name the document first that gives most", () => {
    const runs = [1n, 3n, 2n].map((mwh, i) =>
      entry({
        ...{ document: { name: `${mwh}.json`, digest: device(i), kind: "certificate" as const } },
        ...{ run: BigInt(i), registers: energy(mwh) },
      }),
    )
    const { sources } = cellIn(filed("sbti-cnzs-2.0", materialOf(runs)), "electricity")
    assert.deepEqual(
      sources.map(({ document, share }) => [document, share]),
      [
        ["3.json", "0.5"],
        ["2.json", "0.333333"],
        ["1.json", "0.166667"],
      ],
    )
  })

  it("have every datapoint of E1-5 and E1-6, and of each table of E1-6 with an axis some lines", () => {
    const { lines } = readStandard("esrs-set1-2023-12-22")
    const ids = new Set(lines.map(({ id, dimensions }) => (dimensions === undefined ? id : id.split("/")[0])))
    const wanted = [...numbers("E1-5", 1, 18), ...numbers("E1-5", 20, 23), ...numbers("E1-6", 2, 35)]
    assert.deepEqual(
      wanted.filter((id) => !ids.has(id)),
      [],
    )
  })

  for (const [what, change] of [
    ["a prefix that is an attribute more", { namespaces: { "a onload=alert(1) b": "https://example.org" } }],
    ["a prefix that ends the tag", { namespaces: { "a><script>": "https://example.org" } }],
    ["a title that steers", { title: "a\u0001b" }],
  ] as const)
    it(`are refused with ${what}`, () => {
      const bytes = new TextEncoder().encode(JSON.stringify({ ...readStandard("vsme-2025-07-30"), ...change }))
      assert.throws(() => parseStandard(bytes), { code: "FIELD_MALFORMED" })
    })

  it("take a line's doubt as text alone", () => {
    const bytes = (change: object) => {
      const { lines, ...rest } = readStandard("sbti-cnzs-2.0")
      return new TextEncoder().encode(JSON.stringify({ ...rest, lines: lines.map((line) => ({ ...line, ...change })) }))
    }
    assert.equal(parseStandard(bytes({ unconfirmed: "all of it" })).lines[0]?.unconfirmed, "all of it")
    assert.throws(() => parseStandard(bytes({ unconfirmed: true })), { code: "FIELD_MALFORMED" })
  })
})

describe("a filing of SB 253", () => {
  it("is an XBRL report by the names and the entry point that XBRL US published", async () => {
    const profile = profileOf({
      declared: [item("scope1", "10", "tCO2e")],
      entity: { ...profileOf().entity, lei: "5299000J2N45DDNE4Y28" },
    })
    const { documentInfo, facts } = JSON.parse(
      `${await writeAs("xbrl-json", filed("sb253-xbrl-us-2025", materialOf([], { profile })))}`,
    )
    assert.deepEqual(documentInfo.taxonomy, ["https://sghg.xbrl.us/taxonomies/sghg/sghg-2025.xsd"])
    assert.equal(documentInfo.namespaces.sghg, "http://sghg.xbrl.us/taxonomies/sghg/2025")
    assert.deepEqual(
      Object.values<{ value: string; dimensions: { concept: string } }>(facts).map(({ value, dimensions }) => [
        dimensions.concept,
        value,
      ]),
      [
        ["ifrs-sds:AbsoluteGrossScope1GHGEmissions", "10.00"],
        ["sghg:LegalEntityIdentifier", "5299000J2N45DDNE4Y28"],
        ["xbrl:note", "Rests on what is declared"],
      ],
    )
  })
})

describe("numbers for each unit of net revenue", () => {
  const run = entry({ registers: energy(100n) })
  const cellsWith = (...declared: readonly Declared[]) => {
    const profile = profileOf({ declared: [item("scope1", "10", "tCO2e"), ...declared] })
    const fed = {
      ...run,
      fed: new Set(["carbon"] as const),
      registers: { ...run.registers, carbonMilligrams: 10n ** 10n },
    }
    const filing = filed("vsme-2025-07-30", materialOf([fed], { profile }))
    return (id: string) => cellIn(filing, id)
  }

  it("are in the entity's currency", () => {
    const { value, unit, state, evidence } = cellsWith(item("net-revenue", "8000000", "EUR"))("B3-intensity-location")
    // 10 t of Scope 1 and 10 t of Scope 2 for 8 M€.
    assert.deepEqual([value, unit, state, evidence], ["0.00000250000", "utr:tCO2e/iso4217:EUR", "filled", "declared"])
  })

  it("are none where revenue is 0, missing, or of another currency, which is said", () => {
    for (const [declared, need] of [
      [[], /"net-revenue" declared/],
      [[item("net-revenue", "0", "EUR")], /net revenue above 0/],
      [[item("net-revenue", "8", "CHF")], /net-revenue in EUR: the profile declares it in "CHF"/],
      [[item("net-revenue", "8", "currency")], /net-revenue in EUR: the profile declares it in "currency"/],
    ] as const) {
      const { value, needs } = cellsWith(...declared)("B3-intensity-location")
      assert.deepEqual([value, need.test(needs.join("\n"))], [null, true], needs.join("\n"))
    }
  })
})

describe("what 2024/1364 asks of a data centre beside its meters", () => {
  const site: Profile["sites"][number] = {
    ...{ id: "zurich", address: "", municipality: "", country: "CH", zone: "CH" },
    dataCentre: {
      ...{ type: "colocation", owner: "o", operator: "p", installedItKilowatts: "900", upsPresent: true },
      ...{ floorSquareMetres: null, computerRoomSquareMetres: null, batteryKilowattHours: "1234.5" },
      ...{ intakeCelsius: null, wasteHeatCelsius: null, coolingDegreeDays: null, refrigerants: [] },
    },
  }
  const declared = [
    ...[item("capacity.servers", "4200", "1", "zurich"), item("capacity.storage", "2500", "TB", "zurich")],
    ...[item("bandwidth.in", "0.4", "Tbit/s", "zurich"), item("traffic.out", "12", "PB", "zurich")],
  ]
  const valuesOf = (given: Partial<Profile>, ...ids: readonly string[]) => {
    const filing = filed("eu-2024-1364", materialOf([], { profile: profileOf(given), subject: siteZurich }))
    return ids.map((id) => cellIn(filing, id).value)
  }
  const ids = ["CBtG", "UPS", "GRID", "CSERV", "CSTOR", "BIN", "TOUT-DATA", "BOUT"]

  it("is filled by the profile, in the units of the form", () => {
    const filled = {
      ...site,
      dataCentre: site.dataCentre && { ...site.dataCentre, gridFunctions: "frequency reserve" },
    }
    assert.deepEqual(valuesOf({ sites: [filled], declared }, ...ids), [
      ...["1234.5", "yes", "frequency reserve", "4200", "2.500", "400.000", "0.012000", null],
    ])
  })

  it("says on whose word a 0 is that no instrument gives", () => {
    const filing = filed("eu-2024-1364", materialOf([], { subject: siteZurich }))
    const { value, evidence } = cellIn(filing, "ERES-PPA")
    assert.deepEqual([value, evidence], ["0", "declared"])
  })

  it("is missing where nobody declares it, and never taken from another site", () => {
    const other = declared.map((one) => ({ ...one, site: "bern" }))
    const sites = [
      { ...site, dataCentre: null },
      { ...site, id: "bern" },
    ]
    assert.deepEqual(
      valuesOf({ sites, declared: other }, ...ids),
      ids.map(() => null),
    )
  })
})
