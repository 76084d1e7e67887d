import assert from "node:assert/strict"
import type { Profile } from "@wattest/protocol"
import { cellIn, filed, materialOf, profileOf, siteZurich } from "./scene.ts"

describe("a declared number", () => {
  const item = (from: string, to: string, value: string, given: Partial<Profile["declared"][number]> = {}) => ({
    ...{ figure: "fuel.gas", site: null, value, unit: "MWh", source: value, document: null, from, to },
    ...given,
  })
  const gas = (...declared: Profile["declared"]) =>
    cellIn(filed("esrs-set1-2023-12-22", materialOf([], { profile: profileOf({ declared }) })), "E1-5_12")

  it("adds up over times and sites that do not meet, and counts the earlier of two that do", () => {
    const first = item("2026-01-01", "2026-06-30", "2")
    const second = item("2026-07-01", "2026-12-31", "3")
    for (const order of [
      [first, second],
      [second, first],
    ]) {
      const { value, state } = gas(...order)
      assert.deepEqual([value, state], ["5.00", "filled"])
    }
    const over = item("2026-06-30", "2026-12-31", "3")
    for (const order of [
      [first, over],
      [over, first],
    ]) {
      const { value, state, needs } = gas(...order)
      assert.deepEqual([value, state], ["2.00", "partly"])
      assert.match(needs.join(), /fuel\.gas declared once for 2026-06-30 to 2026-12-31/)
    }
    assert.equal(gas(first, { ...over, site: "zurich" }).value, "5.00")
    assert.equal(gas(item("2026-01-01", "2027-01-01", "9")).value, null)
  })

  it("of a part of the period is a part, site by site", () => {
    const left = (...declared: Profile["declared"]) =>
      gas(...declared).needs.filter((need) => need.startsWith('"fuel.gas"'))
    const too = (days: string, site = "") => `"fuel.gas"${site} declared for ${days} too; 0 where there is none`
    const [spring, autumn] = [item("2026-01-01", "2026-03-31", "2"), item("2026-09-01", "2026-12-30", "3")]
    assert.deepEqual(left(autumn, spring), [too("2026-04-01 to 2026-08-31"), too("2026-12-31 to 2026-12-31")])
    assert.deepEqual([gas(spring).value, gas(spring).state], ["2.00", "partly"])
    const whole = item("2026-01-01", "2026-12-31", "0")
    assert.deepEqual(left({ ...whole, from: "2026-01-02" }), [too("2026-01-01 to 2026-01-01")])
    assert.deepEqual(left(whole, { ...spring, site: "zurich" }), [too("2026-04-01 to 2026-12-31", " of zurich")])
    assert.deepEqual(left(whole), [])
  })

  it("of some sites is a part of the entity's, unless a number of the whole stands beside it", () => {
    const [home] = profileOf().sites
    assert.ok(home)
    const sites = [home, { ...home, id: "bern" }]
    const of = (...named: readonly (string | null)[]) => {
      const declared = named.map((site) => item("2026-01-01", "2026-12-31", "2", { site }))
      return cellIn(
        filed("esrs-set1-2023-12-22", materialOf([], { profile: profileOf({ sites, declared }) })),
        "E1-5_12",
      ).needs
    }
    assert.deepEqual(of("zurich"), ['"fuel.gas" of bern declared too; 0 where there is none'])
    for (const whole of [["zurich", "bern"], ["zurich", null], [null]]) assert.deepEqual(of(...whole), [])
  })

  it("of another period is said beside what counts, and one of a foreign unit is none", () => {
    const { value, notes } = gas(item("2026-01-01", "2026-12-31", "2"), item("2025-01-01", "2025-12-31", "9"))
    assert.equal(value, "2.00")
    assert.match(notes.join(), /fuel\.gas of 2025-01-01 to 2025-12-31 \(9\) is of another period, and not counted/)
    const foreign = gas(item("2026-01-01", "2026-12-31", "2", { unit: "tCO2e" }))
    assert.deepEqual([foreign.value, foreign.state], [null, "missing"])
    assert.match(foreign.needs.join(), /the profile declares it in "tCO2e"/)
    // 3.6 GJ are a MWh.
    assert.equal(gas(item("2026-01-01", "2026-12-31", "7.2", { unit: "GJ" })).value, "2.00")
  })

  it("of a site is that site's alone", () => {
    const of = (site: string | null, value: string) =>
      item("2026-01-01", "2026-12-31", value, { figure: "water.potable", site, unit: "m3" })
    const profile = profileOf({ declared: [of("zurich", "2"), of("bern", "3"), of(null, "4")] })
    const material = materialOf([], { profile, subject: siteZurich })
    assert.equal(Number(cellIn(filed("eu-2024-1364", material), "WIN-POT").value), 2)
  })
})
