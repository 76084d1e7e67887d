import assert from "node:assert/strict"
import { readStandard } from "@wattest/disclosure"
import { POLICY_TEMPLATE } from "@wattest/verifier"
import { lengthOf } from "../../disclosure/src/books/period.ts"
import { serviceIn } from "../../disclosure/src/books/standing.ts"
import { fileStandard } from "../../disclosure/src/standard/fill.ts"
import { cellIn, device, energy, entry, filed, materialOf, ms, OPERATOR, profileOf } from "./scene.ts"

const electricity = (...given: Parameters<typeof materialOf>) =>
  cellIn(filed("vsme-2025-07-30", materialOf(...given)), "B3-electricity")

describe("the edges of a period", () => {
  const [from, to] = [ms("2026-01-01"), ms("2027-01-01")]
  const [mwh, twice] = [energy(1n).energyMillijoules, energy(2n).energyMillijoules]
  const notShown = (...entries: readonly ReturnType<typeof entry>[]) => electricity(entries).coverage?.notShown

  it("are a minute wide: runs that nobody shows beyond them are no part of it", () => {
    const next = entry({ run: 2n, startMs: to, endMs: to + 1000, registers: energy(1n), lifetimeMillijoules: 3n * mwh })
    const ends = (endMs: number) => notShown(entry({ endMs, registers: energy(1n), lifetimeMillijoules: mwh }), next)
    assert.deepEqual([ends(to - 60_000), ends(to - 60_001)], ["0", "1"])
    const begins = (startMs: number) =>
      notShown(entry({ run: 1n, startMs, registers: energy(1n), lifetimeMillijoules: twice }))
    assert.deepEqual([begins(from + 60_000), begins(from + 60_001)], ["0", "1"])
  })

  it("are those of a standard's version, both days included", () => {
    const noted = (validFrom: string, validTo: string) => {
      const standard = { ...readStandard("vsme-2025-07-30"), validFrom, validTo }
      const made = { standard, material: materialOf([]), policy: POLICY_TEMPLATE, signer: OPERATOR, previousAsOf: null }
      return /is not within the time/.test(fileStandard(made).notes.join())
    }
    assert.equal(noted("2026-01-01", "2026-12-31"), false)
    assert.deepEqual([noted("2026-01-02", "2026-12-31"), noted("2026-01-01", "2026-12-30")], [true, true])
  })

  it("are those of a device's service: from its enrolment, until a retired one's last run", () => {
    const span = { fromMs: from, toMs: to }
    const service = (retiredRuns: number | null, runs: number) =>
      serviceIn(span, {
        ...{ enrolledAt: ms("2026-07-01") / 1000, retiredRuns, runs, through: ms("2026-07-03") / 1000 },
      } as Parameters<typeof serviceIn>[1])
    assert.deepEqual(
      [service(null, 5), service(6, 5), service(5, 5)].map((one) => lengthOf(one) / 86_400_000),
      [184, 184, 2],
    )
  })
})

describe("a device of the profile", () => {
  const meter = (n: number, within: number | null = null) => ({
    ...{ device: device(n), site: "zurich", within: within === null ? null : device(within) },
    ...{ from: "2026-01-01", to: null },
  })
  const needsOf = (...meters: ReturnType<typeof meter>[]) =>
    electricity([entry({ registers: energy(1n) })], { profile: profileOf({ meters }) }).needs

  it("is missing for all of its time where it shows nothing, unless another one holds it", () => {
    assert.deepEqual(needsOf(meter(1), meter(2)), [
      "certificates of the missing time at zurich: 365.0 device-days of 730.0 device-days",
    ])
    assert.deepEqual(needsOf(meter(1), meter(2, 1)), [])
  })
})

describe("a profile that puts devices elsewhere", () => {
  const sites = [...profileOf().sites, ...profileOf().sites.map((site) => ({ ...site, id: "bern" }))]
  const meter = (n: number, site: string, within: number | null = null) => ({
    ...{ device: device(n), site, within: within === null ? null : device(within), from: "2026-01-01", to: null },
  })
  const runs = [entry({ registers: energy(100n) }), entry({ device: device(2), site: "bern", registers: energy(50n) })]

  it("takes no energy out of the sum by nesting a device in one of another site", () => {
    const profile = profileOf({ sites, meters: [meter(1, "zurich"), meter(2, "bern", 1)] })
    assert.equal(electricity(runs, { profile }).value, "150.00")
    const same = profileOf({ sites, meters: [meter(1, "zurich"), meter(2, "zurich", 1)] })
    assert.equal(
      electricity([runs[0] ?? entry(), entry({ device: device(2), registers: energy(50n) })], { profile: same }).value,
      "100.00",
    )
  })

  it("moves no run: the site is the one that the device signed", () => {
    const profile = profileOf({ sites, meters: [meter(1, "bern"), meter(2, "bern")] })
    const at = (name: string) =>
      cellIn(filed("eu-2024-1364", materialOf(runs, { profile, subject: { kind: "site", name } })), "EDC").value
    assert.deepEqual([at("zurich"), at("bern")], ["100000", "50000"])
  })
})

describe("a document of several runs", () => {
  it("stands with the last of its blocks", () => {
    const block = (number: string, time: number) => ({ chainId: 137, number, time })
    const runs = [block("9", 900), block("8", 800)].map((one, i) =>
      entry({ run: BigInt(i), block: one, registers: energy(1n) }),
    )
    for (const order of [runs, runs.toReversed().map((one, i) => ({ ...one, run: BigInt(i) }))])
      assert.equal(electricity(order).sources[0]?.block?.number, "9")
  })
})
