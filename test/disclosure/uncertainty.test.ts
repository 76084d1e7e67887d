import assert from "node:assert/strict"
import { type Declared, type Profile, ZERO_REGISTERS } from "@wattest/protocol"
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

/** Runs of one MWh of uncertainty each. */
const unsure = (n: number, meters: readonly string[], given = {}) =>
  entry({
    ...{ device: device(n), meters, registers: { ...energy(100n), uncertaintyMillijoules: 1n * MILLIJOULES_PER_MWH } },
    ...given,
  })
const meter = (n: number): Profile["meters"][number] => ({
  ...{ device: device(n), site: "zurich", within: null, from: "2026-01-01", to: null },
})
const profile = profileOf({ meters: [1, 2, 3, 4].map(meter) })
const electricity = (entries: Parameters<typeof materialOf>[0]) =>
  cellIn(filed("vsme-2025-07-30", materialOf(entries, { profile })), "B3-electricity")

describe("the uncertainty of an energy", () => {
  for (const [what, entries, expected] of [
    ["one device's runs, linear", [unsure(1, []), unsure(1, [], { run: 1n })], "2.0000"],
    ["devices with meters of their own, as squares", [1, 2, 3, 4].map((n) => unsure(n, [`${n}`])), "2.0000"],
    ["devices whose meters nobody knows, as squares", [1, 2, 3, 4].map((n) => unsure(n, [])), "2.0000"],
    ["devices that share one meter, linear", [1, 2, 3, 4].map((n) => unsure(n, ["m"])), "4.0000"],
    [
      "devices that share meters by way of another, linear, and the fourth apart",
      [unsure(1, ["a"]), unsure(2, ["a", "b"]), unsure(3, ["b"]), unsure(4, ["c"])],
      // √(3² + 1²), rounded up.
      "3.1623",
    ],
    [
      "devices that share both meters, in whatever order, linear",
      [unsure(1, ["a"]), unsure(2, ["a", "b"]), unsure(3, ["b", "a"])],
      "3.0000",
    ],
    ["a millijoule, rounded up", [entry({ registers: { ...energy(1n), uncertaintyMillijoules: 1n } })], "0.0001"],
  ] as const)
    it(`is of ${what}`, () => assert.equal(electricity(entries).uncertainty, expected))

  it("does not hang on the order of runs", () => {
    const runs = [unsure(4, ["c"]), unsure(3, ["b"]), unsure(1, ["a"]), unsure(2, ["a", "b"])]
    assert.equal(electricity(runs).uncertainty, "3.1623")
    // The root of 2 is 1.41421…: what bounds an error is rounded up.
    assert.equal(electricity(runs.slice(0, 2)).uncertainty, "1.4143")
  })
})

describe("the uncertainty of several places and of a quotient", () => {
  const sites = ["zurich", "bern"].map((id) => ({ ...profileOf().sites[0], id })) as Profile["sites"]

  it("adds up over sites linearly, since nobody says that their sensors are others", () => {
    const meters = [meter(1), { ...meter(2), site: "bern" }]
    const entries = [unsure(1, ["a"]), unsure(2, ["b"], { site: "bern" })]
    const material = materialOf(entries, { profile: profileOf({ sites, meters }) })
    assert.equal(cellIn(filed("vsme-2025-07-30", material), "B3-electricity").uncertainty, "2.0000")
  })

  it("of PUE is the relative one of both sides", () => {
    const meters = [meter(1), { ...meter(2), within: device(1) }]
    const inner = unsure(2, [], { boundary: "node" })
    const it = {
      ...inner,
      registers: { ...inner.registers, ...energy(80n), uncertaintyMillijoules: 4n * MILLIJOULES_PER_MWH },
    }
    const material = materialOf([unsure(1, []), it], { profile: profileOf({ meters }), subject: siteZurich })
    // 1.25 times (1/100 + 4/80).
    const { value, uncertainty } = cellIn(filed("eu-2024-1364", material), "PUE")
    assert.deepEqual([value, uncertainty], ["1.250", "0.07500"])
  })
})

describe("a correction", () => {
  const block = (day: string) => ({ chainId: 137, number: "9", time: ms(day) / 1000 })
  const item: Declared = {
    ...{ figure: "fuel.gas", site: null, value: "7.5", unit: "MWh", source: "invoice", document: null },
    ...{ from: "2026-01-01", to: "2026-12-31" },
  }
  const material = materialOf(
    [
      entry({ endMs: ms("2026-07-01"), registers: energy(5n), block: block("2026-07-02") }),
      entry({ run: 1n, startMs: ms("2026-07-01"), registers: energy(4n), block: block("2027-01-05") }),
    ],
    { profile: profileOf({ declared: [item] }) },
  )
  const cellsAt = (day: string) => {
    const filing = filed("vsme-2025-07-30", material, ms(day) / 1000)
    return (id: string) => cellIn(filing, id)
  }

  it("says what was stated and what is, of the documents of that time", () => {
    const { previous, value, notes } = cellsAt("2027-01-01")("B3-electricity")
    assert.deepEqual([previous, value, notes.includes("previously not stated")], ["5.00", "9.00", false])
  })

  it("says that nothing was stated, where nothing was anchored yet", () => {
    const { previous, value, notes } = cellsAt("2026-01-01")("B3-electricity")
    assert.deepEqual([previous, value, notes.includes("previously not stated")], [null, "9.00", true])
  })

  it("says nothing where nothing changed", () => {
    const cells = cellsAt("2027-02-01")
    for (const id of ["B3-electricity", "B3-fuels/non-renewable", "B3-scope1"])
      assert.deepEqual([cells(id).previous, cells(id).notes.includes("previously not stated")], [null, false], id)
  })
})

describe("a number of 0", () => {
  it("is filled, and no missing one", () => {
    const filing = filed("vsme-2025-07-30", materialOf([entry({ registers: ZERO_REGISTERS })]))
    const { value, state, grades } = cellIn(filing, "B3-electricity")
    assert.deepEqual([value, state, grades], ["0.00", "filled", []])
  })
})
