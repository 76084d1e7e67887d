import assert from "node:assert/strict"
import { instrumentsOfBundles } from "@wattest/disclosure"
import { type Instrument, instrumentText } from "@wattest/protocol"
import fc from "fast-check"
import { privateKeyToAccount } from "viem/accounts"
import { sortInstruments } from "../../disclosure/src/instruments/grade.ts"
import { seconds, wind } from "./instrument-scene.ts"
import { cellIn, energy, entry, filed, materialOf, ms, profileOf, tableOf } from "./scene.ts"

const account = privateKeyToAccount(`0x${"01".repeat(32)}`)
const issuer = account.address.toLowerCase() as `0x${string}`

const year2026 = { zone: "CH", from: "2026-01-01", to: "2026-12-31" }
const factors = tableOf([
  { ...year2026, method: "location", gramsPerKilowattHour: "100", mix: null },
  {
    ...{ ...year2026, method: "residual", gramsPerKilowattHour: "500" },
    mix: { fossil: "0.6", nuclear: "0.3", renewable: "0.1" },
  },
])

/** 100 MWh in one hour of June. */
const hour = entry({ startMs: ms("2026-06-01T00:00:00Z"), endMs: ms("2026-06-01T01:00:00Z"), registers: energy(100n) })
const cellsWith = (instruments: readonly Instrument[], given = {}) => {
  const profile = profileOf({ instruments, meters: [] })
  const material = materialOf([hour], { profile, factors, ...given })
  const [vsme, sbti] = [filed("vsme-2025-07-30", material), filed("sbti-cnzs-2.0", material)]
  return {
    market: cellIn(vsme, "B3-scope2-market"),
    hourly: cellIn(sbti, "hourly"),
    daily: cellIn(sbti, "daily"),
    yearly: cellIn(sbti, "yearly"),
  }
}

describe("market-based Scope 2", () => {
  it("takes the residual mix where no instrument is", () => {
    assert.equal(cellsWith([]).market.value, "50.00")
  })

  it("splits electricity into renewable and other, which add up to it", () => {
    const material = materialOf([hour], { profile: profileOf({ instruments: [wind()], meters: [] }), factors })
    const vsme = filed("vsme-2025-07-30", material)
    const values = ["", "/renewable", "/non-renewable"].map((part) => cellIn(vsme, `B3-electricity${part}`).value)
    // 40 MWh of wind; of the other 60, a tenth is renewable by the residual mix.
    assert.deepEqual(values, ["100.00", "46.00", "54.00"])
    const blind = filed("vsme-2025-07-30", { ...material, factors: null })
    const parts = ["/renewable", "/non-renewable"].map((part) => cellIn(blind, `B3-electricity${part}`))
    assert.deepEqual(
      parts.map(({ state, value }) => [state, value]),
      [
        ["partly", "40.00"],
        ["missing", null],
      ],
    )
  })

  it("spends an instrument in its zone and hour", () => {
    const { market, hourly } = cellsWith([wind()])
    assert.deepEqual([market.value, hourly.value], ["30.00", "0.4000"])
    assert.match(market.notes.join(), /100\.0 % of the instruments' energy is declared/)
  })

  it("matches by the day or the year what was made in another hour or day", () => {
    const later = wind({ from: seconds("2026-06-01T05:00:00Z"), to: seconds("2026-06-01T06:00:00Z") })
    const other = cellsWith([later])
    assert.deepEqual([other.hourly.value, other.daily.value, other.yearly.value], ["0.0000", "0.4000", "0.4000"])
    const long = wind({ from: seconds("2026-01-01T00:00:00Z"), to: seconds("2027-01-01T00:00:00Z") })
    const { hourly, daily, yearly } = cellsWith([long])
    assert.deepEqual([hourly.value, daily.value, yearly.value], ["0.0000", "0.0000", "0.4000"])
  })

  const refused: readonly (readonly [string, Partial<Instrument>])[] = [
    ["of another zone", { zone: "DE" }],
    ["that is not cancelled", { status: "active" }],
    ["of another beneficiary", { beneficiary: "Somebody AG" }],
    ["that claims more than a megawatt hour of each certificate", { range: { first: 1n, last: 39n } }],
    ["of another year", { from: seconds("2025-06-01T00:00:00Z"), to: seconds("2025-06-01T01:00:00Z") }],
  ]
  for (const [what, given] of refused)
    it(`does not spend one ${what}`, () => assert.equal(cellsWith([wind(given)]).market.value, "50.00"))

  it("spends each certificate once, by range, statement and document", () => {
    const range = (first: bigint, last: bigint) => ({ range: { first, last } })
    const twice = [wind(range(1n, 40n)), wind({ id: "b", reference: "b", ...range(40n, 79n) })]
    assert.equal(cellsWith(twice).market.value, "30.00")
    assert.match(
      cellsWith(twice).market.notes.join(),
      /instrument b is not counted: its certificates are spent already, as a/,
    )
    assert.equal(
      cellsWith([wind(range(1n, 40n)), wind({ id: "b", reference: "b", ...range(41n, 80n) })]).market.value,
      "10.00",
    )
    assert.equal(cellsWith([wind(), wind({ id: "b" })]).market.value, "30.00")
    assert.equal(cellsWith([wind({ document }), wind({ id: "b", reference: "b", document })]).market.value, "30.00")
  })

  it("counts the earlier production of two that overlap, whatever it is called", () => {
    const range = { first: 1n, last: 40n }
    const later = wind({ range, from: seconds("2026-06-01T00:30:00Z"), kilogramsPerMegawattHour: "1000" })
    const earlier = wind({ id: "z", reference: "z", range })
    assert.equal(cellsWith([later, earlier]).market.value, "30.00")
  })

  it("is for the entity by its name or its identifier", () => {
    const lei = "5299000J2N45DDNE4Y28"
    const { entity } = profileOf()
    const values = [lei, null].map((own) => {
      const profile = profileOf({
        entity: { ...entity, lei: own },
        instruments: [wind({ beneficiary: lei })],
        meters: [],
      })
      return cellsWith([], { profile }).market.value
    })
    assert.deepEqual(values, ["30.00", "50.00"])
  })

  const document = `0x${"ab".repeat(32)}` as const
  const half = { energyWattHours: 20_000_000n }
  const ppa = wind({ ...half, id: "p", reference: "p", kind: "ppa", registry: "Seller AG" })
  const certificate = wind({ ...half, id: "c", reference: "c", bundled: true })
  /** 20 MWh each: "40.00" where one counts, "30.00" where both do. */
  const pairs: readonly (readonly [string, string, Partial<Instrument>, Partial<Instrument>])[] = [
    ["a reference typed otherwise", "40.00", { reference: "Statement 7" }, { reference: " statement-７" }],
    [
      "a registry typed otherwise",
      "40.00",
      { registry: "AIB Hub", reference: "7" },
      { registry: "aib-hub", reference: "7" },
    ],
    [
      "a registry in letters that look alike",
      "40.00",
      { registry: "Grexel", range: { first: 1n, last: 20n } },
      { registry: "Gr\u0435x\u0435l", range: { first: 5n, last: 24n } },
    ],
    [
      "a registry with an accent",
      "40.00",
      { registry: "Régistre", reference: "7" },
      { registry: "Registre", reference: "7" },
    ],
    ["one document under two registries", "40.00", { document }, { document, reference: "b", registry: "S" }],
    [
      "one document once with a range and once without",
      "40.00",
      { document, range: { first: 1n, last: 20n } },
      { document, reference: "b" },
    ],
    [
      "two lines of one document, each with its range",
      "30.00",
      { document, range: { first: 1n, last: 20n } },
      { document, range: { first: 21n, last: 40n } },
    ],
    [
      "ranges that meet under two documents",
      "40.00",
      { document, range: { first: 1n, last: 20n } },
      { document: `0x${"cd".repeat(32)}`, reference: "b", range: { first: 20n, last: 39n } },
    ],
    ["nothing but another reference", "40.00", {}, { reference: "b" }],
    ["another reference and another time", "30.00", {}, { reference: "b", to: seconds("2026-06-01T00:59:59Z") }],
    ["a contract and what was bought with it", "40.00", ppa, certificate],
    ["a contract and what was bought alone", "30.00", ppa, { ...certificate, bundled: false }],
    ["a contract and what was bought of another source", "30.00", ppa, { ...certificate, source: "solar" }],
    ["a contract that numbers its guarantees", "30.00", { ...ppa, range: { first: 1n, last: 20n } }, certificate],
  ]
  for (const [what, tonnes, a, b] of pairs)
    it(`counts ${tonnes === "40.00" ? "once" : "twice"}: ${what}`, () => {
      const list = [wind({ ...half, ...a }), wind({ ...half, ...b, id: "z" })]
      for (const order of [list, list.toReversed()]) {
        const { market } = cellsWith(order)
        assert.equal(market.value, tonnes)
        assert.equal(/is not counted/.test(market.notes.join()), tonnes === "40.00")
      }
    })

  it("takes the residual mix of each run's own time", () => {
    const entryOf = (month: string, run: bigint) =>
      entry({ run, startMs: ms(`${month}-01`), endMs: ms(`${month}-02`), registers: energy(100n) })
    const year = (from: string, to: string, grams: string) => ({
      ...{ zone: "CH", method: "residual", from, to, gramsPerKilowattHour: grams, mix: null },
    })
    const two = tableOf([year("2026-01-01", "2026-06-30", "500"), year("2026-07-01", "2026-12-31", "100")])
    const material = materialOf([entryOf("2026-02", 0n), entryOf("2026-09", 1n)], { factors: two })
    const cell = cellIn(filed("vsme-2025-07-30", material), "B3-scope2-market")
    assert.equal(cell.value, "60.00")
    assert.equal(cell.evidence, "declared")
    const half2 = materialOf([entryOf("2026-02", 0n), entryOf("2026-09", 1n)], {
      factors: tableOf([year("2026-01-01", "2026-06-30", "500")]),
    })
    const partly = cellIn(filed("vsme-2025-07-30", half2), "B3-scope2-market")
    assert.deepEqual([partly.value, partly.state], ["50.00", "partly"])
    assert.match(partly.needs.join(), /residual mix for zone "CH": there is none for 100000\.00 kWh/)
  })

  it("takes no table in which two factors hold at one time, or one for no time", () => {
    const of = (from: string, to: string, zone = "CH") => ({
      ...{ zone, method: "residual", from, to, gramsPerKilowattHour: "500", mix: null },
    })
    const january = of("2026-01-01", "2026-01-31")
    assert.equal(
      tableOf([january, of("2026-02-01", "2026-02-28"), of("2026-01-01", "2026-12-31", "DE")]).list.length,
      3,
    )
    for (const wrong of [
      of("2026-01-31", "2026-12-31"),
      january,
      of("2025-01-01", "2027-01-01"),
      of("2027-02-02", "2027-01-01"),
    ])
      assert.throws(() => tableOf([january, wrong]), { code: "FIELD_MALFORMED" })
  })

  it("never backs more than was consumed", () => {
    const { market, hourly } = cellsWith([wind({ energyWattHours: 10n ** 12n })])
    assert.deepEqual([market.value, hourly.value], ["0.00", "1.0000"])
  })

  it("says on whose word an instrument rests: the reader believes, the profile does not say whom", async () => {
    const signed = wind({ attestation: await account.signMessage({ message: instrumentText(wind()) }) })
    const evidence = (given: object) =>
      cellsWith([signed], given).hourly.sources.find(({ kind }) => kind === "instrument")?.evidence
    assert.deepEqual(
      [evidence({}), evidence({ witnesses: [issuer] }), evidence({ issuers: [issuer] })],
      ["declared", "attested", "proved"],
    )
    const changed = { ...signed, energyWattHours: 41_000_000n }
    assert.equal(
      cellsWith([changed], { issuers: [issuer] }).hourly.sources.find(({ kind }) => kind === "instrument")?.evidence,
      "declared",
    )
  })

  it("does not depend on the order of instruments, and spends no range twice", () => {
    const span = { fromMs: ms("2026-01-01"), toMs: ms("2027-01-01") }
    const some = fc.array(fc.tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 39, max: 60 })), {
      minLength: 1,
      maxLength: 12,
    })
    fc.assert(
      fc.property(some, fc.infiniteStream(fc.nat()), (ranges, shuffle) => {
        const list = ranges.map(([first, more], i) =>
          wind({ id: `i${i}`, reference: `i${i}`, range: { first: BigInt(first), last: BigInt(first + more) } }),
        )
        const order = list
          .map((one) => ({ one, at: shuffle.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one)
        const sort = (all: readonly Instrument[]) =>
          sortInstruments(
            all,
            { issuers: [], witnesses: [] },
            { beneficiary: { name: "Example Compute AG", lei: null }, span },
          )
        const { spendable } = sort(list)
        assert.deepEqual(sort(order).spendable, spendable)
        const numbers = spendable.flatMap(({ instrument: { range } }) =>
          range === null
            ? []
            : Array.from({ length: Number(range.last - range.first) + 1 }, (_, k) => range.first + BigInt(k)),
        )
        assert.equal(new Set(numbers).size, numbers.length)
      }),
      { numRuns: 100 },
    )
  })
})

describe("bundles of EnergyTag", () => {
  const bundle = {
    ...{ issuance_id: "iss-1", certificate_bundle_status: "Cancelled", certificate_bundle_id_range_start: 1 },
    ...{
      certificate_bundle_id_range_end: 1000,
      bundle_quantity: 1000,
      beneficiary: "Example Compute AG",
      face_value: 1,
    },
    ...{ energy_source: "wind", energy_carrier: "electricity", production_starting_interval: "2026-06-01T00:00:00" },
    ...{ production_ending_interval: "2026-06-01T01:00:00", issuing_body: "R", issue_market_zone: "CH", hash: "x" },
    emissions_factor_production_device: 0,
  }
  it("are instruments", () => {
    const [one] = instrumentsOfBundles(bundle, null)
    assert.deepEqual(
      [one?.energyWattHours, one?.status, one?.source, one?.kilogramsPerMegawattHour],
      [1000n, "cancelled", "wind", "0"],
    )
  })
  it("are refused where they contradict themselves", () => {
    assert.throws(() => instrumentsOfBundles({ ...bundle, bundle_quantity: 1001 }, null), { code: "FIELD_MALFORMED" })
    assert.throws(() => instrumentsOfBundles({ ...bundle, production_ending_interval: "2026-06-01T01:00:01" }, null), {
      code: "FIELD_MALFORMED",
    })
  })
})
