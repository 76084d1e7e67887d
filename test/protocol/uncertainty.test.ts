import assert from "node:assert/strict"
import { FIXED_ONE } from "../../protocol/src/encoding/fixed.ts"
import {
  type AccuracyLimits,
  addSpread,
  counterSpread,
  edgeSpread,
  expandedMillijoules,
  isSettled,
  parseAccuracy,
  stepSpread,
  trapezoidSpread,
  unseenSpread,
} from "../../protocol/src/metering/uncertainty.ts"

const NOTHING: AccuracyLimits = { gain: 0n, offset: 0n, step: 0n, window: 0n, update: 0n, gap: 0n }
const mW = (value: bigint) => value * FIXED_ONE
/** 1 W to 3 W over 2 s: 4 J, of which half of the difference is 2 J. All in nJ below. */
const STRETCH = { from: mW(1000n), to: mW(3000n), ms: 2000n }
const JOULE = 1_000_000_000n
const spread = (accuracy: Partial<AccuracyLimits>, stretch = STRETCH) =>
  trapezoidSpread(stretch, { ...NOTHING, ...accuracy })

/** A third and a twelfth of a square, rounded up as contributions are. */
const part = (value: bigint, of: bigint) => (value * value + of - 1n) / of

describe("what is known of an energy's error", () => {
  it("is for a trapezoid half of the difference of its powers, as a limit on each side", () =>
    assert.deepEqual(spread({}), { limit: 0n, variance: part(2n * JOULE, 3n) }))

  it("grows with each part of the accuracy", () => {
    assert.equal(spread({ gain: FIXED_ONE / 100n }).limit, (4n * JOULE) / 100n)
    assert.equal(spread({ offset: mW(10n) }).limit, 20_000_000n)
    assert.equal(spread({ step: mW(600n) }).variance, part(2n * JOULE, 3n) + part(1_200_000_000n, 12n))
    // The sensor looks away for a quarter of each update: so much of the 2 J is a bias.
    const [update, gap] = [100n * FIXED_ONE, 25n * FIXED_ONE]
    assert.equal(spread({ update, gap }).limit, JOULE / 2n)
    assert.equal(spread({ gap }).limit, 0n)
    assert.equal(
      spread({ gain: FIXED_ONE / 100n, offset: mW(10n), update, gap }).limit,
      (4n * JOULE) / 100n + 20_000_000n + JOULE / 2n,
    )
  })

  it("is for a counter its gain and blind time, and its step twice in a run", () => {
    const gain = FIXED_ONE / 50n
    assert.deepEqual(counterSpread(JOULE, 7n, { ...NOTHING, gain, step: mW(9n) }), {
      ...{ limit: JOULE / 50n + 7n, variance: 0n },
    })
    assert.deepEqual(stepSpread({ ...NOTHING, step: mW(12n) }), { limit: 0n, variance: part(12_000_000n, 6n) })
  })

  it("is at an edge the energy of window and update together", () =>
    assert.deepEqual(edgeSpread(mW(1000n), { ...NOTHING, window: 300n * FIXED_ONE, update: 200n * FIXED_ONE }), {
      ...{ limit: 0n, variance: part(JOULE / 2n, 12n) },
    }))

  it("is for a stretch that nobody saw the more of the estimate and of what the rating leaves", () => {
    for (const [energy, rated, limit] of [
      [3n, null, 3n],
      [3n, 5n, 3n],
      [3n, 6n, 3n],
      [3n, 7n, 4n],
      [0n, 7n, 7n],
    ] as const)
      assert.deepEqual(unseenSpread(energy, rated), { limit, variance: 0n })
  })

  it("adds limits to limits, and variances to variances", () =>
    assert.deepEqual(addSpread({ limit: 1n, variance: 2n }, { limit: 10n, variance: 20n }), {
      ...{ limit: 11n, variance: 22n },
    }))

  it("is expanded twofold and rounded up to whole mJ", () => {
    // 2·√(3²/3 + 1) nJ is 4 nJ; 2·√(10^12/4) nJ is 1 mJ.
    assert.equal(expandedMillijoules({ limit: 3n, variance: 1n }), 1n)
    assert.equal(expandedMillijoules({ limit: 0n, variance: 250_000_000_000n }), 1n)
    assert.equal(expandedMillijoules({ limit: 0n, variance: 250_000_000_001n }), 2n)
    assert.equal(expandedMillijoules({ limit: 3_000_000n, variance: 0n }), 4n)
    assert.equal(expandedMillijoules({ limit: 0n, variance: 0n }), 0n)
  })

  it("says a counter's mean power over ten updates, and not over less", () => {
    const accuracy = { ...NOTHING, update: 100n * FIXED_ONE }
    assert.deepEqual(
      [999, 1000].map((ms) => isSettled(ms, accuracy)),
      [false, true],
    )
    assert.equal(isSettled(0, NOTHING), true)
  })

  it("is read in the reading's unit, none of it below zero", () => {
    const given = { gainLimit: "0.5", offsetLimit: "2", step: "3", windowMs: "4", updateMs: "5", gapMs: "6" }
    const [W, ONE] = [1000n * FIXED_ONE, FIXED_ONE]
    assert.deepEqual(parseAccuracy(given, W), {
      ...{ gain: ONE / 2n, offset: 2n * W, step: 3n * W, window: 4n * ONE, update: 5n * ONE, gap: 6n * ONE },
    })
    assert.deepEqual(parseAccuracy({}, W), NOTHING)
    for (const [name, value] of Object.entries(given)) {
      assert.deepEqual(parseAccuracy({ [name]: "0" }, W), NOTHING)
      assert.throws(() => parseAccuracy({ [name]: `-${value}` }, W), { code: "FIELD_MALFORMED" })
    }
  })
})
