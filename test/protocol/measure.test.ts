import assert from "node:assert/strict"
import {
  askedDigest,
  askedField,
  askedOf,
  type Conditions,
  countsWork,
  decodeClaimWord,
  encodeBounds,
  encodeClaimWord,
  encodeMeasure,
  fieldOfText,
  METRIC_NAMES,
  METRICS,
  maskOf,
  NO_UPPER_BOUND,
  quotientOf,
  Rejection,
  requiredBy,
  TOTALS,
} from "@wattest/protocol"

const FILTERS = { model: "llama", unit: "token", zone: null, site: "", party: null, boundary: "node" } as const
const CONDITIONS: Conditions = {
  energyGrade: "measured",
  workGrade: "declared",
  origin: "live",
  required: ["idle", "inventory"],
}
const PERIOD = { from: 1_767_225_600, to: 1_769_904_000 }

describe("what a tally asks", () => {
  const asked = askedOf(FILTERS, CONDITIONS, PERIOD)

  it("tells any label from none", () => {
    assert.equal(askedField(null), 0n)
    assert.equal(askedField(""), fieldOfText(""))
    assert.notEqual(askedDigest(asked.tags), askedDigest(asked.tags.with(3, 0n)))
  })

  it("is told from its digest, label by label", () => {
    const digests = asked.tags.map((_, i) => askedDigest(asked.tags.with(i, 5n)))
    assert.equal(new Set([askedDigest(asked.tags), ...digests]).size, 6)
  })

  it("reads back from its word", () => {
    const counts = { length: 56, unopened: 1, voids: 2 }
    const { tags, ...rest } = asked
    assert.equal(tags.length, 5)
    assert.deepEqual(decodeClaimWord(encodeClaimWord(counts, asked)), { ...counts, ...rest })
    assert.deepEqual(rest, {
      boundary: 2n,
      limits: [1n, 4n, 0n],
      required: 0b10_0000_0100n,
      period: [1_767_225_600n, 1_769_904_000n],
    })
  })

  it("must fit the word", () => {
    const counts = { length: 1, unopened: 0, voids: 0 }
    for (const changes of [
      { boundary: 256n },
      { required: 65_536n },
      { period: [0n, 2n ** 40n] },
      { limits: [-1n, 0n, 0n] },
    ])
      assert.throws(() => encodeClaimWord(counts, { ...asked, ...changes }), Rejection)
    assert.throws(() => decodeClaimWord(2n ** 152n), Rejection)
  })
})

describe("metrics", () => {
  it("are sums of totals, most of them over another", () => {
    const table = METRIC_NAMES.map((name) => {
      const place = (names: readonly string[]) =>
        names.map((total) => (TOTALS as readonly string[]).indexOf(total)).join("+")
      return `${name} ${place(METRICS[name].numerator)}/${place(METRICS[name].denominator)}`
    })
    assert.deepEqual(table, [
      ...["energy 0+1/", "energy-central 0/", "energy-per-work 0+1/5", "energy-per-accepted 0+1/6"],
      ...["energy-per-input 0+1/7", "pue 0+1/2", "wue 9/2", "erf 10/0", "idle-tax 4/3", "accelerator-share 3/0"],
      ...["carbon 8/", "carbon-per-work 8/5", "water 9/", "water-per-work 9/5", "work 5/", "ledger-share 0/14"],
      ...["metered-time 15/", "blind-share 16/15", "broken 17/", "runs 13/", "ratio /"],
    ])
  })

  it("give their number in the unit of a proof", () => {
    const totals = TOTALS.map((_, i) => BigInt([3_600_000, 0, 3_600_000_000, 0, 0, 4, 0, 0, 0, 1_000][i] ?? 0))
    // 1 L over 1 kWh is 1,000,000 µL per kWh
    assert.deepEqual(quotientOf(totals, totals, METRICS.wue), {
      dividend: 3_600_000_000_000_000n,
      divisor: 3_600_000_000n,
    })
    assert.deepEqual(quotientOf(totals, totals, METRICS["energy-per-work"]), { dividend: 3_600_000_000n, divisor: 4n })
    assert.deepEqual(quotientOf(totals, totals, METRICS.energy), { dividend: 3_600_000n, divisor: 1n })
  })

  it("that count work need its unit", () => {
    assert.deepEqual(
      METRIC_NAMES.filter((name) => countsWork(METRICS[name])),
      ["energy-per-work", "energy-per-accepted", "energy-per-input", "carbon-per-work", "water-per-work", "work"],
    )
  })

  it("need what would flatter by its absence: above the line for an upper bound, below it for a lower one", () => {
    const [atMost, atLeast] = [
      { lo: 0n, hi: 5n },
      { lo: 5n, hi: NO_UPPER_BOUND },
    ]
    // it 0, accelerator 1, idle 2, work 3, accepted 4, input 5, carbon 6, water 7, reused 8
    assert.equal(requiredBy(METRICS["idle-tax"], atMost), 1n << 2n)
    assert.equal(requiredBy(METRICS["idle-tax"], atLeast), 1n << 1n)
    assert.equal(requiredBy(METRICS.pue, atMost), 0n)
    assert.equal(requiredBy(METRICS.pue, atLeast), 1n << 0n)
    assert.equal(requiredBy(METRICS.erf, atMost), 1n << 8n)
    assert.equal(requiredBy(METRICS.carbon, { lo: 0n, hi: NO_UPPER_BOUND }), 0n)
    for (const name of ["energy", "metered-time", "blind-share", "broken", "runs"] as const)
      assert.equal(requiredBy(METRICS[name], { lo: 1n, hi: 2n }), 0n)
  })
})

describe("a bound's words", () => {
  it("have a place for each part", () => {
    const measure = encodeMeasure(METRICS.pue, true)
    assert.equal(measure & 0x3ffffn, maskOf(["energyMillijoules", "uncertaintyMillijoules"]))
    assert.equal((measure >> 18n) & 0x3ffffn, maskOf(["itMillijoules"]))
    assert.equal((measure >> 36n) & (2n ** 64n - 1n), 1_000_000n)
    assert.equal(measure >> 100n, 1n)
    assert.equal(encodeMeasure(METRICS.pue, false) >> 100n, 0n)
    assert.equal(encodeBounds({ lo: 3n, hi: NO_UPPER_BOUND }), 3n | (NO_UPPER_BOUND << 80n))
  })

  it("refuse what does not fit", () => {
    for (const bounds of [
      { lo: -1n, hi: 0n },
      { lo: 0n, hi: 2n ** 80n },
    ])
      assert.throws(() => encodeBounds(bounds), Rejection)
    assert.throws(() => encodeMeasure({ ...METRICS.pue, scale: 2n ** 64n }, true), Rejection)
  })
})
