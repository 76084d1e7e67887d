import assert from "node:assert/strict"
import {
  type Bounds,
  contractMetric,
  EMPTY_ACCUMULATION,
  METRIC_NAMES,
  METRICS,
  type Measure,
  type MetricName,
  NO_UPPER_BOUND,
  quotientOf,
  type Sides,
} from "@wattest/protocol"
import {
  both,
  boundCall,
  CLOSING,
  createLedgers,
  FIRST,
  type Ledgers,
  openTally,
  SECOND,
} from "@wattest/testkit/claims/fixture"
import { type Asking, askedWith, CONDITIONS, FILTERS, periodStart } from "@wattest/testkit/claims/world"
import { releaseCurve } from "../../scripts/keys/export.ts"
import { simulateBound, simulateSegment } from "./simulated.ts"

// (100 + 200 + 300 + 3) mJ over 60 tokens: 10.05 mJ, 10050 µJ a token
const EXACT: Bounds = { lo: 10_050n, hi: 10_050n }
const SOURCES = CONDITIONS.required
/** A bound on a tally that has one already: the transaction's whole gas, some hundred more or less for its bytes. */
const BOUND_GAS = 300_000n

describe("a bound on a tally", function () {
  this.timeout(600_000)
  let world: Ledgers

  before(async () => {
    world = await createLedgers()
  })

  after(releaseCurve)

  const read = async (number: bigint) => world.claims.read.tallyOf([world.operatorAddress, number])

  /** A closed tally over some ledgers with these terms, and the opening of its accumulator. */
  async function tallied(asking: Asking = {}, ledgers: readonly (0 | 1)[] = [0, 1]) {
    const { claims, vouchers } = world
    const number = await openTally(
      world,
      asking,
      ledgers.map((i) => vouchers[i]),
    )
    const options = { asked: askedWith(asking), blindTo: 5n }
    let end = EMPTY_ACCUMULATION
    const calls = ledgers.map((i) => {
      const from = { head: i === 0 ? world.head : 0n, accumulation: end }
      const { segment, call } = simulateSegment(from, i === 0 ? FIRST : SECOND, options)
      end = segment.to
      return call
    })
    await claims.write.extend([number, 0n, calls])
    const closing = { meteredAtLeast: 0n, blindAtMost: CLOSING.blindAtMost * 3n, brokenAtMost: 9n }
    const prove3 = (metric: MetricName, bounds: Bounds) =>
      simulateBound(both(end), { measure: METRICS[metric], isStrict: false, bounds })
    const proofs = [
      prove3("metered-time", { lo: 0n, hi: NO_UPPER_BOUND }),
      prove3("blind-share", { lo: 0n, hi: closing.blindAtMost }),
      prove3("broken", { lo: 0n, hi: 9n }),
    ] as const
    await claims.write.close([number, closing, proofs])
    return { number, end }
  }

  /** A call that a proof from the secret goes with, so that only the contract's own rules can refuse it. */
  function simulated(number: bigint, sides: Sides, metric: MetricName, bounds: Bounds, more: Partial<Call> = {}) {
    const { measure = METRICS[metric], isStrict = true, denominator = number } = more
    const terms = { strict: isStrict, denominator: Number(denominator), ...bounds }
    const proof = simulateBound(sides, { measure, isStrict, bounds })
    return [number, { ...contractMetric(metric, measure), ...terms, ...more.changes }, proof] as const
  }

  type Call = {
    readonly measure: Measure
    readonly isStrict: boolean
    readonly denominator: bigint
    readonly changes: { readonly [field: string]: number | bigint | boolean }
  }

  const refuses = async (
    call: ReturnType<typeof simulated>,
    error:
      | "BoundRejected"
      | "DenominatorMismatch"
      | "MaskOutOfRange"
      | "NotClosed"
      | "SourceMissing"
      | "TallySuspect"
      | "UnitMissing",
  ) => world.viem.assertions.revertWithCustomError(world.claims.write.bound(call), world.claims, error)

  it("is recorded with a real proof at its exact value, and refused one step beside it", async () => {
    const { claims, viem, operatorAddress } = world
    const { number, end } = await tallied()
    const call = await boundCall(number, both(end), { metric: "energy-per-work", bounds: EXACT })
    await viem.assertions.emit(claims.write.bound(call), claims, "Bounded")
    assert.deepEqual((await read(number)).bounds, [call[1]])
    for (const bounds of [
      { lo: 10_051n, hi: 10_051n },
      { lo: 0n, hi: 10_049n },
    ]) {
      await assert.rejects(boundCall(number, both(end), { metric: "energy-per-work", bounds }))
      const attempt = claims.write.bound([number, { ...call[1], ...bounds }, call[2]])
      await viem.assertions.revertWithCustomErrorWithArgs(attempt, claims, "BoundRejected", [bounds.lo, bounds.hi])
    }
    assert.equal((await claims.read.tallyOf([operatorAddress, number])).bounds.length, 1)
  })

  it("refolds nothing: one tally has a bound on every metric", async () => {
    const { number, end } = await tallied({ conditions: { ...CONDITIONS, required: SOURCES } })
    for (const name of METRIC_NAMES.filter((metric) => metric !== "ratio")) {
      const { dividend, divisor } = quotientOf(end.totals, end.totals, METRICS[name])
      if (divisor === 0n) continue
      const bounds = { lo: 0n, hi: (dividend + divisor - 1n) / divisor }
      const call = simulated(number, both(end), name, bounds)
      // Sources that no run of the tests feeds
      if (["wue", "erf"].includes(name)) await refuses(call, "SourceMissing")
      else await world.claims.write.bound(call)
    }
    const names = (await read(number)).bounds.map(({ metric }) => METRIC_NAMES[metric])
    assert.deepEqual(names.slice(0, 3), ["energy", "energy-central", "energy-per-work"])
    assert.equal(names.at(-1), "runs")
  })

  it("says no more than what was proved: each metric is of its own totals, in its own unit", async () => {
    const { number, end } = await tallied()
    const bounds = { lo: 0n, hi: NO_UPPER_BOUND }
    for (const name of METRIC_NAMES.filter((metric) => metric !== "ratio"))
      await world.claims.write.bound(simulated(number, both(end), name, bounds))
    assert.equal((await read(number)).bounds.length, METRIC_NAMES.length - 1)
  })

  it("costs at most 300,000 gas", async () => {
    const { number, end } = await tallied()
    const used = []
    for (const bounds of [EXACT, { lo: 1n, hi: 20_000n }]) {
      const hash = await world.claims.write.bound(simulated(number, both(end), "energy-per-work", bounds))
      used.push((await world.client.getTransactionReceipt({ hash })).gasUsed)
    }
    for (const gas of used) assert.ok(gas <= BOUND_GAS, `${gas} gas`)
  })

  it("is strict only where it was proved to be", async () => {
    const { number, end } = await tallied()
    const loose = simulated(number, both(end), "energy", { lo: 0n, hi: 603n }, { isStrict: false })
    await world.claims.write.bound(loose)
    await refuses([loose[0], { ...loose[1], strict: true }, loose[2]], "BoundRejected")
    const nothing = await tallied({ filters: { ...FILTERS, model: "llamа" } })
    const empty = { metric: "energy", bounds: { lo: 0n, hi: 0n } } as const
    await assert.rejects(boundCall(nothing.number, both(nothing.end), empty))
    await world.claims.write.bound(await boundCall(nothing.number, both(nothing.end), { ...empty, isStrict: false }))
    assert.equal((await read(nothing.number)).bounds[0]?.strict, false)
  })

  it("waits until the tally is closed", async () => {
    await refuses(simulated(await openTally(world), both(EMPTY_ACCUMULATION), "energy", EXACT), "NotClosed")
  })

  it("is one of 32 at most", async () => {
    const { number, end } = await tallied()
    const call = simulated(number, both(end), "energy", { lo: 0n, hi: 603n })
    for (let i = 0; i < 32; i++) await world.claims.write.bound(call)
    const attempt = world.claims.write.bound(call)
    await world.viem.assertions.revertWithCustomErrorWithArgs(attempt, world.claims, "BoundCountOutOfRange", [32n])
  })

  it("needs the unit of work that it counts", async () => {
    for (const unit of [null, ""]) {
      const { number, end } = await tallied({ filters: { ...FILTERS, unit } }, [1])
      const bounds = { lo: 0n, hi: NO_UPPER_BOUND }
      await refuses(simulated(number, both(end), "energy-per-work", bounds), "UnitMissing")
      for (const metric of ["work", "energy-per-accepted", "energy-per-input"] as const)
        await refuses(simulated(number, both(end), metric, bounds), "UnitMissing")
      await world.claims.write.bound(simulated(number, both(end), "energy", bounds))
    }
  })

  it("needs what would flatter by its absence to be a condition", async () => {
    const required = SOURCES.filter((name) => name !== "idle")
    const { number, end } = await tallied({ conditions: { ...CONDITIONS, required } }, [1])
    await refuses(simulated(number, both(end), "idle-tax", { lo: 0n, hi: 10n ** 6n }), "SourceMissing")
    await world.claims.write.bound(simulated(number, both(end), "idle-tax", { lo: 1n, hi: NO_UPPER_BOUND }))
    const other = await tallied({ conditions: { ...CONDITIONS, required: ["idle"] } }, [1])
    await refuses(simulated(other.number, both(other.end), "idle-tax", { lo: 1n, hi: 10n ** 6n }), "SourceMissing")
  })

  const ratio = (numerator: Measure["numerator"], denominator: Measure["denominator"]): Measure => ({
    ...METRICS.ratio,
    ...{ numerator, denominator },
  })
  const ENERGIES = ratio(["energyMillijoules"], ["energyMillijoules"])

  it("of a ratio divides what was chosen of one tally by what was chosen of another", async () => {
    const [top, bottom] = [await tallied({}, [1]), await tallied()]
    const sides = { numerator: top.end, denominator: bottom.end }
    // 300 mJ of 600
    const terms = { metric: "ratio", measure: ENERGIES, bounds: { lo: 500_000n, hi: 500_000n } } as const
    await world.claims.write.bound(await boundCall(top.number, sides, { ...terms, denominator: bottom.number }))
    assert.equal((await read(top.number)).bounds[0]?.denominator, Number(bottom.number))
    const swapped = { numerator: bottom.end, denominator: top.end }
    const exchanged = simulated(top.number, swapped, "ratio", terms.bounds, {
      ...{ measure: ENERGIES, denominator: bottom.number },
    })
    await refuses(exchanged, "BoundRejected")
  })

  it("of a ratio has masks of totals, and any other metric none", async () => {
    const { number, end } = await tallied({}, [1])
    const bounds = { lo: 0n, hi: NO_UPPER_BOUND }
    const masks = (numeratorMask: number, denominatorMask: number) =>
      simulated(number, both(end), "ratio", bounds, { measure: ENERGIES, changes: { numeratorMask, denominatorMask } })
    for (const [top, bottom] of [
      [0, 1],
      [1, 0],
      [1 << 18, 1],
      [1, 1 << 18],
    ] as const)
      await refuses(masks(top, bottom), "MaskOutOfRange")
    const energy = simulated(number, both(end), "energy", bounds, { changes: { numeratorMask: 1 } })
    await refuses(energy, "MaskOutOfRange")
    await refuses(simulated(number, both(end), "energy", bounds, { changes: { denominatorMask: 1 } }), "MaskOutOfRange")
  })

  it("is over two tallies of one period that are closed, and only as a ratio", async () => {
    const [top, bottom] = [await tallied({}, [1]), await tallied()]
    const sides = { numerator: top.end, denominator: bottom.end }
    const bounds = { lo: 0n, hi: NO_UPPER_BOUND }
    const over = (denominator: bigint) => ({ measure: ENERGIES, denominator })
    const later = await tallied({ period: [periodStart(1) - 1n, periodStart(2)] }, [1])
    const longer = await tallied({ period: [periodStart(1), periodStart(2) + 1n] }, [1])
    for (const other of [later, longer])
      await refuses(simulated(top.number, sides, "ratio", bounds, over(other.number)), "DenominatorMismatch")
    await refuses(simulated(top.number, sides, "ratio", bounds, over(await openTally(world))), "NotClosed")
    const energy = simulated(top.number, sides, "energy", bounds, { denominator: bottom.number })
    await refuses(energy, "DenominatorMismatch")
  })

  it("over two tallies needs of each what its own side would flatter by", async () => {
    const fed = await tallied({ conditions: { ...CONDITIONS, required: SOURCES } })
    const unfed = await tallied({ conditions: { ...CONDITIONS, required: [] } }, [1])
    const measure = ratio(["energyMillijoules"], ["acceleratorMillijoules"])
    const over = (a: typeof fed, b: typeof fed) =>
      simulated(
        a.number,
        { numerator: a.end, denominator: b.end },
        "ratio",
        { lo: 1n, hi: NO_UPPER_BOUND },
        {
          ...{ measure, denominator: b.number },
        },
      )
    await refuses(over(fed, unfed), "SourceMissing")
    await world.claims.write.bound(over(unfed, fed))
  })

  it("over two tallies waits for neither to be suspect", async () => {
    const { registry, vouchers, first } = world
    const [top, bottom] = [await tallied({}, [1]), await tallied()]
    const bounds = { lo: 0n, hi: NO_UPPER_BOUND }
    const call = (a: typeof top, b: typeof top) =>
      simulated(a.number, { numerator: a.end, denominator: b.end }, "ratio", bounds, {
        ...{ measure: ENERGIES, denominator: b.number },
      })
    await world.claims.write.bound(call(top, bottom))
    await registry.write.withdraw([first.id, periodStart(1)], { account: vouchers[0].account })
    await refuses(call(top, bottom), "TallySuspect")
    await refuses(call(bottom, top), "TallySuspect")
  })
})
