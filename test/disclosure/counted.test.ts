import assert from "node:assert/strict"
import { booksOf, type Entry } from "@wattest/disclosure"
import type { Boundary, Declared, Hex, Profile } from "@wattest/protocol"
import type { JudgedDocument } from "@wattest/verifier/files"
import { productWith, served } from "./pact-scene.ts"
import { cellIn, device, energy, entry, filed, materialOf, profileOf, siteZurich, tableOf } from "./scene.ts"

const year = { from: "2026-01-01", to: "2026-12-31" }
const factors = tableOf([{ ...year, zone: "CH", method: "location", gramsPerKilowattHour: "100", mix: null }])

describe("Scope 1", () => {
  const leak = (leakedKilograms: string, warmingPotential: string) => ({
    ...{ name: "R", chargeKilograms: "50", leakedKilograms, warmingPotential },
  })
  const siteWith = (id: string, ...refrigerants: readonly ReturnType<typeof leak>[]) => ({
    ...{ id, address: "", municipality: "", country: "CH", zone: "CH" },
    dataCentre: {
      ...{ type: "colocation" as const, owner: "o", operator: "p", installedItKilowatts: "900", upsPresent: true },
      ...{ floorSquareMetres: null, computerRoomSquareMetres: null, batteryKilowattHours: null },
      ...{ intakeCelsius: null, wasteHeatCelsius: null, coolingDegreeDays: null, refrigerants },
    },
  })
  const item: Declared = {
    ...{ ...year, figure: "scope1", value: "10", unit: "tCO2e", site: null, source: "accounts", document: null },
  }
  // 2 kg of 1,430 and 3 kg of 2,000; 1 kg of 4,000.
  const sites = [siteWith("zurich", leak("2", "1430"), leak("3", "2000")), siteWith("bern", leak("1", "4000"))]
  const cellOf = (given: Partial<Profile>) =>
    cellIn(filed("esrs-set1-2023-12-22", materialOf([], { profile: profileOf(given) })), "E1-6_07")

  it("is what is declared and each refrigerant that leaked, at each site", () => {
    const { value, state, sources } = cellOf({ sites, declared: [item] })
    assert.deepEqual([value, state], ["22.86", "filled"])
    assert.deepEqual(
      sources.map(({ document, quantity }) => [document, quantity]),
      [
        ["profile: scope1 (accounts)", "10"],
        ["profile: refrigerants of zurich", "8.86"],
        ["profile: refrigerants of bern", "4"],
      ],
    )
  })

  it("is what is declared where nothing leaks, and a part where nothing is declared", () => {
    const tight = [siteWith("zurich"), ...profileOf().sites.map((site) => ({ ...site, id: "bern" }))]
    const { value, state, sources } = cellOf({ sites: tight, declared: [item] })
    assert.deepEqual([value, state, sources.length], ["10.00", "filled", 1])
    const part = cellOf({ sites })
    assert.deepEqual([part.value, part.state], ["12.86", "partly"])
    assert.match(part.needs.join(), /"scope1" declared/)
    const nothing = cellOf({ sites: tight })
    assert.deepEqual([nothing.value, nothing.state], [null, "missing"])
  })

  it("of a site has what leaked there alone", () => {
    const profile = profileOf({ sites, declared: [{ ...item, site: "zurich" }] })
    const filing = filed("esrs-set1-2023-12-22", materialOf([], { profile, subject: siteZurich }))
    assert.equal(cellIn(filing, "E1-6_07").value, "18.86")
  })
})

describe("what others metered", () => {
  const [supplier, stranger]: readonly [Hex, Hex] = [`0x${"22".repeat(20)}`, `0x${"99".repeat(20)}`]
  const suppliers: Profile["suppliers"] = [{ name: "Cloud AG", operator: supplier, party: "us", category: "1.1" }]
  const bought = entry({ operator: supplier, device: device(7), party: "us", registers: energy(50n) })
  const filingOf = (...entries: readonly Entry[]) =>
    filed("esrs-set1-2023-12-22", materialOf(entries, { factors, profile: profileOf({ suppliers }) }))
  const foreign = (operator: Hex) => new RegExp(`documents of operator ${operator} are not counted`)

  it("counts by operator and label together", () => {
    const filing = filingOf(bought)
    assert.equal(cellIn(filing, "E1-6_11/1.1").value, "5.00")
    assert.doesNotMatch(filing.notes.join(), /are not counted/)
  })

  it("says what weakens a supplier's number, as of one's own, and leaves it a part where documents contradict it", () => {
    const finding = { code: "LIFETIME_BROKEN", severity: "serious", sentence: "s", detail: "d" } as const
    const category = (given: Partial<Entry>, documents: readonly string[] = []) => {
      const contradictions = [{ ...finding, documents }]
      const material = materialOf([{ ...bought, ...given }], {
        ...{ factors, profile: profileOf({ suppliers }) },
        contradictions,
      })
      return cellIn(filed("esrs-set1-2023-12-22", material), "E1-6_11/1.1")
    }
    const whole = category({}, ["other.json"])
    assert.deepEqual([whole.state, whole.notes.filter((note) => note.startsWith("Cloud AG: ")).length], ["filled", 1])
    const twice = category({}, ["a.json", "b.json"])
    assert.deepEqual(
      [twice.state, twice.needs],
      ["partly", ["documents that agree: LIFETIME_BROKEN, s: d (a.json and b.json)"]],
    )
    const weak = category({ boundary: "node", broken: true, origin: "recorded" })
    for (const note of ["at the node cooling", "1 run before which", "1 run of recorded traces"])
      assert.ok(
        weak.notes.some((one) => one.startsWith(`Cloud AG: ${note}`)),
        note,
      )
  })

  for (const [what, given] of [
    ["another operator under the same label", { operator: stranger }],
    ["the supplier under another label", { party: "them" }],
  ] as const)
    it(`counts nothing of ${what}, and says whose documents those are`, () => {
      const other = { ...bought, ...given, device: device(8) }
      const filing = filingOf(bought, other)
      assert.equal(cellIn(filing, "E1-6_11/1.1").value, "5.00")
      assert.match(filing.notes.join(), foreign(other.operator))
    })
})

describe("the use of what was sold", () => {
  const [customer, stranger]: readonly [Hex, Hex] = [`0x${"55".repeat(20)}`, `0x${"99".repeat(20)}`]
  const suppliers: Profile["suppliers"] = [{ name: "Customer", operator: customer, party: "seller", category: "11" }]
  const used = { ...served, operator: customer, party: "seller" }
  const energyOf = (...entries: readonly Entry[]) => {
    const profile = profileOf({ products: [productWith()], suppliers })
    const subject = { kind: "model", name: "m" } as const
    return cellIn(filed("pact-3-category-11", materialOf(entries, { profile, subject })), "energy")
  }

  it("is what a customer metered under the entity's label, and nobody else", () => {
    const { value, sources } = energyOf(used)
    assert.ok(value !== null && sources.length > 0)
    for (const other of [{ operator: stranger }, { party: "them" }]) {
      const more = { ...used, ...other, device: device(9), registers: { ...used.registers, workUnits: 1n } }
      assert.equal(energyOf(used, more).value, value)
      assert.equal(energyOf(more).value, null)
    }
  })
})

describe("what documents show together", () => {
  const fact = {
    ...{ device: device(1), run: 0n, root: device(0xf), startMs: 0, endMs: 1000, boundary: "node" as const },
    ...{ lifetimeMillijoules: 10n, energyMillijoules: 10n, broken: false, vouchDocument: null, job: null, uses: [] },
  }
  const documentOf = (name: string, given: Partial<typeof fact>): JudgedDocument => ({
    ...{ name, kind: "certificate", sha256: name.repeat(64), proven: null },
    verdict: { status: "invalid", code: "FIELD_MALFORMED", detail: "" },
    facts: { runs: [{ ...fact, ...given }], vouches: [], claims: [], receipts: [], jobs: [] },
  })
  const codes = (given: Partial<typeof fact>) =>
    booksOf([documentOf("a", {}), documentOf("b", given)]).contradictions.map(({ code }) => code)

  it("contradicts a number where it is serious", () =>
    assert.deepEqual(codes({ run: 1n, startMs: 1000, endMs: 2000, lifetimeMillijoules: 5n }), ["LIFETIME_BROKEN"]))
  for (const [what, given] of [
    ["runs between those shown are missing", { run: 2n, startMs: 2000, endMs: 3000, lifetimeMillijoules: 30n }],
    ["one run stands in two documents", {}],
  ] as const)
    it(`is no contradiction where ${what}`, () => assert.deepEqual(codes(given), []))
})

describe("a device within another", () => {
  const meter = (n: number, within: number | null): Profile["meters"][number] => ({
    ...{ device: device(n), site: "zurich", within: within === null ? null : device(within) },
    ...{ from: "2026-01-01", to: null },
  })
  type Run = { readonly mwh: bigint; readonly more?: bigint; readonly around?: bigint; readonly at?: Boundary }
  const runOf = (n: number, { mwh, more = 0n, around = 0n, at = "node" }: Run) => {
    const { energyMillijoules, ...rest } = energy(mwh)
    const registers = { ...rest, energyMillijoules: energyMillijoules + more, uncertaintyMillijoules: around }
    return entry({ device: device(n), boundary: at, registers })
  }
  const needsOf = (meters: Profile["meters"], ...entries: readonly Entry[]) =>
    cellIn(filed("vsme-2025-07-30", materialOf(entries, { profile: profileOf({ meters }) })), "B3-electricity").needs
  const isRefused = (needs: readonly string[]) => /what lies within what/.test(needs.join())
  const pair = (outer: Run, inner: Run) =>
    isRefused(needsOf([meter(1, null), meter(2, 1)], runOf(1, outer), runOf(2, inner)))

  it("takes at most what the other does, and not a millijoule more", () => {
    assert.equal(pair({ mwh: 10n }, { mwh: 10n }), false)
    assert.equal(pair({ mwh: 10n }, { mwh: 10n, more: 1n }), true)
  })

  it("takes as much more as the uncertainties of both allow together", () => {
    assert.equal(pair({ mwh: 10n, around: 3n }, { mwh: 10n, more: 5n, around: 2n }), false)
    assert.equal(pair({ mwh: 10n, around: 3n }, { mwh: 10n, more: 6n, around: 2n }), true)
  })

  it("is metered as far in or further, and no further out", () => {
    assert.equal(pair({ mwh: 10n, at: "rack" }, { mwh: 9n, at: "rack" }), false)
    assert.equal(pair({ mwh: 10n, at: "rack" }, { mwh: 9n, at: "node" }), false)
    assert.equal(pair({ mwh: 10n, at: "rack" }, { mwh: 9n, at: "facility" }), true)
  })

  it("adds up with the others that the same one holds", () => {
    const meters = [meter(1, null), meter(2, 1), meter(3, 1)]
    const held = (mwh: bigint) => needsOf(meters, ...[runOf(1, { mwh: 10n }), runOf(2, { mwh: 5n }), runOf(3, { mwh })])
    assert.equal(isRefused(held(5n)), false)
    const [need = ""] = held(6n).filter((one) => one.startsWith("what lies within"))
    assert.match(need, /devices within it took 11000\.00 kWh, it took 10000\.00 kWh/)
  })

  it("is held against the nearest one that is shown, through those that are not", () => {
    const meters = [meter(1, null), meter(2, 1), meter(3, 2)]
    assert.equal(isRefused(needsOf(meters, runOf(1, { mwh: 10n }), runOf(3, { mwh: 11n }))), true)
    const nearest = needsOf(meters, ...[runOf(1, { mwh: 20n }), runOf(2, { mwh: 10n }), runOf(3, { mwh: 11n })])
    assert.match(nearest.join(), new RegExp(`more certificates of ${device(2)}`))
  })
})
