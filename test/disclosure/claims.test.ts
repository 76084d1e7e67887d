import assert from "node:assert/strict"
import type { ClaimEntry } from "@wattest/disclosure"
import type { Hex } from "@wattest/protocol"
import { locationBased } from "../../disclosure/src/figures/carbon.ts"
import { worldOf } from "../../disclosure/src/figures/world.ts"
import { claim, type Given, ledger, seconds, vsme, YEAR_MS } from "./claim-scene.ts"
import {
  cellIn,
  device,
  energy,
  entry,
  filed,
  MILLIJOULES_PER_MWH,
  materialOf,
  OPERATOR,
  profileOf,
  siteZurich,
} from "./scene.ts"

const electricity = (...claims: readonly ClaimEntry[]) => cellIn(vsme(claims), "B3-electricity")

describe("a cell that only a claim fills", () => {
  it("says at most, with the claim as its source", () => {
    const { value, bound, state, evidence, sources, notes, uncertainty } = electricity(claim())
    assert.deepEqual([value, bound, state, evidence, uncertainty], ["400.00", "at-most", "filled", "proved", null])
    assert.deepEqual(
      sources.map(({ document, kind, verdict, block }) => [document, kind, verdict, block]),
      [["c.json", "presentation", "valid", { chainId: 137, number: "77000000", time: 1_801_440_000 }]],
    )
    assert.match(notes.join("\n"), /^at most: a claim bounds what.*\ntook at most so much$/m)
  })

  it("is a site's where it counts all runs of the site", () => {
    const two = profileOf({ sites: ["zurich", "bern"].map((id) => ({ ...SITE, id })) })
    const of = (metric: "energy" | "carbon" | "water", hi: bigint, site: string, digit: string) =>
      claim({ metric, hi, filters: { site }, digit })
    const claims = [
      of("energy", 3n * MILLIJOULES_PER_MWH, "zurich", "1"),
      of("energy", 4n * MILLIJOULES_PER_MWH, "bern", "2"),
      of("carbon", 1_500_000_000n, "zurich", "3"),
      of("water", 7_000_000n, "bern", "4"),
    ]
    const filing = vsme(claims, [], { profile: two })
    const said = (id: string) => {
      const { value, bound, state, sources } = cellIn(filing, id)
      return [value, bound, state, ...sources.map(({ document }) => document)]
    }
    assert.deepEqual(said("B3-electricity"), ["7.00", "at-most", "filled", "2.json", "1.json"])
    // Of the other site nobody says anything.
    assert.deepEqual(said("B3-scope2-location"), ["1.50", "at-most", "partly", "3.json"])
    assert.deepEqual(said("B6-withdrawn"), ["7.0", "at-most", "partly", "4.json"])
  })

  it("is a country's where it counts all runs of a site there, and no country's where it counts all", () => {
    const sites = ["CH", "DE"].map((country) => ({ ...SITE, id: `in ${country}`, country }))
    const carbon = (hi: bigint, filters: object, digit: string) => claim({ metric: "carbon", hi, filters, digit })
    const all = carbon(9_000_000_000n, {}, "1")
    const values = (...claims: readonly ClaimEntry[]) => {
      const filing = filed("esrs-set1-2023-12-22", materialOf([], { claims, profile: profileOf({ sites }) }))
      return ["E1-6_09", "E1-6_03/CH", "E1-6_03/DE"].map((id) => cellIn(filing, id).value)
    }
    assert.deepEqual(values(all), ["9.00", null, null])
    const own = carbon(1_500_000_000n, { site: "in CH" }, "2")
    assert.deepEqual(values(all, own), ["9.00", "1.50", null])
  })

  it("is rounded up, so that it stays true", () => {
    assert.equal(electricity(claim({ hi: (801n * MILLIJOULES_PER_MWH) / 2n })).value, "400.50")
    assert.equal(electricity(claim({ hi: 400n * MILLIJOULES_PER_MWH + 1n })).value, "400.01")
  })

  it("takes the sharpest of several, and of several boundaries the outermost", () => {
    const sharp = claim({ hi: 390n * MILLIJOULES_PER_MWH, digit: "d" })
    assert.equal(electricity(claim(), sharp).value, "390.00")
    assert.equal(electricity(sharp, claim()).value, "390.00")
    const node = claim({ hi: 10n * MILLIJOULES_PER_MWH, boundary: "node", digit: "d" })
    for (const order of [
      [claim(), node],
      [node, claim()],
    ])
      assert.equal(electricity(...order).value, "400.00")
  })

  it("is but a part where no claim is of the facility", () => {
    const { value, state, needs } = electricity(claim({ boundary: "node" }))
    assert.deepEqual([value, state], ["400.00", "partly"])
    assert.match(needs.join(), /a claim at the facility boundary: at the node cooling/)
    assert.deepEqual(electricity(claim()).needs, [])
  })

  it("adds up over ledgers, the sharpest of each, and none of them twice", () => {
    const [first, second] = [ledger(1), ledger(2)]
    const of = (hi: bigint, digit: string, ...owners: ReturnType<typeof ledger>[]) =>
      claim({ hi: hi * MILLIJOULES_PER_MWH, digit, scope: { owners } })
    const apart = electricity(of(300n, "c", first), of(20n, "d", second), of(290n, "e", first))
    assert.deepEqual([apart.value, apart.state, apart.sources.length], ["310.00", "filled", 2])
    // Over both at once it counts alone, whatever its parts add up to.
    const together = electricity(of(300n, "c", first), of(310n, "d", first, second), of(20n, "e", second))
    assert.deepEqual([together.value, together.state, together.sources.length], ["310.00", "filled", 1])
    // One that shares a ledger with another is not added to it.
    const third = ledger(3)
    const crossed = electricity(of(300n, "c", first, second), of(20n, "d", second, third))
    assert.deepEqual([crossed.value, crossed.state], ["20.00", "partly"])
    assert.match(
      crossed.needs.join(),
      new RegExp(`also counts the ledger 137/${OPERATOR}/${first.operator}/${first.voucher}`),
    )
  })

  it("is partly filled where another claim names a ledger that it does not count", () => {
    const other = claim({ metric: "metered-time", digit: "d", scope: { owners: [ledger(2)] } })
    const cell = electricity(claim(), other)
    assert.deepEqual([cell.value, cell.state], ["400.00", "partly"])
    assert.equal(electricity(claim(), claim({ metric: "metered-time", digit: "d" })).state, "filled")
  })

  it("may miss just as much time as the policy lets be missing, and says how long sensors were blind", () => {
    const expectedMs = 1000n * YEAR_MS
    const at = (missing: bigint) => electricity(claim({ expectedMs, meteredMs: expectedMs - missing, blindPpm: 1000n }))
    const most = expectedMs / 100n
    assert.deepEqual([at(most).state, at(most + 1n).state], ["filled", "partly"])
    assert.equal(at(0n).coverage?.blindMs, `${YEAR_MS}`)
  })

  it("is no site's by a claim of all, of energy or of carbon", () => {
    const carbon = claim({ metric: "carbon", digit: "d" })
    const material = materialOf([], { claims: [claim(), carbon], subject: siteZurich })
    assert.equal(cellIn(filed("eu-2024-1364", material), "EDC").value, null)
    assert.equal(locationBased(worldOf(material)).value, null)
  })

  it("is of a claim that was taken at the time of the statement, and of none taken later", () => {
    const taken = claim().claim.scope.asOf ?? 0
    const at = (asOf: number) => vsme([claim()], [], { asOf })
    assert.equal(cellIn(at(taken), "B3-electricity").value, "400.00")
    assert.equal(cellIn(at(taken - 1), "B3-electricity").value, null)
    assert.match(at(taken - 1).notes.join(), /c\.json is not counted: it was taken after the time/)
  })

  it("is of no claim that was taken before its period had ended", () => {
    const at = (second: number) => vsme([claim({ scope: { asOf: seconds("2027-01-01") + second } })])
    assert.equal(cellIn(at(0), "B3-electricity").value, null)
    assert.match(at(0).notes.join(), /c\.json is not counted: it was taken before its period had ended/)
    assert.equal(cellIn(at(1), "B3-electricity").value, "400.00")
  })

  it("is the entity's own word where recorded traces may be among the runs", () => {
    const { conditions } = claim().claim.scope
    const told = electricity(claim({ scope: { conditions: { ...conditions, origin: "recorded" } } }))
    assert.equal(told.evidence, "declared")
    assert.match(told.notes.join("\n"), /^recorded traces may be among its runs/m)
    assert.doesNotMatch(electricity(claim()).notes.join(), /traces/)
  })

  it("of a registry is not that of another one", () => {
    const elsewhere = { ...claim({ digit: "d" }).claim.scope, registry: device(9).slice(0, 42) as Hex }
    assert.equal(electricity(claim(), claim({ digit: "d", scope: elsewhere })).value, "800.00")
  })

  it("lacks the time that nobody metered or proved, as far as the policy does not let it be missing", () => {
    const limit = (YEAR_MS * 100n) / 99n
    assert.equal(electricity(claim({ expectedMs: limit })).state, "filled")
    const late = electricity(claim({ expectedMs: limit + 2n }))
    assert.deepEqual([late.state, late.coverage?.expectedMs], ["partly", `${limit + 2n}`])
    assert.match(late.needs.join(), /a claim without missing time: 3\.7 device-days of 368\.7/)
    assert.equal(electricity(claim({ expectedMs: YEAR_MS / 2n })).state, "filled")
    const unknown = electricity(claim({ expectedMs: null }))
    assert.deepEqual([unknown.state, unknown.coverage?.expectedMs], ["partly", null])
  })

  it("of a quotient is of all ledgers at once, in its unit", () => {
    const of = (metric: "pue" | "wue", hi: bigint, ...owners: ReturnType<typeof ledger>[]) =>
      cellIn(
        filed(
          "eu-2024-1364",
          materialOf([], {
            claims: [claim({ metric, hi, scope: { owners }, filters: { site: "zurich" } })],
            subject: siteZurich,
          }),
        ),
        metric.toUpperCase(),
      )
    assert.deepEqual(
      [of("pue", 1_250_000n, ledger(1)).value, of("wue", 1_500_000n, ledger(1)).value],
      ["1.250", "1.500"],
    )
    assert.equal(of("pue", 1_250_001n, ledger(1)).value, "1.251")
  })

  const unfit: readonly (readonly [string, Given])[] = [
    ["of one model", { filters: { model: "m" } }],
    ["of one unit of work", { filters: { unit: "token" } }],
    ["of one party", { filters: { party: "p" } }],
    ["of one zone", { filters: { zone: "CH" } }],
    ["of one site, for the whole", { filters: { site: "zurich" } }],
    ["of another year", { scope: { from: seconds("2025-01-01"), to: seconds("2026-01-01") } }],
    ["of a part of the year", { scope: { to: seconds("2026-07-01") } }],
    ["of another operator", { scope: { owners: [{ operator: `0x${"99".repeat(20)}`, voucher: OPERATOR }] } }],
    ["of nobody's ledgers", { scope: { owners: [] } }],
    ["whose number is over a part of the year", { over: { to: seconds("2026-07-01") } }],
    ["whose number is over a later part of it", { over: { from: seconds("2026-07-01") } }],
    ["over chosen runs", { scope: { asOf: null } }],
    ["of no upper bound", { hi: 2n ** 80n - 1n }],
    ["of another number", { metric: "water" }],
  ]
  for (const [what, given] of unfit)
    it(`is not filled by a claim ${what}`, () => {
      if (what === "of one site, for the whole") {
        // It bounds its site, and there is one site: as a site's number it counts.
        const two = profileOf({ sites: ["zurich", "bern"].map((id) => ({ ...SITE, id })) })
        const cell = cellIn(vsme([claim(given)], [], { profile: two }), "B3-electricity")
        assert.deepEqual([cell.bound, cell.state], ["at-most", "partly"])
        return
      }
      const { value, state } = electricity(claim(given))
      assert.deepEqual([value, state], [null, "missing"])
    })

  it("is partly filled where runs were not opened", () => {
    const cell = electricity(claim({ scope: { unopened: 1 } }))
    assert.deepEqual([cell.state, /1 of them are not counted/.test(cell.needs.join())], ["partly", true])
  })

  const idle: readonly (readonly [string, Given, RegExp])[] = [
    ["of one model", { filters: { model: "m" } }, /runs of one label alone/],
    ["of a site that the profile does not have", { filters: { site: "bern" } }, /no site "bern"/],
    ["of energy per work", { metric: "energy-per-work" }, /no line asks for energy-per-work/],
    ["of no upper bound", { hi: 2n ** 80n - 1n }, /has no upper bound/],
  ]
  for (const [what, given, reason] of idle)
    it(`that fills no number is listed with the reason: one ${what}`, () =>
      assert.match(
        vsme([claim(given)]).notes.join("\n"),
        new RegExp(`the claim of c.json fills no number: .*${reason.source}`),
      ))

  it("is listed where it is not about the site, and not where it fills one", () => {
    const site = filed("eu-2024-1364", materialOf([], { claims: [claim()], subject: siteZurich }))
    assert.match(site.notes.join(), /c\.json fills no number: it is not about zurich alone/)
    assert.doesNotMatch(vsme([claim()]).notes.join(), /fills no number/)
  })

  it("is divided by no other cell, and by no instrument", () => {
    const material = materialOf([], { claims: [claim()] })
    assert.equal(cellIn(filed("sbti-cnzs-2.0", material), "hourly").value, null)
    assert.equal(cellIn(filed("vsme-2025-07-30", material), "B3-scope2-market").value, null)
  })
})

const SITE = { id: "zurich", address: "", municipality: "", country: "CH", zone: "CH", dataCentre: null }

describe("what the chain expects", () => {
  const shown = entry({ registers: energy(390n), registry: OPERATOR, voucher: OPERATOR })
  const cellWith = (...claims: readonly ClaimEntry[]) => cellIn(vsme(claims, [shown]), "B3-electricity")

  it("is all there: the cell is filled", () => assert.equal(cellWith(claim()).state, "filled"))

  it("is more than what was handed in: a second device of the ledger that shows nothing", () => {
    const cell = cellWith(claim({ expectedMs: 2n * YEAR_MS }))
    assert.deepEqual([cell.value, cell.state], ["390.00", "partly"])
    assert.match(cell.needs.join(), /365\.0 device-days at the facility: the chain expects 730\.0, by c\.json/)
  })

  it("may be missed by as much as the policy lets be missing, and by no ms more", () => {
    // One percent of what is expected: expected = metered / 0.99.
    const limit = (YEAR_MS * 100n) / 99n
    assert.equal(cellWith(claim({ expectedMs: limit })).state, "filled")
    assert.equal(cellWith(claim({ expectedMs: limit + 2n })).state, "partly")
  })

  it("is counted once for a ledger that two claims are of", () => {
    assert.equal(cellWith(claim(), claim({ digit: "d" })).state, "filled")
    const other = { owners: [{ operator: OPERATOR, voucher: device(9).slice(0, 42) as Hex }] }
    const timed = claim({ metric: "metered-time", digit: "d", scope: other })
    assert.equal(cellWith(claim(), timed).state, "partly")
    // Time of one ledger fills none of another's.
    assert.match(cellWith(timed).needs.join(), /certificates of 365\.0 device-days at the facility/)
    assert.equal(cellWith(claim(), claim({ digit: "d", scope: other })).state, "filled")
  })

  it("is nothing where no claim says it", () => assert.equal(cellWith(claim({ expectedMs: null })).state, "filled"))
})
