import assert from "node:assert/strict"
import { type Fed, METRICS, NO_UPPER_BOUND, TOTALS, type Totals } from "@wattest/protocol"
import { checkBound } from "../../prover/src/claims/plan.ts"
import {
  type BoundSubject,
  readBound,
  readClosing,
  readTerms,
  type TallySubject,
} from "../../prover/src/claims/terms.ts"

const totals = (some: Partial<Record<(typeof TOTALS)[number], bigint>>): Totals =>
  TOTALS.map((name) => some[name] ?? 0n) as unknown as Totals

const WRITTEN = { boundary: "node", from: 0, to: 3600 }
const tallied = (required: readonly Fed[] = [], unit = "token"): TallySubject =>
  readTerms({ ...WRITTEN, unit, require: required })

const ENERGY = totals({ runs: 2n, energyMillijoules: 7000n, uncertaintyMillijoules: 1n, itMillijoules: 5000n })
const WORK = totals({ runs: 1n, workUnits: 10n })

const bound = (metric: BoundSubject["metric"], lo: bigint, hi: bigint): BoundSubject => ({
  metric,
  measure: METRICS[metric],
  lo,
  hi,
})
const pair = (over: Partial<Parameters<typeof checkBound>[0]> = {}) => ({
  ...{ numerator: ENERGY, denominator: ENERGY, top: tallied(), bottom: tallied() },
  ...over,
})
const refusal = (code: string, message: RegExp) => ({ name: "Refusal", code, message })

describe("a bound before it is proved", () => {
  it("holds at the true value and beyond it, and not a unit within", () => {
    checkBound(pair(), bound("energy", 7001n, 7001n))
    checkBound(pair(), bound("energy", 0n, 7002n))
    checkBound(pair(), bound("energy", 7000n, NO_UPPER_BOUND))
    assert.throws(
      () => checkBound(pair(), bound("energy", 0n, 7000n)),
      refusal("BOUND_FALSE", /above .*at most .*7\.001/),
    )
    assert.throws(
      () => checkBound(pair(), bound("energy", 7002n, NO_UPPER_BOUND)),
      refusal("BOUND_FALSE", /below .*at least .*7\.001/),
    )
  })

  it("names what would hold: of a quotient that is not whole the next one outwards", () => {
    const thirds = {
      numerator: totals({ runs: 1n, energyMillijoules: 1000n }),
      denominator: totals({ runs: 1n, workUnits: 3n }),
    }
    const fed = { top: tallied(["work"]), bottom: tallied(["work"]) }
    const per = (lo: bigint, hi: bigint) => checkBound(pair({ ...thirds, ...fed }), bound("energy-per-work", lo, hi))
    per(333_333n, 333_334n)
    assert.throws(() => per(0n, 333_333n), /at most 0\.333334 /)
    assert.throws(() => per(333_334n, NO_UPPER_BOUND), /at least 0\.333333 /)
  })

  it("is about a run at least, in both of its tallies, and divides by no nothing", () => {
    const none = refusal("BOUND_FALSE", /no run counts/)
    const work = { top: tallied(["work"]), bottom: tallied(["work"]) }
    const per = bound("energy-per-work", 0n, NO_UPPER_BOUND - 1n)
    checkBound(pair({ denominator: WORK, ...work }), per)
    assert.throws(() => checkBound(pair({ numerator: totals({}), denominator: WORK, ...work }), per), none)
    assert.throws(() => checkBound(pair({ denominator: totals({ workUnits: 10n }), ...work }), per), none)
    assert.throws(
      () => checkBound(pair({ denominator: totals({ runs: 1n }), ...work }), per),
      refusal("BOUND_FALSE", /divides by 0/),
    )
  })

  it("asks the tally of each side for what feeds that side, where missing it would flatter", () => {
    const [fed, unfed] = [tallied(["it"]), tallied()]
    const share = (metric: BoundSubject["metric"], lo: bigint, hi: bigint, top: TallySubject, bottom: TallySubject) =>
      checkBound(pair({ top, bottom }), bound(metric, lo, hi))
    const lacking = refusal("TERMS_INVALID", /feed no it/)
    // PUE: energy over IT. Too little IT makes it larger, which flatters who claims "at least".
    share("pue", 1n, NO_UPPER_BOUND, unfed, fed)
    assert.throws(() => share("pue", 1n, NO_UPPER_BOUND, fed, unfed), lacking)
    share("pue", 0n, 2_000_000n, unfed, unfed)
  })
})

describe("terms as an operator writes them", () => {
  const invalid = refusal("TERMS_INVALID", /./)

  it("have a period that is not empty, and are taken after it", () => {
    readTerms({ ...WRITTEN, from: 3599 })
    for (const wrong of [{ from: 3600 }, { from: 3601 }, { asOf: 3600 }, { asOf: 3599 }])
      assert.throws(() => readTerms({ ...WRITTEN, ...wrong }), invalid, JSON.stringify(wrong))
    assert.equal(readTerms({ ...WRITTEN, asOf: 3601 }).asOf, 3601)
    assert.equal(readTerms(WRITTEN).asOf, null)
  })

  it("demand the better of what is not said, and the work's grade of nobody", () => {
    assert.deepEqual(readTerms(WRITTEN).conditions, {
      ...{ energyGrade: "measured", workGrade: "declared", origin: "live", required: [] },
    })
    for (const wrong of [{ boundary: undefined }, { boundary: "room" }, { origin: "dead" }, { require: ["luck"] }])
      assert.throws(() => readTerms({ ...WRITTEN, ...wrong }), invalid, JSON.stringify(wrong))
  })

  it("tell any label from none, and one from another", () => {
    assert.equal(readTerms(WRITTEN).filters.model, null)
    assert.equal(readTerms({ ...WRITTEN, model: "" }).filters.model, "")
    assert.equal(readTerms({ ...WRITTEN, model: "e\u0301" }).filters.model, "\u00e9", "NFC")
  })

  it("bound a metric from one side at least, in order, and of work with its unit alone", () => {
    const read = (written: Parameters<typeof readBound>[0], unit = "token") => readBound(written, tallied([], unit))
    assert.deepEqual(read({ metric: "energy", atMost: "7" }), bound("energy", 0n, 7000n))
    assert.deepEqual(read({ metric: "energy", atLeast: "7" }), bound("energy", 7000n, NO_UPPER_BOUND))
    assert.equal(read({ metric: "energy", atLeast: "7", atMost: "7" }).lo, 7000n)
    assert.equal(read({ metric: "joules-per-token", atMost: "1" }).metric, "energy-per-work")
    const ratio = read({ metric: "ratio", atMost: "1", numerator: ["runs"], denominator: ["workUnits", "runs"] })
    assert.deepEqual(ratio.measure, { ...METRICS.ratio, numerator: ["runs"], denominator: ["workUnits", "runs"] })
    for (const wrong of [
      { metric: "energy" },
      { metric: "energy", atLeast: "7.001", atMost: "7" },
      { metric: "warmth", atMost: "1" },
      { metric: "energy", atMost: "much" },
      { metric: "joules-per-image", atMost: "1" },
      { metric: "energy", atMost: "1", numerator: ["workUnits"] },
      { metric: "energy", atMost: "1", denominator: ["workUnits"] },
      { metric: "ratio", atMost: "1", numerator: ["workUnits"] },
      { metric: "ratio", atMost: "1", denominator: ["workUnits"] },
      { metric: "ratio", atMost: "1", numerator: [], denominator: ["workUnits"] },
      { metric: "ratio", atMost: "1", numerator: ["workUnits"], denominator: [] },
    ])
      assert.throws(() => read(wrong), invalid, JSON.stringify(wrong))
    assert.throws(() => read({ metric: "energy-per-work", atMost: "1" }, ""), invalid, "without a unit")
  })
})

describe("the bounds that close a tally", () => {
  const truth = { timeMs: 179_999n, blindMs: 0n, broken: 2n }

  it("are whole minutes, a step of the blind share, and the broken runs, where nothing is written", () => {
    assert.deepEqual(readClosing({}, truth), { meteredAtLeast: 120_000n, blindAtMost: 0n, brokenAtMost: 2n })
    const share = (blindMs: bigint, timeMs = 1_000_000n) => readClosing({}, { ...truth, timeMs, blindMs }).blindAtMost
    assert.deepEqual(
      [1n, 1000n, 1001n, 10_001n, 50_001n, 100_001n, 250_001n, 500_000n, 500_001n, 1_000_000n].map((ms) => share(ms)),
      [1000n, 1000n, 10_000n, 50_000n, 100_000n, 250_000n, 500_000n, 500_000n, 1_000_000n, 1_000_000n],
    )
    assert.equal(share(1n, 1_000_000_001n), 1000n, "a share is rounded up")
    assert.equal(share(0n, 0n), 0n)
  })

  it("are what is written", () => {
    const written = { meteredAtLeast: "1 h", blindAtMost: "3%", brokenAtMost: "5" }
    assert.deepEqual(readClosing(written, truth), {
      ...{ meteredAtLeast: 3_600_000n, blindAtMost: 30_000n, brokenAtMost: 5n },
    })
  })
})
