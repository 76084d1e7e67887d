import assert from "node:assert/strict"
import type { Entry, Material } from "@wattest/disclosure"
import { claim, type Given, ledger, vsme, YEAR_MS } from "./claim-scene.ts"
import {
  cellIn,
  energy,
  entry,
  filed,
  MILLIJOULES_PER_MWH,
  materialOf,
  ms,
  OPERATOR,
  REGISTRY,
  siteZurich,
  tableOf,
  VOUCHER,
} from "./scene.ts"

describe("a claim beside certificates", () => {
  const beside = (given: Given, entries = [entry({ registers: energy(390n) })]) =>
    vsme(
      [claim({ scope: { registry: REGISTRY, owners: [{ operator: OPERATOR, voucher: VOUCHER }] }, ...given })],
      entries,
    )
  const MWH = MILLIJOULES_PER_MWH
  it("gives way to certificates of its ledgers, also where it counts more of them", () => {
    const whole = beside({})
    const both = beside({
      scope: { registry: REGISTRY, owners: [{ operator: OPERATOR, voucher: VOUCHER }, ledger(2)] },
    })
    const said = (filing: ReturnType<typeof vsme>) => {
      const { value, bound, state } = cellIn(filing, "B3-electricity")
      return [value, bound, state]
    }
    assert.deepEqual(said(whole), ["390.00", "exact", "filled"])
    assert.deepEqual(said(both), ["390.00", "exact", "partly"])
  })

  it("is added to what certificates show of other ledgers: at most both, with both ways to the proof", () => {
    const { value, bound, state, sources, notes } = cellIn(beside({ scope: { owners: [ledger(2)] } }), "B3-electricity")
    assert.deepEqual([value, bound, state], ["790.00", "at-most", "filled"])
    assert.deepEqual(sources.map(({ document }) => document).sort(), ["a.json", "c.json"])
    assert.match(notes.join("\n"), /^at most: certificates show some ledgers, a claim bounds the others/m)
    // Short of the facility, or with time that nobody metered, it bounds a part.
    for (const given of [{ boundary: "node" as const }, { expectedMs: 2n * YEAR_MS }]) {
      const part = cellIn(beside({ ...given, scope: { owners: [ledger(2)] } }), "B3-electricity")
      assert.deepEqual([part.value, part.bound, part.state], ["790.00", "at-most", "partly"])
    }
  })

  it("is added at a site by a claim of that site, and to the whole by none of a site", () => {
    const at = (filters: object) =>
      [claim({ filters, hi: 10n * MWH, scope: { owners: [ledger(2)] } }), entry({ registers: energy(390n) })] as const
    const site = (filters: object) => {
      const [one, shown] = at(filters)
      const { value, bound, state } = cellIn(
        filed("eu-2024-1364", materialOf([shown], { claims: [one], subject: siteZurich })),
        "EDC",
      )
      return [value, bound, state]
    }
    assert.deepEqual(site({ site: "zurich" }), ["400000", "at-most", "filled"])
    assert.deepEqual(site({}), ["390000", "exact", "partly"])
  })

  it("over all sites leaves a country's number a part, unless its ledger is shown or a claim of a site there counts it", () => {
    const factors = tableOf([
      {
        ...{ zone: "CH", method: "location", from: "2026-01-01", to: "2026-12-31" },
        gramsPerKilowattHour: "1",
        mix: null,
      },
    ])
    const carbon = { metric: "carbon", hi: 1n, scope: { owners: [ledger(2)] } } as const
    const inCountry = (claims: Material["books"]["claims"], entries: readonly Entry[] = []) => {
      const all = [entry({ registers: energy(390n) }), ...entries]
      const { needs } = cellIn(filed("esrs-set1-2023-12-22", materialOf(all, { factors, claims })), "E1-6_03/CH")
      return needs.filter((need) => need.endsWith("not where"))
    }
    assert.match(
      inCountry([claim(carbon)]).join("\n"),
      /^certificates of the ledger 137\/.*02, or a claim of zurich alone: c\.json bounds what it took, and not where$/,
    )
    assert.equal(inCountry([claim({ ...carbon, filters: { site: "bern" } })]).length, 0)
    assert.deepEqual(inCountry([claim({ ...carbon, hi: 0n })]), [])
    assert.deepEqual(inCountry([claim({ ...carbon, metric: "pue" })]), [])
    assert.deepEqual(inCountry([claim(carbon), claim({ ...carbon, filters: { site: "zurich" }, digit: "d" })]), [])
    const run = entry({ registry: OPERATOR, voucher: ledger(2).voucher, run: 1n })
    assert.deepEqual(inCountry([claim(carbon)], [run]), [])
    const early = { startMs: ms("2025-01-01"), endMs: ms("2026-01-01") }
    assert.equal(inCountry([claim(carbon)], [{ ...run, ...early }]).length, 1)
  })

  const held: readonly (readonly [string, Given, RegExp | null])[] = [
    ["shows at least as much as it proves", { bound: { lo: 390n * MWH } }, null],
    [
      "shows less than it proves",
      { bound: { lo: 390n * MWH + 1n } },
      /all runs that c\.json counts: .* at least 390000\.00 kWh, .* show 390000\.00 kWh/,
    ],
    ["shows less carbon than it proves", { metric: "carbon", bound: { lo: 1n } }, /at least 0\.00 kg, certificates/],
    [
      "shows more than it proves at most",
      { hi: 390n * MWH - 1n },
      /documents that agree: c\.json proves at most 390000\.00 kWh/,
    ],
    ["shows just as much as it proves at most", { hi: 390n * MWH }, null],
  ]
  for (const [what, given, need] of held)
    it(`is held against certificates: where what they show ${what}`, () => {
      const needs = cellIn(beside(given), "B3-electricity").needs.join("\n")
      if (need === null) assert.equal(needs, "")
      else assert.match(needs, need)
    })

  it("is not held against certificates of other runs, nor at most where runs were not opened", () => {
    const least = { bound: { lo: 1n, hi: 400n * MWH } }
    for (const filters of [{ site: "bern" }, { party: "p" }, { boundary: "rack" as const }])
      assert.match(
        cellIn(beside({ ...least, filters }), "B3-electricity").needs.join(),
        /certificates of its runs show 0\.00/,
      )
    const owners = [{ operator: OPERATOR, voucher: VOUCHER }]
    const late = { owners, registry: REGISTRY, asOf: entry().block.time }
    for (const scope of [late, { owners }, { owners, registry: REGISTRY, chainId: 1 }])
      assert.match(
        cellIn(beside({ ...least, scope }), "B3-electricity").needs.join(),
        /certificates of its runs show 0\.00/,
      )
    const unopened = { registry: REGISTRY, owners, unopened: 1 }
    assert.deepEqual(cellIn(beside({ hi: 1n, scope: unopened }), "B3-electricity").needs, [])
  })

  it("is of another ledger on another chain, in another registry, or with another voucher", () => {
    const own = { chainId: 137, registry: REGISTRY, owners: [{ operator: OPERATOR, voucher: VOUCHER }] }
    const value = (scope: object) => cellIn(beside({ scope: { ...own, ...scope } }), "B3-electricity").value
    assert.equal(value({}), "390.00")
    const others = [{ chainId: 1 }, { registry: OPERATOR }, { owners: [{ operator: OPERATOR, voucher: OPERATOR }] }]
    for (const other of others) assert.equal(value(other), "790.00", JSON.stringify(other))
  })

  it("of a ledger that no certificate shows leaves what certificates show a part", () => {
    const needs = (given: Given) => cellIn(beside(given), "B3-electricity").needs
    const owners = [ledger(2)]
    assert.deepEqual(needs({ scope: { owners } }), [])
    assert.match(
      needs({ scope: { owners }, metric: "carbon" }).join(),
      new RegExp(`certificates of the ledger 137/${OPERATOR}/${OPERATOR}/${owners[0]?.voucher}: c.json bounds`),
    )
    assert.deepEqual(needs({ scope: { owners }, hi: 0n }), [])
    assert.deepEqual(needs({ scope: { owners }, metric: "pue", expectedMs: null }), [])
  })

  it("is listed where certificates of its ledgers are counted", () =>
    assert.match(beside({}).notes.join(), /c\.json fills no number: certificates of its ledgers are counted/))
})
