import assert from "node:assert/strict"
import type { Entry } from "@wattest/disclosure"
import type { Instrument, Profile } from "@wattest/protocol"
import fc from "fast-check"
import { hourly, hoursOf, spread } from "../../disclosure/src/instruments/hours.ts"
import { type Matching, spend } from "../../disclosure/src/instruments/match.ts"
import { createSpentOnce } from "../../disclosure/src/instruments/spent-once.ts"
import { between, HOUR, wind } from "./instrument-scene.ts"
import {
  cellIn,
  device,
  energy,
  entry,
  filed,
  MILLIJOULES_PER_MWH,
  materialOf,
  profileOf,
  siteZurich,
  tableOf,
} from "./scene.ts"

const run = (startMs: number, endMs: number, mwh: bigint, given: Partial<Entry> = {}) =>
  entry({ startMs, endMs, registers: energy(mwh), ...given })
const hour = run(HOUR.from * 1000, HOUR.to * 1000, 100n)

describe("energy by hours", () => {
  const H = 3_600_000

  it("is that of the hours in which a run lies, and of none beside", () => {
    assert.deepEqual(hoursOf(run(0, H, 1n)), [[0, MILLIJOULES_PER_MWH]])
    assert.deepEqual(
      hoursOf(run(H / 2, 2 * H, 3n)).map(([number, part]) => [number, part / MILLIJOULES_PER_MWH]),
      [
        [0, 1n],
        [1, 2n],
      ],
    )
    assert.deepEqual(hoursOf(run(5, 5, 1n)), [[0, MILLIJOULES_PER_MWH]])
  })

  it("is not spread over more than 9,000 of them", () => {
    assert.equal(hoursOf(run(0, 9000 * H, 1n)).length, 9000)
    assert.deepEqual(hoursOf(run(0, 9001 * H, 1n)), [[9000, MILLIJOULES_PER_MWH]])
  })

  it("adds up to exactly the run, over whatever hours", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        fc.integer({ min: 0, max: 10 ** 9 }),
        fc.integer({ min: 1, max: 10 ** 9 }),
        (energyMillijoules, from, length) => {
          const run = entry({ startMs: from, endMs: from + length, registers: { ...energy(0n), energyMillijoules } })
          assert.equal(
            hoursOf(run).reduce((all, [, millijoules]) => all + millijoules, 0n),
            energyMillijoules,
          )
        },
      ),
    )
  })

  it("adds up by zone, and says what is spread", () => {
    const entries = [run(0, H, 1n), run(0, H, 2n, { device: device(2) }), run(0, 2 * H, 4n, { zone: "DE" })]
    const zones = hourly(entries)
    assert.deepEqual([...(zones.get("CH") ?? [])], [[0, 3n * MILLIJOULES_PER_MWH]])
    assert.deepEqual([...(zones.get("DE")?.keys() ?? [])], [0, 1])
    assert.equal(spread(entries), 4n * MILLIJOULES_PER_MWH)
  })
})

describe("spending", () => {
  const met = (
    instruments: readonly Partial<Instrument>[],
    matching: Matching,
    all: readonly Entry[] = [hour],
    own: readonly Entry[] = all,
  ) =>
    spend(
      { all: hourly(all), own: hourly(own) },
      instruments.map((given) => {
        const instrument = wind(given)
        return { instrument, evidence: "declared", millijoules: instrument.energyWattHours * 3_600_000n }
      }),
      matching,
    )
  const spent = (...given: Parameters<typeof met>) =>
    met(...given).spent.map(({ millijoules }) => millijoules / MILLIJOULES_PER_MWH)

  it("takes the smaller of both, and what is left by the next", () => {
    assert.deepEqual(spent([{}, {}, {}, {}], "hour"), [40n, 40n, 20n])
    assert.deepEqual(spent([{ zone: "DE" }, {}], "year"), [40n])
  })

  it("is of a part of the consumption by its share of each zone and time, whoever is the part", () => {
    const other = { ...hour, device: device(2), registers: energy(300n) }
    const elsewhere = { ...other, zone: "DE" }
    assert.deepEqual(spent([{}], "hour", [hour, other], [hour]), [10n])
    assert.deepEqual(spent([{}], "hour", [hour, other], [other]), [30n])
    assert.deepEqual(spent([{}], "hour", [hour, elsewhere], [hour]), [40n])
    assert.deepEqual(spent([{}], "hour", [hour, elsewhere], [elsewhere]), [])
    // A part that is metered higher than the whole has all of it, and no more.
    assert.deepEqual(spent([{}], "hour", [hour], [other]), [40n])
    // What nobody counts at a site of the entity has no part of its instruments.
    assert.deepEqual(spent([{}], "hour", [elsewhere], [hour]), [])
  })

  it("says how much of an instrument met nothing, and why", () => {
    const left = (...given: Parameters<typeof met>) =>
      met(...given).unspent.map(({ millijoules, reason }) => [millijoules / MILLIJOULES_PER_MWH, reason])
    assert.deepEqual(left([{}, {}], "hour"), [])
    assert.deepEqual(left([{}, {}, {}], "day"), [[20n, "no more was metered in its zone and day"]])
    assert.deepEqual(left([{ zone: "DE" }], "year"), [[40n, 'no run shows energy in zone "DE"']])
    const year = between("2026-01-01", "2027-01-01")
    assert.deepEqual(left([year], "hour"), [[40n, "it was made over more than one hour"]])
    assert.deepEqual(left([year], "year"), [])
  })

  it("meets the hour or the day of an instrument, where there is one only", () => {
    const inside = between("2026-06-01T00:10:00Z", "2026-06-01T00:20:00Z")
    const across = between("2026-06-01T00:30:00Z", "2026-06-01T01:00:01Z")
    const day = between("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z")
    const longer = between("2026-06-01T00:00:00Z", "2026-06-02T00:00:01Z")
    for (const [given, hours, days, years] of [
      [HOUR, 1, 1, 1],
      [inside, 1, 1, 1],
      [across, 0, 1, 1],
      [day, 0, 1, 1],
      [longer, 0, 0, 1],
      [between("2026-06-01T01:00:00Z", "2026-06-01T02:00:00Z"), 0, 1, 1],
      [between("2026-05-31T23:00:00Z", "2026-06-01T00:00:00Z"), 0, 0, 1],
    ] as const)
      assert.deepEqual(
        (["hour", "day", "year"] as const).map((matching) => spent([given], matching).length),
        [hours, days, years],
      )
  })
})

describe("spending once", () => {
  const refusals = (...instruments: readonly Partial<Instrument>[]) => {
    const take = createSpentOnce()
    return instruments.map((given, i) => take(wind({ id: `${i}`, reference: `${i}`, ...given })))
  }
  const ranged = (first: bigint, last: bigint) => ({ range: { first, last } })

  it("names the first of a document's lines to whom its certificates are spent already", () => {
    const line = { document: `0x${"04".repeat(32)}`, registry: "R" } as const
    const [, , elsewhere] = refusals(
      { ...line, ...ranged(0n, 9n) },
      { ...line, ...ranged(10n, 19n) },
      { ...line, ...ranged(20n, 29n), registry: "another" },
    )
    assert.equal(elsewhere, "its certificates are spent already, as 0")
  })

  it("takes ranges in whatever order, and none that meets another, be it before or behind", () => {
    assert.deepEqual(
      refusals(ranged(10n, 19n), ranged(30n, 39n), ranged(20n, 29n), ranged(0n, 9n)),
      Array(4).fill(null),
    )
    for (const [first, last, met] of [
      [19n, 25n, "0"],
      [25n, 30n, "1"],
      [12n, 13n, "0"],
      [5n, 50n, "0"],
      [39n, 39n, "1"],
    ] as const)
      assert.equal(
        refusals(ranged(10n, 19n), ranged(30n, 39n), ranged(first, last)).at(-1),
        `its certificates are spent already, as ${met}`,
      )
    assert.equal(refusals(ranged(10n, 19n), { ...ranged(10n, 19n), registry: "S" }).at(-1), null)
  })

  it("holds a contract against each certificate that was bought with its electricity", () => {
    const bought = { bundled: true, document: `0x${"01".repeat(32)}` } as const
    const [june, july] = [between("2026-06-01", "2026-07-01"), between("2026-07-01", "2026-08-01")]
    const other = { ...bought, document: `0x${"02".repeat(32)}` } as const
    const contract = { kind: "ppa", document: `0x${"03".repeat(32)}` } as const
    assert.match(
      refusals({ ...bought, ...june }, { ...other, ...july }, { ...contract, ...july }).at(-1) ?? "",
      /it may be the electricity of 1/,
    )
    assert.equal(refusals({ ...bought, ...june }, { ...contract, ...july }).at(-1), null)
    assert.equal(refusals({ ...bought, ...july }, { ...contract, ...june }).at(-1), null)
    assert.equal(refusals({ ...bought, ...june }, { ...contract, ...june, zone: "DE" }).at(-1), null)
  })
})

describe("emissions by market", () => {
  const cells = (instruments: readonly Instrument[], entries: readonly Entry[] = [hour]) => {
    const material = materialOf(entries, { profile: profileOf({ instruments, meters: [] }) })
    const [vsme, sbti] = [filed("vsme-2025-07-30", material), filed("sbti-cnzs-2.0", material)]
    return {
      market: cellIn(vsme, "B3-scope2-market"),
      hourly: cellIn(sbti, "hourly"),
      daily: cellIn(sbti, "daily"),
    }
  }

  it("are not known where nothing backs the energy, and partly where something does", () => {
    const { value, state, needs } = cells([]).market
    assert.deepEqual([value, state], [null, "missing"])
    assert.match(needs.join(), /a residual mix for zone "CH": there is none for 100000\.00 kWh/)
    const some = cells([wind({ kilogramsPerMegawattHour: "50" })]).market
    assert.deepEqual([some.value, some.state], ["2.00", "partly"])
    assert.match(some.needs.join(), /there is none for 60000\.00 kWh/)
    const all = cells([wind({ energyWattHours: 100_000_000n, kilogramsPerMegawattHour: "50" })]).market
    assert.equal(all.value, "5.00")
    assert.doesNotMatch(all.needs.join(), /residual/)
  })

  it("have the certificates of the consumption beside their instruments, which give it all", () => {
    const { sources } = cells([wind({ energyWattHours: 100_000_000n, kilogramsPerMegawattHour: "50" })]).market
    assert.deepEqual(
      sources.map(({ document, kind, quantity }) => [document, kind, quantity]),
      [
        ["granular-certificate a", "instrument", "5"],
        ["a.json", "certificate", "0"],
      ],
    )
  })

  it("say which instruments met nothing, those of one reason together", () => {
    const { notes } = cells([
      wind({ zone: "DE" }),
      wind({ id: "b", reference: "b", zone: "DE", source: "solar" }),
    ]).market
    assert.ok(
      notes.includes(
        'instrument a and 1 more are not spent whole: no run shows energy in zone "DE"; 80000.00 kWh are left',
      ),
    )
    const active = [wind({ status: "active" }), wind({ id: "b", reference: "b", status: "active" })]
    assert.ok(
      cells(active).market.notes.includes(
        "instrument a and 1 more are not counted: it is active, not cancelled or claimed",
      ),
    )
  })

  it("name the kinds of instruments that give something, and no others", () => {
    const kindsOf = (...instruments: readonly Instrument[]) => {
      const profile = profileOf({ instruments, meters: [] })
      return cellIn(filed("sbti-cnzs-2.0", materialOf([hour], { profile })), "instruments").value
    }
    const active = wind({ id: "b", reference: "b", source: "solar", status: "active" })
    assert.deepEqual([kindsOf(wind(), active), kindsOf(active)], ["granular-certificate (wind)", null])
  })

  it("are not known, and not none, where nothing was metered that instruments could meet", () => {
    for (const instruments of [[], [wind({ kilogramsPerMegawattHour: "50" })]]) {
      const { value, state, needs } = cells(instruments, []).market
      assert.deepEqual([value, state], [null, "missing"])
      assert.match(needs.join(), /a bound has no zones and hours that instruments could meet/)
    }
  })

  it("rest on the entity's list where no instrument gives anything", () => {
    const { value, evidence, sources } = cells([]).hourly
    assert.deepEqual([value, evidence], ["0.0000", "declared"])
    assert.ok(sources.some(({ document }) => document === "profile: instruments"))
  })

  it("take the residual mix of each zone for what its own instruments leave", () => {
    const residual = ["CH", "DE"].map((zone) => ({
      ...{ zone, method: "residual", from: "2026-01-01", to: "2026-12-31", gramsPerKilowattHour: "500", mix: null },
    }))
    const abroad = { ...hour, device: device(2), zone: "DE" }
    const profile = profileOf({ instruments: [wind()], meters: [] })
    const material = materialOf([hour, abroad], { profile, factors: tableOf(residual) })
    assert.equal(cellIn(filed("vsme-2025-07-30", material), "B3-scope2-market").value, "80.00")
  })

  it("say in the hourly share alone what is spread over the hours of a run", () => {
    const long = run(HOUR.from * 1000, HOUR.to * 1000 + 3_600_000, 100n)
    const spreadOut = cells([wind()], [long])
    assert.match(spreadOut.hourly.notes.join(), /100000\.00 kWh were metered in runs that are longer than an hour/)
    assert.doesNotMatch(spreadOut.daily.notes.join(), /longer than an hour/)
    assert.doesNotMatch(cells([wind()]).hourly.notes.join(), /longer than an hour/)
  })
})

describe("instruments of an entity with several sites", () => {
  const [zurich] = profileOf().sites
  const sites = ["zurich", "bern"].map((id) => ({ ...(zurich as Profile["sites"][number]), id }))
  const bern = { ...hour, device: device(2), site: "bern", registers: energy(300n) }
  const profile = profileOf({ sites, instruments: [wind()], meters: [] })
  const backedAt = (name: string, ...entries: readonly Entry[]) =>
    cellIn(filed("eu-2024-1364", materialOf(entries, { profile, subject: { kind: "site", name } })), "ERES-GOO")

  it("are spent on all of them, and in the filing of each for its part", () => {
    const values = ["zurich", "bern"].map((name) => backedAt(name, hour, bern).value)
    assert.deepEqual(values, ["10000", "30000"])
    assert.equal(backedAt("zurich", hour, bern).state, "filled")
  })

  it("are in nothing that is no site of the entity, and need nothing of its sites in other zones", () => {
    const elsewhere = { ...bern, site: "elsewhere" }
    const abroad = sites.map((site) => (site.id === "bern" ? { ...site, zone: "DE" } : site))
    const one = profileOf({ sites: abroad, instruments: [wind()], meters: [] })
    const material = materialOf([hour, elsewhere], { profile: one, subject: siteZurich })
    const { value, state } = cellIn(filed("eu-2024-1364", material), "ERES-GOO")
    assert.deepEqual([value, state], ["40000", "filled"])
  })

  it("are not known to be one site's where another in the zone shows nothing", () => {
    const { value, state, needs } = backedAt("zurich", hour)
    assert.deepEqual([value, state], ["40000", "partly"])
    assert.deepEqual(needs, [
      'certificates of bern: it lies in zone "CH" too, and instruments are spent on all sites together',
    ])
  })
})
