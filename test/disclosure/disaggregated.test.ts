import assert from "node:assert/strict"
import { parseStandard, readStandard, writeAs } from "@wattest/disclosure"
import type { Declared, Hex, Profile } from "@wattest/protocol"
import { cellIn, device, energy, entry, filed, materialOf, profileOf, tableOf } from "./scene.ts"

const ESRS = "esrs-set1-2023-12-22"
const SUPPLIER: Hex = `0x${"22".repeat(20)}`
const CUSTOMER: Hex = `0x${"55".repeat(20)}`
const year = { from: "2026-01-01", to: "2026-12-31" }
/** At home 100 g where it is, 50 g by market; abroad 400 g and 500 g. */
const factors = tableOf(
  [
    ["CH", "location", "100"],
    ["CH", "residual", "50"],
    ["DE", "location", "400"],
    ["DE", "residual", "500"],
  ].map(([zone, method, gramsPerKilowattHour]) => ({ ...year, zone, method, gramsPerKilowattHour, mix: null })),
)
const home = entry({ registers: energy(100n) })
const abroad = entry({ registers: energy(10n), device: device(2), site: "bonn", zone: "DE" })
const sites: Profile["sites"] = [
  ...profileOf().sites,
  { id: "bonn", address: "", municipality: "", country: "DE", zone: "DE", dataCentre: null },
]
const meters: Profile["meters"] = [
  ...profileOf().meters,
  { device: device(2), site: "bonn", within: null, from: "2026-01-01", to: null },
]
const item = (figure: string, value: string): Declared => ({
  ...{ ...year, figure, value, unit: "tCO2e", source: "accounts", document: null, site: null },
})

const filing = (given: Partial<Profile> = {}, entries = [home, abroad]) =>
  filed(ESRS, materialOf(entries, { factors, profile: profileOf({ sites, meters, ...given }) }))
const stated = (given: Partial<Profile>, ...ids: readonly string[]) =>
  ids.map((id) => {
    const { value, state } = cellIn(filing(given), id)
    return `${value} ${state}`
  })
const by = (consolidation: Profile["entity"]["consolidation"]) => ({ ...profileOf().entity, consolidation })

describe("E1-6 by control", () => {
  const ids = ["scope1", "scope2-location", "scope2-market"]
  const group = ids.map((id) => `E1-6_02/group/${id}`)
  const declared = [item("scope1", "3")]

  it("is the accounting group's where the entity counts by financial control", () =>
    assert.deepEqual(stated({ declared, entity: by("financial-control") }, ...group), [
      ...["3.00 filled", "14.00 filled", "10.00 filled"],
    ]))

  for (const consolidation of ["operational-control", "equity-share"] as const)
    it(`is missing, and no 0, where it counts by ${consolidation}`, () => {
      assert.deepEqual(
        stated({ declared, entity: by(consolidation) }, ...group),
        ids.map(() => "null missing"),
      )
      const { needs } = cellIn(filing({ entity: by(consolidation) }), "E1-6_02/group/scope1")
      assert.match(needs.join(), new RegExp(`accounting group's alone: .*${consolidation}`))
    })

  it("is missing for what is run outside of the group, which no field tells apart", () =>
    assert.deepEqual(
      stated({ declared, entity: by("financial-control") }, ...ids.map((id) => `E1-6_02/other/${id}`)),
      ids.map(() => "null missing"),
    ))
})

describe("E1-6 by type of source", () => {
  const centre: NonNullable<Profile["sites"][number]["dataCentre"]> = {
    ...{ type: "colocation", owner: "o", operator: "p", installedItKilowatts: "900", upsPresent: true },
    ...{ floorSquareMetres: null, computerRoomSquareMetres: null, batteryKilowattHours: null },
    ...{ intakeCelsius: null, wasteHeatCelsius: null, coolingDegreeDays: null },
    refrigerants: [{ name: "R-134a", chargeKilograms: "50", leakedKilograms: "2", warmingPotential: "1430" }],
  }
  const cooled = sites.map((site) => ({ ...site, dataCentre: centre }))
  const others = ["stationary", "mobile", "process"].map((id) => `E1-6_03/${id}`)

  it("has refrigerants that leaked as a part of what is fugitive, whatever else the profile declares", () => {
    const declared = [item("scope1", "3")]
    assert.deepEqual(stated({ declared, sites: cooled }, "E1-6_03/fugitive", "E1-6_07"), ["5.72 partly", "8.72 filled"])
    assert.deepEqual(stated({ declared }, "E1-6_03/fugitive", "E1-6_07"), ["null missing", "3.00 filled"])
  })

  it("is missing for what is one sum in the profile", () =>
    assert.deepEqual(
      stated({ declared: [item("scope1", "3")], sites: cooled }, ...others),
      others.map(() => "null missing"),
    ))
})

describe("E1-6 by country", () => {
  const countries = (given: Partial<Profile> = {}, entries = [home, abroad]) =>
    filing(given, entries).cells.filter(({ dimensions }) => "esrs:CountryAxis" in dimensions)

  it("is Scope 2 where the sites are, and adds up to all of it", () => {
    assert.deepEqual(
      countries().map(({ id, label, value, state, dimensions }) => [id, label.slice(-2), value, state, dimensions]),
      [
        ["E1-6_03/CH", "CH", "10.00", "filled", { "esrs:CountryAxis": "country:CH" }],
        ["E1-6_03/DE", "DE", "4.00", "filled", { "esrs:CountryAxis": "country:DE" }],
      ],
    )
    assert.deepEqual(stated({}, "E1-6_09"), ["14.00 filled"])
  })

  it("adds up the sites of one country, and takes the entity's share", () => {
    const [zurich, bonn] = sites
    assert.ok(zurich && bonn)
    const near = [zurich, { ...bonn, country: "CH" }]
    assert.deepEqual(
      countries({ sites: near }).map(({ id, value }) => [id, value]),
      [["E1-6_03/CH", "14.00"]],
    )
    const entity = { ...by("equity-share"), share: "0.5" }
    assert.deepEqual(
      countries({ entity }).map(({ value }) => value),
      ["5.00", "2.00"],
    )
  })

  it("is missing at a site of which nothing is shown, and partly filled where a site is none of the profile's", () => {
    assert.deepEqual(
      countries({}, [home]).map(({ value, state }) => [value, state]),
      [
        ["10.00", "filled"],
        [null, "missing"],
      ],
    )
    const lost = countries({}, [home, { ...abroad, site: "paris" }])
    assert.deepEqual(
      lost.map(({ state, needs }) => [state, /the site "paris" among the profile's/.test(needs.join())]),
      [
        ["partly", true],
        ["missing", true],
      ],
    )
  })

  it("has no line without a site", () => assert.deepEqual(countries({ sites: [] }), []))

  it("is written into an XBRL report by the members of ISO 3166's taxonomy", async () => {
    const entity = { ...profileOf().entity, lei: "5299000J2N45DDNE4Y28" }
    const { documentInfo, facts } = JSON.parse(`${await writeAs("xbrl-json", filing({ entity }))}`)
    assert.equal(documentInfo.namespaces.country, "https://xbrl.org/2024/iso3166")
    const members = Object.values<{ value: string; dimensions: Record<string, string> }>(facts).flatMap(
      ({ value, dimensions }) => (dimensions["esrs:CountryAxis"] ? [[dimensions["esrs:CountryAxis"], value]] : []),
    )
    assert.deepEqual(members, [
      ["country:CH", "10.00"],
      ["country:DE", "4.00"],
    ])
  })
})

describe("E1-6 by category of Scope 3", () => {
  const suppliers: Profile["suppliers"] = [
    { name: "Cloud AG", operator: SUPPLIER, party: "us", category: "1.1" },
    { name: "Customer", operator: CUSTOMER, party: "seller", category: "11" },
  ]
  const bought = { ...abroad, operator: SUPPLIER, device: device(7), party: "us", site: "x" }
  const used = { ...bought, operator: CUSTOMER, device: device(8), party: "seller", registers: energy(5n) }
  const cellOf = (id: string, declared: readonly Declared[]) => {
    const { value, state } = cellIn(filing({ suppliers, declared }, [home, bought, used]), id)
    return `${value} ${state}`
  }
  const categories = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15]
  /** A hundred tonnes and as many more as the category's number says, so that no two are taken for each other. */
  const all = categories.map((n) => item(`scope3.${n}`, `${100 + n}`))

  it("has each that is declared under its own member, and what suppliers metered in the first", () => {
    for (const n of categories) {
      // Cloud AG: 10 MWh at 400 g.
      assert.equal(cellOf(`E1-6_04/${n}`, all), n === 1 ? "105.00 filled" : `${100 + n}.00 filled`)
      const { dimensions } = cellIn(filing(), `E1-6_04/${n}`)
      assert.match(`${Object.values(dimensions)}`, new RegExp(`^esrs:Category${n}[A-Z]`))
    }
  })

  it("is missing where nobody declares it, and the first is then a part", () => {
    assert.equal(cellOf("E1-6_04/1", []), "4.00 partly")
    for (const n of categories.slice(1)) assert.equal(cellOf(`E1-6_04/${n}`, all.slice(0, 1)), "null missing")
  })

  it("is not known where it is declared of another period or in another unit, and the sum then lacks it", () => {
    const needs = (given: Partial<Declared>) => {
      const declared = all.map((one) => (one.figure === "scope3.4" ? { ...one, ...given } : one))
      return cellIn(filing({ suppliers, declared }, [home, bought, used]), "E1-6_11").needs
    }
    assert.deepEqual(needs({}), [])
    for (const given of [{ from: "2025-01-01", to: "2025-12-31" }, { unit: "MWh" }])
      assert.deepEqual(needs(given), ["categories 4 of Scope 3, each declared, and as 0 where there is none"])
  })

  it("is upstream to category 8 and downstream from 9", () => {
    const [up, down] = ["E1-6_06/upstream", "E1-6_06/downstream"]
    assert.deepEqual([cellOf(up, all), cellOf(down, all)], ["840.00 filled", "675.00 filled"])
    assert.equal(cellOf("E1-6_11", all), "1515.00 filled")
    const half = all.slice(0, 8)
    assert.deepEqual([cellOf(up, half), cellOf(down, half)], ["840.00 filled", "2.00 partly"])
    assert.equal(cellOf("E1-6_06/transport", all), "null missing")
  })

  it("by ISO 14064-1 is missing, since numbers are by the GHG Protocol", () => {
    const iso = readStandard(ESRS).lines.filter(({ id }) => id.startsWith("E1-6_05/"))
    assert.equal(iso.length, 7)
    for (const { id } of iso) assert.equal(cellOf(id, all), "null missing")
  })
})

describe("E1-6 of own operations", () => {
  const ids = ["scope1", "scope2-location", "scope2-market", "total-location", "total-market"]
  const own = ids.map((id) => `E1-6_06/own/${id}`)

  it("is Scope 1 and 2, without Scope 3", () =>
    assert.deepEqual(stated({ declared: [item("scope1", "3"), item("scope3.6", "50")] }, ...own), [
      ...["3.00 filled", "14.00 filled", "10.00 filled", "17.00 filled", "13.00 filled"],
    ]))

  it("lacks what either lacks", () =>
    assert.deepEqual(stated({}, ...own), [
      ...["null missing", "14.00 filled", "10.00 filled", "14.00 partly", "10.00 partly"],
    ]))
})

describe("a line of each country", () => {
  const parsed = (change: object, sums: readonly object[] = []) => {
    const { lines, ...rest } = readStandard(ESRS)
    const changed = lines.map((line) => (line.each === undefined ? line : { ...line, ...change }))
    const mapping = { ...rest, lines: changed, sums: [...rest.sums, ...sums] }
    return parseStandard(new TextEncoder().encode(JSON.stringify(mapping)))
  }
  const sum = (total: string) => [{ total, parts: [{ line: "E1-6_07", weight: 1 }] }]

  it("is read as it is written", () => assert.deepEqual(parsed({}, sum("E1-6_09")).lines, readStandard(ESRS).lines))
  for (const [what, change, sums] of [
    ["without the country in its id", { id: "E1-6_03/all" }, []],
    ["without the country in a dimension", { dimensions: { "esrs:CountryAxis": "country:CH" } }, []],
    ["that is of one country alone", { each: undefined }, []],
    ["of another kind of place", { each: "zone" }, []],
    ["that is a text", { figure: "own-words", unit: "", in: "", rounding: undefined }, []],
    ["in a sum", {}, sum("E1-6_03/{country}")],
  ] as const)
    it(`is refused ${what}`, () => assert.throws(() => parsed(change, sums), { code: "FIELD_MALFORMED" }))

  it("is refused beside a line that one country's would be called as, and beside no other", () => {
    const { lines, ...rest } = readStandard(ESRS)
    const named = (id: string) =>
      new TextEncoder().encode(
        JSON.stringify({
          ...rest,
          lines: lines.map((line) => (line.id === "E1-6_09" ? { ...line, id } : line)),
          sums: [],
        }),
      )
    assert.throws(() => parseStandard(named("E1-6_03/CH")), /E1-6_03\/CH is also E1-6_03\/\{country\} of a country/)
    for (const id of ["E1-6_03/CHE", "E1-6_03/C", "E1-7_03/CH"])
      assert.equal(parseStandard(named(id)).lines.length, lines.length)
  })
})
