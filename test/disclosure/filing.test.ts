import assert from "node:assert/strict"
import { parseFiling } from "@wattest/disclosure"
import { type Fed, type Registers, ZERO_REGISTERS } from "@wattest/protocol"
import fc from "fast-check"
import { exampleFiling } from "./example.ts"
import {
  cellIn,
  device,
  energy,
  entry,
  filed,
  MILLIJOULES_PER_MWH,
  materialOf,
  ms,
  profileOf,
  siteZurich,
} from "./scene.ts"

const encoded = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const meter = (n: number, within: number | null) => ({
  ...{ device: device(n), site: "zurich", within: within === null ? null : device(within) },
  ...{ from: "2026-01-01", to: null },
})

describe("a filing of 2024/1364", () => {
  const registers: Registers = {
    ...energy(10_000n),
    itMillijoules: 8_000n * MILLIJOULES_PER_MWH,
    waterMillilitres: 12_000n * 1_000_000n,
  }
  const run = entry({ registers, fed: new Set(["it", "water"]) })
  const file = (given = run) => filed("eu-2024-1364", materialOf([given], { subject: siteZurich }))

  it("has PUE 1.25 and WUE 1.5 of 10,000 and 8,000 MWh and 12,000 m³", () => {
    const filing = file()
    const shown = ["EDC", "EIT", "WIN", "PUE", "WUE"].map((id) => cellIn(filing, id))
    assert.deepEqual(
      shown.map(({ value }) => value),
      ["10000000", "8000000", "12000", "1.250", "1.500"],
    )
    for (const { state, evidence } of shown) assert.deepEqual([state, evidence], ["filled", "proved"])
    assert.deepEqual(parseFiling(encoded(filing)), filing)
  })

  it("states no quotient without a meter of IT, nor where IT is more than all", () => {
    const blind = cellIn(file({ ...run, fed: new Set(["water"]) }), "PUE")
    assert.deepEqual([blind.value, blind.state], [null, "missing"])
    assert.match(blind.needs.join(), /IT energy/)
    const turned = { ...registers, itMillijoules: 10_001n * MILLIJOULES_PER_MWH }
    assert.match(cellIn(file({ ...run, registers: turned }), "PUE").needs.join(), /more IT energy/)
  })

  it("states no share of which the part is more than the whole", () => {
    const item = { figure: "eres.on-site", site: "zurich", unit: "MWh", source: "inverter", document: null }
    const ref = (value: string) => {
      const declared = [{ ...item, value, from: "2026-01-01", to: "2026-12-31" }]
      return cellIn(
        filed("eu-2024-1364", materialOf([run], { subject: siteZurich, profile: profileOf({ declared }) })),
        "REF",
      )
    }
    assert.deepEqual([ref("10000").value, ref("10000").state], ["1.000", "filled"])
    assert.deepEqual([ref("10001").value, ref("10001").state], [null, "missing"])
    assert.match(ref("10001").needs.join(), /numbers that agree: a part of energy is more than all of it/)
  })

  it("says of water and IT energy too which devices have no place", () => {
    const of = (fed: readonly Fed[]) =>
      ["WIN", "EIT"].map((id) => {
        const stray = entry({ device: device(2), boundary: "rack", registers, fed: new Set(fed) })
        const cell = cellIn(filed("eu-2024-1364", materialOf([run, stray], { subject: siteZurich })), id)
        return [cell.state, /device 0x0+2 among the profile's meters/.test(cell.needs.join())]
      })
    assert.deepEqual(of(["it", "water"]), [
      ["partly", true],
      ["partly", true],
    ])
    assert.deepEqual(of(["it"]), [
      ["filled", false],
      ["partly", true],
    ])
  })

  it("has water of the entity partly where some is at a site that is none of the profile's", () => {
    const cell = (site: string) =>
      cellIn(filed("vsme-2025-07-30", materialOf([run, entry({ ...run, device: device(2), site })])), "B6-withdrawn")
    assert.match(cell("paris").needs.join(), /the site "paris" among the profile's/)
    assert.doesNotMatch(cell("zurich").needs.join(), /among the profile's: /)
  })

  it("is partly filled by what is metered further in than the facility", () => {
    const cell = cellIn(file({ ...run, boundary: "rack" }), "EDC")
    assert.equal(cell.state, "partly")
    assert.match(cell.needs.join(), /facility boundary/)
  })
})

describe("what adds up at a site", () => {
  const rack = entry({ boundary: "rack", registers: energy(100n) })
  const node = entry({ device: device(2), boundary: "node", registers: energy(90n) })
  const electricity = (meters: ReturnType<typeof meter>[]) =>
    cellIn(filed("vsme-2025-07-30", materialOf([rack, node], { profile: profileOf({ meters }) })), "B3-electricity")

  it("is each joule once: a node within a rack does not count beside it", () => {
    assert.equal(electricity([meter(1, null), meter(2, 1)]).value, "100.00")
  })

  it("is said to be unknown where nobody says what lies within what", () => {
    const cell = electricity([meter(1, null)])
    assert.deepEqual([cell.value, cell.state], ["100.00", "partly"])
    assert.match(cell.needs.join("\n"), /90000\.00 kWh at the node of zurich are not counted/)
  })

  it("is both where the profile says that neither holds the other, and says so", () => {
    const cell = electricity([meter(1, null), meter(2, null)])
    assert.equal(cell.value, "190.00")
    assert.match(cell.notes.join(), /adds up devices at rack and node/)
  })

  it("counts a device whose outer one is not shown", () => {
    const profile = profileOf({ meters: [meter(1, null), meter(2, 1)] })
    const cell = cellIn(filed("vsme-2025-07-30", materialOf([node], { profile })), "B3-electricity")
    assert.deepEqual([cell.value, cell.state], ["90.00", "partly"])
  })

  it("takes no energy of a site that the profile does not know, and says how much", () => {
    const filing = filed("vsme-2025-07-30", materialOf([rack, { ...node, site: "elsewhere" }]))
    assert.match(cellIn(filing, "B3-electricity").needs.join(), /"elsewhere".*90000\.00 kWh/)
  })

  it("takes nothing of an operator that the profile does not name", () => {
    const filing = filed("vsme-2025-07-30", materialOf([rack, { ...node, operator: `0x${"99".repeat(20)}` }]))
    assert.equal(cellIn(filing, "B3-electricity").value, "100.00")
    assert.match(filing.notes.join(), /0x9999.*not counted/)
  })

  it("is not whole where documents contradict each other, and says which", () => {
    const shared = (name: string) => ({
      ...({ code: "SENSOR_SHARED", severity: "serious", sentence: "one meter counts for several devices" } as const),
      ...{ detail: "meter 7", documents: [name, "z.json"] },
    })
    const cellOf = (name: string) => {
      const material = materialOf([entry({ registers: energy(100n) })], { contradictions: [shared(name)] })
      return cellIn(filed("vsme-2025-07-30", material), "B3-electricity")
    }
    assert.deepEqual([cellOf("a.json").value, cellOf("a.json").state], ["100.00", "partly"])
    assert.match(cellOf("a.json").needs.join(), /SENSOR_SHARED.*meter 7 \(a\.json and z\.json\)/)
    // Documents that nothing here rests on weaken nothing here.
    assert.equal(cellOf("y.json").state, "filled")
  })

  it("does not depend on the order of runs", () => {
    const runs = [rack, { ...rack, run: 1n, startMs: ms("2026-06-01") }, node, { ...node, run: 4n }]
    const profile = profileOf({ meters: [meter(1, null), meter(2, 1)] })
    const expected = filed("vsme-2025-07-30", materialOf(runs, { profile }))
    fc.assert(
      fc.property(fc.shuffledSubarray(runs, { minLength: runs.length }), (shuffled) => {
        assert.deepEqual(filed("vsme-2025-07-30", materialOf(shuffled, { profile })), expected)
      }),
      { numRuns: 10 },
    )
  })
})

describe("the period of a filing", () => {
  const energyIn = (year: number, entries: ReturnType<typeof entry>[]) =>
    cellIn(
      filed("vsme-2025-07-30", materialOf(entries, { days: { from: `${year}-01-01`, to: `${year}-12-31` } })),
      "B3-electricity",
    )
  const late = { chainId: 137, number: "9", time: ms("2027-01-03T00:00:00Z") / 1000 }
  const before = entry({ startMs: ms("2026-12-31T20:00:00Z"), registers: energy(4n), block: late })
  const after = entry({
    run: 1n,
    startMs: ms("2027-01-01"),
    endMs: ms("2027-01-01T03:00:00Z"),
    registers: energy(3n),
    block: late,
  })

  it("is that in which runs end, however late they are anchored", () => {
    assert.equal(energyIn(2026, [before, after]).value, "4.00")
    assert.equal(energyIn(2027, [before, after]).value, "3.00")
  })

  it("says where a run began in the one before", () => {
    const across = { ...after, startMs: ms("2026-12-31T20:00:00Z") }
    assert.match(energyIn(2027, [across]).notes.join(), /began before this one/)
  })

  it("corrects what an earlier statement lacked", () => {
    const material = materialOf([before, { ...entry({ registers: energy(5n) }), run: 1n }])
    const earlier = ms("2027-01-02T00:00:00Z") / 1000
    const cell = cellIn(filed("vsme-2025-07-30", material, earlier), "B3-electricity")
    assert.deepEqual([cell.previous, cell.value], ["5.00", "9.00"])
  })
})

describe("what is left out", () => {
  it("shows by the device's lifetime energy", () => {
    const a = entry({ registers: energy(5n), lifetimeMillijoules: 5n * MILLIJOULES_PER_MWH })
    const c = entry({ run: 3n, registers: energy(6n), lifetimeMillijoules: 31n * MILLIJOULES_PER_MWH })
    const cell = cellIn(filed("vsme-2025-07-30", materialOf([a, c])), "B3-electricity")
    assert.deepEqual([cell.value, cell.state, cell.coverage?.notShown], ["11.00", "partly", "2"])
    assert.match(cell.needs.join(), /runs 1 to 2 of device 0x0+1: 20000\.00 kWh in them/)
  })

  it("shows by the time that the profile expects", () => {
    const half = entry({ endMs: ms("2026-07-01"), registers: energy(5n) })
    const cell = cellIn(filed("vsme-2025-07-30", materialOf([half])), "B3-electricity")
    assert.equal(cell.state, "partly")
    assert.match(cell.needs.join(), /184\.0 device-days of 365\.0/)
    assert.deepEqual(cell.coverage?.behind, [device(1)])
  })

  it("is each device's own: none meters for another", () => {
    // One meters half a year longer than the profile has it there, the other half a year less.
    const meters = [{ ...meter(1, null), from: "2026-07-01" }, meter(2, null)]
    const half = entry({ device: device(2), endMs: ms("2026-07-01"), registers: energy(5n) })
    const profile = profileOf({ meters })
    const cell = cellIn(filed("vsme-2025-07-30", materialOf([entry(), half], { profile })), "B3-electricity")
    assert.equal(cell.state, "partly")
    assert.match(cell.needs.join(), /184\.0 device-days of 549\.0/)
  })

  it("is no zero: a run without a factor has none", () => {
    const cell = cellIn(filed("vsme-2025-07-30", materialOf([entry({ registers: energy(5n) })])), "B3-scope2-location")
    assert.deepEqual([cell.value, cell.state], [null, "missing"])
    assert.match(cell.needs.join(), /a factor for zone "CH": there is none for 5000\.00 kWh/)
  })

  it("is every line of an empty profile, and none of them 0", () => {
    const filing = filed("esrs-set1-2023-12-22", materialOf([]))
    for (const { kind, state, value } of filing.cells)
      if (kind === "number") assert.deepEqual([state, value], ["missing", null])
  })

  it("is no number of another period: it is not taken in part", () => {
    const item = { figure: "fuel.gas", site: null, value: "7.5", unit: "MWh", source: "invoice", document: null }
    const declared = [{ ...item, from: "2025-01-01", to: "2026-12-31" }]
    const wrong = cellIn(filed("esrs-set1-2023-12-22", materialOf([], { profile: profileOf({ declared }) })), "E1-5_12")
    assert.deepEqual([wrong.value, wrong.state], [null, "missing"])
    const right = profileOf({ declared: [{ ...item, from: "2026-01-01", to: "2026-12-31" }] })
    const cell = cellIn(filed("esrs-set1-2023-12-22", materialOf([], { profile: right })), "E1-5_12")
    assert.deepEqual([cell.value, cell.evidence], ["7.50", "declared"])
  })
})

describe("energy in a filing", () => {
  it("never holds its uncertainty, which stands beside it", () => {
    const registers = { ...energy(100n), uncertaintyMillijoules: 2n * MILLIJOULES_PER_MWH }
    const second = entry({ run: 1n, registers })
    const cell = cellIn(filed("vsme-2025-07-30", materialOf([entry({ registers }), second])), "B3-electricity")
    // One sensor's limits add up linearly.
    assert.deepEqual([cell.value, cell.uncertainty], ["200.00", "4.0000"])
  })

  it("of a job has two significant figures in the AI Act's form, and its method", () => {
    const subject = { kind: "job", name: "train" } as const
    const nodes = Array.from({ length: 64 }, (_, i) =>
      entry({
        device: device(i + 1),
        boundary: "node",
        site: "",
        job: "train",
        startMs: ms("2026-05-16T17:21:43Z"),
        endMs: ms("2026-05-16T17:23:40Z"),
        registers: { ...ZERO_REGISTERS, energyMillijoules: 37_154_000_000n / 64n },
      }),
    )
    const filing = filed("ai-act-annex-xi", materialOf(nodes, { subject }))
    assert.deepEqual([cellIn(filing, "energy").value, cellIn(filing, "accelerators").value], ["0.010", "512"])
    assert.match(cellIn(filing, "method").value ?? "", /node of 64 devices/)
    assert.deepEqual(cellIn(filing, "accelerators").grades, [{ grade: "declared", share: "1" }])
    const sets = [4, 8, 2].map((accelerators, i) => entry({ run: BigInt(i), job: "train", accelerators }))
    assert.equal(cellIn(filed("ai-act-annex-xi", materialOf(sets, { subject })), "accelerators").value, "8")
    // Labels are the operator's word, and so is a trace that no device metered.
    const evidence = (made: typeof filing) => ["model", "method", "energy"].map((id) => cellIn(made, id).evidence)
    const told = nodes.map((node, i) => (i === 0 ? { ...node, origin: "recorded" as const } : node))
    const recorded = filed("ai-act-annex-xi", materialOf(told, { subject }))
    assert.deepEqual(evidence(filing), ["declared", "proved", "proved"])
    assert.deepEqual(evidence(recorded), ["declared", "declared", "declared"])
    assert.match(cellIn(recorded, "energy").notes.join("\n"), /^1 run of recorded traces, which no device metered/m)
    assert.doesNotMatch(cellIn(filing, "energy").notes.join(), /traces/)
    // Whoever names no board may have some: it is no 0.
    const boards = (named: number) => {
      const some = nodes.map((node, i) => ({ ...node, accelerators: i < named ? 8 : 0 }))
      const { value, state, needs } = cellIn(filed("ai-act-annex-xi", materialOf(some, { subject })), "accelerators")
      return [value, state, /those of (\d+) device/.exec(needs.join())?.[1]]
    }
    assert.deepEqual(
      [boards(63), boards(0)],
      [
        ["504", "partly", "1"],
        [null, "missing", "64"],
      ],
    )
    const { value, state } = cellIn(filing, "compute")
    assert.deepEqual([value, state], [null, "missing"])
    // A job has its own days: what is declared for them is whole.
    const item = { ...{ from: "2026-05-16", to: "2026-05-16", site: null, document: null }, source: "training log" }
    const declared = [{ ...item, figure: "compute.train", value: "12.34", unit: "YFLOP" }]
    const said = filed("ai-act-annex-xi", materialOf(nodes, { subject, profile: profileOf({ declared }) }))
    assert.deepEqual(
      [cellIn(said, "compute").value, cellIn(said, "compute").evidence, cellIn(said, "compute").state],
      [`12${"0".repeat(24)}`, "declared", "filled"],
    )
  })
})

describe("the example filing", () => {
  it("is a filing", () => assert.deepEqual(parseFiling(encoded(exampleFiling)), exampleFiling))
  it("is refused with a time that is no whole number: a reader computes with it", () => {
    const [, second, ...more] = exampleFiling.cells
    for (const meteredMs of ["abc", "1e5", "", "-1", "1.5"]) {
      const coverage = { ...second?.coverage, meteredMs }
      const cells = [exampleFiling.cells[0], { ...second, coverage }, ...more]
      assert.throws(() => parseFiling(encoded({ ...exampleFiling, cells })), { code: "FIELD_MALFORMED" }, meteredMs)
    }
  })
  it("is refused with a field that nobody knows", () => {
    assert.throws(() => parseFiling(encoded({ ...exampleFiling, more: 1 })), { code: "FIELD_UNKNOWN" })
  })
})
