import assert from "node:assert/strict"
import type { Entry, Material } from "@wattest/disclosure"
import { type Hex, ZERO_REGISTERS } from "@wattest/protocol"
import { correctedRows, inventoryOf } from "../../disclosure/src/inventory/inventory.ts"
import type { Listed } from "../../disclosure/src/inventory/listed.ts"
import { device, energy, entry, materialOf, ms, OPERATOR, profileOf } from "./scene.ts"

const POLICY = device(0xff)
const listed = (entries: readonly Entry[], by: Listed = "site", given: Partial<Material> = {}) =>
  inventoryOf(materialOf(entries, given), by, POLICY, OPERATOR)
const rowsOf = (...given: Parameters<typeof listed>) =>
  listed(...given).rows.map(({ boundary, key, runs, energyKwh }) => [boundary, key, runs, energyKwh])

const carbonOf = (mwh: bigint, kilograms: bigint) => ({
  fed: new Set(["carbon"] as const),
  registers: { ...energy(mwh), carbonMilligrams: kilograms * 1_000_000n },
})

describe("an inventory", () => {
  it("has a row for each boundary and label, in their order, and adds nothing across boundaries", () => {
    const entries = [
      entry({ device: device(3), boundary: "node", model: "z", registers: energy(1n) }),
      entry({ device: device(2), boundary: "node", model: "a", registers: energy(2n) }),
      entry({ device: device(1), model: "z", registers: energy(4n) }),
      entry({ device: device(1), run: 1n, model: "a", registers: energy(8n) }),
      entry({ device: device(1), run: 2n, model: "a", registers: energy(16n) }),
    ]
    assert.deepEqual(rowsOf(entries, "model"), [
      ["facility", "a", 2, "24000.000000"],
      ["facility", "z", 1, "4000.000000"],
      ["node", "a", 1, "2000.000000"],
      ["node", "z", 1, "1000.000000"],
    ])
    assert.deepEqual(rowsOf(entries.toReversed(), "model"), rowsOf(entries, "model"))
  })

  it("of a year in which no run ends says which one the documents are of", () => {
    const run = entry({ registers: energy(1n), startMs: ms("2026-06-01"), endMs: ms("2026-06-02T12:00:00Z") })
    const of = (year: number) => listed([run], "site", { days: { from: `${year}-01-01`, to: `${year}-12-31` } }).notes
    assert.ok(!of(2026).join().includes("no run of the documents"))
    assert.equal(
      of(2025)[0],
      "no run of the documents ends from 2025-01-01 to 2025-12-31: the 1 handed in end from 2026-06-02 to 2026-06-02",
    )
    assert.ok(!listed([], "site").notes.join().includes("no run of the documents"), "nothing was handed in")
  })

  it("lists by each label that a run has", () => {
    const given = entry({ zone: "DE", party: "p", model: "m", registers: energy(1n) })
    for (const [by, key] of [
      ["site", "zurich"],
      ["zone", "DE"],
      ["party", "p"],
      ["model", "m"],
      ["operator", OPERATOR],
    ] as const)
      assert.deepEqual(rowsOf([given], by), [["facility", key, 1, "1000.000000"]])
  })

  it("spreads a run over its hours, of which each has its part of the carbon and no uncertainty of its own", () => {
    const registers = { ...carbonOf(3n, 30n).registers, uncertaintyMillijoules: 36_000_000n }
    const times = { startMs: ms("2026-06-01T10:30:00Z"), endMs: ms("2026-06-01T12:00:00Z") }
    const run = entry({ ...carbonOf(3n, 30n), registers, ...times })
    assert.deepEqual(
      listed([run], "hour").rows.map(({ key, energyKwh, carbonKg, uncertaintyKwh }) => [
        ...[key, energyKwh, carbonKg, uncertaintyKwh],
      ]),
      [
        ["2026-06-01T10Z", "1000.000000", "10.000000", null],
        ["2026-06-01T11Z", "2000.000000", "20.000000", null],
      ],
    )
    // Thirds of 10 mg: whole mg that add up.
    const small = { ...registers, carbonMilligrams: 10n }
    assert.deepEqual(
      listed([{ ...run, registers: small }], "hour").rows.map(({ carbonKg }) => carbonKg),
      ["0.000003", "0.000007"],
    )
    const [whole] = listed([run]).rows
    assert.deepEqual([whole?.uncertaintyKwh, whole?.carbonKg], ["0.010000", "30.000000"])
  })

  it("adds uncertainties linearly within a device, and as squares across devices", () => {
    const of = (n: number, run: bigint, kwh: bigint) =>
      entry({
        ...{ device: device(n), run },
        registers: { ...energy(1n), uncertaintyMillijoules: kwh * 3_600_000_000n },
      })
    // (1 + 2) kWh of one device and 4 kWh of the other.
    const [row] = listed([of(1, 0n, 1n), of(1, 1n, 2n), of(2, 0n, 4n)]).rows
    assert.equal(row?.uncertaintyKwh, "5.000000")
  })

  it("says how much energy has no factor, and by what grade the rest was metered", () => {
    const lost = entry({ device: device(2), registers: energy(3n), energyGrade: "declared" })
    const [row] = listed([entry(carbonOf(1n, 7n)), lost]).rows
    assert.deepEqual([row?.carbonKg, row?.noFactorKwh], ["7.000000", "3000.000000"])
    assert.deepEqual(row?.grades, [
      { grade: "measured", share: "0.250000" },
      { grade: "declared", share: "0.750000" },
    ])
    const [none] = listed([lost]).rows
    assert.deepEqual([none?.carbonKg, none?.noFactorKwh], [null, "3000.000000"])
    const [idle] = listed([entry({ registers: ZERO_REGISTERS })]).rows
    assert.deepEqual(idle?.grades, [{ grade: "measured", share: "0" }])
  })

  it("has what lies within another and what nobody places, each of its boundary, and says what is not placed", () => {
    const node = entry({ device: device(2), boundary: "node", registers: energy(1n) })
    const found = listed([entry({ registers: energy(2n) }), node])
    assert.equal(found.rows.length, 2)
    assert.match(found.needs.join(), /device 0x0+2 among the profile's meters/)
    const meter = { site: "zurich", from: "2026-01-01", to: null }
    const meters = [
      { ...meter, device: device(1), within: null },
      { ...meter, device: device(2), within: device(1) },
    ]
    const placed = listed([entry({ registers: energy(2n) }), node], "site", { profile: profileOf({ meters }) })
    assert.deepEqual([placed.rows.length, placed.needs], [2, ['a factor for zone "CH": there is none for 2000.00 kWh']])
  })

  it("counts each joule of a boundary once: a device within another one of the same boundary is in that one", () => {
    const meter = { site: "zurich", from: "2026-01-01", to: null }
    const meters = [
      { ...meter, device: device(1), within: null },
      { ...meter, device: device(2), within: device(1) },
      { ...meter, device: device(3), within: device(2) },
      { ...meter, device: device(4), within: device(2) },
    ]
    const entries = [
      entry({ registers: energy(8n) }),
      entry({ device: device(2), registers: energy(4n) }),
      entry({ device: device(3), boundary: "node", registers: energy(2n) }),
      entry({ device: device(4), boundary: "node", registers: energy(1n) }),
    ]
    assert.deepEqual(rowsOf(entries, "site", { profile: profileOf({ meters }) }), [
      ["facility", "zurich", 1, "8000.000000"],
      ["node", "zurich", 2, "3000.000000"],
    ])
  })

  it("says what a filing says of all its numbers: whose word it is, what is not counted, what contradicts", () => {
    const stranger = entry({ device: device(9), operator: device(9).slice(0, 42) as Hex })
    const finding = {
      ...({ code: "SENSOR_SHARED", severity: "serious", sentence: "one meter counts for several devices" } as const),
      ...{ detail: "meter 7", documents: ["a.json", "z.json"] },
    }
    const material = materialOf([entry(carbonOf(1n, 1n)), stranger], { contradictions: [finding] })
    const { notes, needs } = inventoryOf(material, "site", POLICY, null)
    const again = { ...material, books: { ...material.books, repeated: 1 } }
    assert.match(inventoryOf(again, "site", POLICY, null).notes.join(), /counted once: 1 run in more than one document/)
    assert.doesNotMatch(notes.join(), /more than one document/)
    assert.match(notes.join("\n"), /^nobody signed the profile.*\n.*\ndocuments of operator 0x0+ are not counted/m)
    assert.deepEqual(needs.length, 1)
    assert.match(needs[0] ?? "", /SENSOR_SHARED/)
    assert.doesNotMatch(listed([entry()]).notes.join(), /signed/)
  })

  it("as of a time says how many runs of the period were anchored later", () => {
    const early = entry({ registers: energy(1n), block: { chainId: 1, number: "1", time: 100 } })
    const late = { ...early, run: 1n, block: { chainId: 1, number: "2", time: 200 } }
    const other = { ...late, run: 2n, startMs: ms("2027-01-01"), endMs: ms("2027-01-02") }
    const left = (asOf: number | null) =>
      listed([early, late, other], "site", { asOf }).notes.filter((note) => note.includes("left out"))
    assert.deepEqual(left(200), ["1 run of the period left out: anchored at 1970-01-01T00:03:20Z or later"])
    assert.deepEqual([left(201), left(null)], [[], []])
  })

  it("counts the runs that are not shown apart from the void ones", () => {
    const half = ms("2026-07-01")
    const first = entry({ endMs: half, registers: energy(1n), lifetimeMillijoules: energy(1n).energyMillijoules })
    const next = { run: 4n, startMs: half, registers: energy(1n), lifetimeMillijoules: energy(2n).energyMillijoules }
    const coverage = (given: Partial<Entry>) => {
      const { voids, notShown } = listed([first, entry({ ...next, ...given })]).coverage
      return [voids, notShown]
    }
    assert.deepEqual(coverage({}), ["3", "0"])
    // 1 mJ is rounding, 2 mJ are energy.
    const lifetime = next.lifetimeMillijoules
    assert.deepEqual(coverage({ lifetimeMillijoules: lifetime + 1n }), ["3", "0"])
    assert.deepEqual(coverage({ lifetimeMillijoules: lifetime + 2n }), ["0", "3"])
    assert.deepEqual(coverage({ startMs: half + 1 }), ["0", "3"])
    assert.deepEqual(coverage({ broken: true }), ["0", "3"])
    assert.deepEqual(coverage({ lifetimeMillijoules: lifetime - 1n }), ["0", "3"])
  })

  it("says which rows a later statement corrects, and what was stated before", () => {
    const early = entry({ registers: energy(1n), block: { chainId: 1, number: "1", time: 100 } })
    const late = entry({
      ...{ run: 1n, device: device(2), boundary: "node", registers: energy(2n) },
      block: { chainId: 1, number: "2", time: 200 },
    })
    const more = { ...early, run: 1n, block: late.block }
    const [before, now] = [listed([early, late, more], "site", { asOf: 200 }), listed([early, late, more])]
    assert.deepEqual(
      correctedRows(now, before).map(({ row, previously }) => [row.boundary, row.energyKwh, previously]),
      [
        ["facility", "2000.000000", "1000.000000"],
        ["node", "2000.000000", null],
      ],
    )
    assert.deepEqual(correctedRows(now, now), [])
    assert.deepEqual([now.asOf, before.asOf, now.policyDigest, now.by], [null, 200, POLICY, "site"])
  })
})
