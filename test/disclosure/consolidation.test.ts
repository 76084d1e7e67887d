import assert from "node:assert/strict"
import type { Hex, Profile } from "@wattest/protocol"
import { cellIn, device, energy, entry, filed, materialOf, profileOf, siteZurich, tableOf } from "./scene.ts"

const SUPPLIER: Hex = `0x${"22".repeat(20)}`
const year = { from: "2026-01-01", to: "2026-12-31" }
const factors = tableOf(
  ["CH", "DE"].map((zone) => ({
    ...{ ...year, zone, method: "location", gramsPerKilowattHour: zone === "CH" ? "100" : "400", mix: null },
  })),
)
const run = entry({ registers: energy(100n) })

describe("consolidation", () => {
  const cellsBy = (consolidation: Profile["entity"]["consolidation"], share: string, given = {}) => {
    const profile = profileOf()
    const material = { profile: { ...profile, entity: { ...profile.entity, consolidation, share } }, factors, ...given }
    return (standard: string, id: string) => cellIn(filed(standard, materialOf([run], material)), id)
  }

  it("by control counts the whole", () => {
    const cells = cellsBy("operational-control", "1")
    assert.deepEqual(
      ["B3-electricity", "B3-scope2-location"].map((id) => cells("vsme-2025-07-30", id).value),
      ["100.00", "10.00"],
    )
  })

  it("by equity counts the share, of each number once, and says it", () => {
    const cells = cellsBy("equity-share", "0.4")
    assert.deepEqual(
      ["B3-electricity", "B3-scope2-location"].map((id) => cells("vsme-2025-07-30", id).value),
      ["40.00", "4.00"],
    )
    assert.match(cells("vsme-2025-07-30", "B3-electricity").notes.join(), /an equity share of 0\.4/)
  })

  it("leaves a site whole: a data centre files what it took", () => {
    const cells = cellsBy("equity-share", "0.4", { subject: siteZurich })
    assert.equal(cells("eu-2024-1364", "EDC").value, "100000")
  })
})

describe("Scope 3", () => {
  const supplier = { name: "Cloud AG", operator: SUPPLIER, party: "us", category: "1.1" } as const
  const bought = entry({
    ...{ operator: SUPPLIER, device: device(7), party: "us", zone: "DE" },
    registers: energy(50n),
  })
  const cellOf = (id: string, entries: Parameters<typeof materialOf>[0], given: Partial<Profile> = {}) =>
    cellIn(
      filed(
        "esrs-set1-2023-12-22",
        materialOf(entries, { factors, profile: profileOf({ suppliers: [supplier], ...given }) }),
      ),
      id,
    )

  it("is what a supplier's certificates show under the entity's label, and no part of Scope 2", () => {
    assert.equal(cellOf("E1-6_11/1.1", [run, bought]).value, "20.00")
    assert.equal(cellOf("E1-6_09", [run, bought]).value, "10.00")
    assert.equal(cellOf("E1-5_01", [run, bought], { declared: [] }).value, "100.00")
  })

  it("has nothing of what the supplier did for others, nor of another category", () => {
    assert.equal(cellOf("E1-6_11/1.1", [run, { ...bought, party: "them" }]).value, null)
    assert.equal(cellOf("E1-6_11/11", [run, bought]).value, null)
  })

  it("counts each label of one supplier once", () => {
    const suppliers = [supplier, { ...supplier, party: "us too" }]
    assert.equal(cellOf("E1-6_11/1.1", [bought, { ...bought, run: 1n, party: "us too" }], { suppliers }).value, "40.00")
  })

  it("counts a node within a rack of the supplier once, and says that something is left out", () => {
    const [rack, node] = [
      { ...bought, boundary: "rack" as const },
      { ...bought, device: device(8), boundary: "node" as const },
    ]
    const cell = cellOf("E1-6_11/1.1", [rack, node])
    assert.deepEqual([cell.value, cell.state], ["20.00", "partly"])
  })

  it("in all is partly filled until each category is declared, as 0 where there is none", () => {
    const item = (category: string) => ({
      ...{ ...year, figure: `scope3.${category}`, site: null, value: "1", unit: "tCO2e", source: "s", document: null },
    })
    const some = cellOf("E1-6_11", [bought], { declared: [item("6")] })
    assert.deepEqual([some.value, some.state], ["21.00", "partly"])
    assert.match(some.needs.join(), /categories 1, 2, 3, 4, 5, 7, .* of Scope 3/)
    const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15].map((n) => item(`${n}`))
    const whole = cellOf("E1-6_11", [bought], { declared: all })
    assert.deepEqual([whole.value, whole.evidence, whole.state], ["34.00", "declared", "filled"], whole.needs.join())
    const share = cellOf("E1-6_25", [bought], { declared: all })
    assert.equal(share.value, (20 / 34).toFixed(4))
  })
})

describe("what an operator could move by the profile alone", () => {
  const meter = (n: number, within: number | null) => ({
    ...{ device: device(n), site: "zurich", within: within === null ? null : device(within) },
    ...{ from: "2026-01-01", to: null },
  })
  const cellWith = (
    outer: bigint,
    inner: bigint,
    boundaries: readonly ["rack" | "node", "rack" | "node"] = ["rack", "node"],
  ) => {
    const entries = [
      entry({ boundary: boundaries[0], registers: energy(outer) }),
      entry({
        device: device(2),
        boundary: boundaries[1],
        registers: { ...energy(inner), uncertaintyMillijoules: 1n },
      }),
    ]
    const profile = profileOf({ meters: [meter(1, null), meter(2, 1)] })
    return cellIn(filed("vsme-2025-07-30", materialOf(entries, { profile })), "B3-electricity").needs.join()
  }

  it("is no device out of the sum: what lies within another cannot take more than it", () => {
    assert.match(cellWith(1n, 90n), /devices within it took 90000\.00 kWh, it took 1000\.00 kWh/)
    assert.doesNotMatch(cellWith(90n, 90n), /what lies within what/)
  })

  it("is no rack into a node", () => {
    assert.match(cellWith(90n, 10n, ["node", "rack"]), /at the rack lies within 0x0+1 at the node/)
  })

  it("is no device into another zone: what it signed decides, and the difference is said", () => {
    const filing = filed("vsme-2025-07-30", materialOf([{ ...run, zone: "DE" }], { factors }))
    assert.equal(cellIn(filing, "B3-scope2-location").value, "40.00")
    assert.match(filing.notes.join(), /devices at zurich signed zone "DE", the profile says "CH"/)
    assert.doesNotMatch(filed("vsme-2025-07-30", materialOf([run])).notes.join(), /signed zone/)
  })
})
