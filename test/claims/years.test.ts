import assert from "node:assert/strict"
import { EMPTY_ACCUMULATION, METRICS, type MetricName, NO_UPPER_BOUND, type Slot, totalOf } from "@wattest/protocol"
import { both } from "@wattest/testkit/claims/fixture"
import { type Asking, anchor, askedWith, createWorld, enrolDevice, runOf, termsOf } from "@wattest/testkit/claims/world"
import { releaseCurve } from "../../scripts/keys/export.ts"
import { simulateBound, simulateSegment } from "./simulated.ts"

const seconds = (year: number, month: number, day: number, hour = 0, minute = 0) =>
  BigInt(Date.UTC(year, month - 1, day, hour, minute) / 1000)
const NEW_YEAR = seconds(2034, 1, 1)
const OLD: Asking["period"] = [seconds(2033, 1, 1), NEW_YEAR]
const NEW: Asking["period"] = [NEW_YEAR, seconds(2035, 1, 1)]

const run = (name: string, endsAt: bigint, millijoules: bigint): Slot => ({
  opening: runOf(name, {
    ...{ endsAt, seconds: 1800n },
    registers: { energyMillijoules: millijoules, uncertaintyMillijoules: 1n, workUnits: 1n },
  }),
})

describe("runs about New Year", function () {
  this.timeout(120_000)
  let world: Awaited<ReturnType<typeof createWorld>>
  /** Ends within the old year; with it; in the new one; and late within the old one, but anchored in the new one. */
  const slots = {
    autumn: run("autumn", seconds(2033, 11, 1), 1n),
    midnight: run("midnight", NEW_YEAR, 10n),
    across: run("across", NEW_YEAR + 600n, 100n),
    late: run("late", seconds(2033, 12, 31, 12), 1000n),
  }

  before(async () => {
    world = await createWorld()
    const [shown, hidden] = world.vouchers
    const [device, other] = [await enrolDevice(world, shown), await enrolDevice(world, hidden)]
    const laggard = await enrolDevice(world, shown)
    await anchor(world, device, { slots: [slots.autumn], time: seconds(2033, 11, 2) })
    await anchor(world, other, { slots: [run("hidden", seconds(2033, 12, 1), 10_000n)], time: seconds(2033, 12, 2) })
    await anchor(world, device, { slots: [slots.midnight, slots.across], time: NEW_YEAR + 1200n })
    await anchor(world, laggard, { slots: [slots.late], time: seconds(2034, 1, 20) })
    await world.networkHelpers.time.increaseTo(seconds(2035, 1, 10))
  })

  after(releaseCurve)

  /** Folds all that a tally over a period holds, and gives what was counted. */
  async function counted(period: Asking["period"], asOf: bigint, runs: readonly Slot[]) {
    const { claims, operator, vouchers } = world
    const asking = { ...(period && { period }), asOf }
    const number = await claims.read.tallyCount([operator.account.address])
    await claims.write.open([termsOf(vouchers.slice(0, 1), asking)])
    const { spans } = await claims.read.tallyOf([operator.account.address, number])
    const head = BigInt(spans[0]?.headFrom ?? 0)
    const options = { asked: askedWith(asking), blindTo: 5n }
    const { segment, call } = simulateSegment({ head, accumulation: EMPTY_ACCUMULATION }, runs, options)
    await claims.write.extend([number, 0n, [call]])
    const millijoules = totalOf(segment.to.totals, "energyMillijoules")
    const timeMs = totalOf(segment.to.totals, "allTimeMs")
    return { number, end: segment.to, millijoules, timeMs }
  }

  it("belong to the year in which they end, midnight to the old one, and are metered in each for their part of it", async () => {
    const asOf = seconds(2034, 1, 21)
    const { autumn, midnight, across, late } = slots
    const old = await counted(OLD, asOf, [autumn, midnight, across, late])
    assert.deepEqual([old.millijoules, old.timeMs], [1011n, 3n * 1_800_000n])
    // The ledger's part of the new year begins with its last checkpoint before it: what was anchored late is in it.
    const year = await counted(NEW, seconds(2035, 1, 2), [midnight, across, late])
    assert.deepEqual([year.millijoules, year.timeMs], [100n, 600_000n])
  })

  it("anchored late are in no tally of their year before, where their time is missing, and never in that of the next", async () => {
    const { claims, viem } = world
    const { autumn, midnight, across } = slots
    const { number, end, millijoules, timeMs } = await counted(OLD, seconds(2034, 1, 19), [autumn, midnight, across])
    assert.deepEqual([millijoules, timeMs], [11n, 2n * 1_800_000n])
    const closing = { meteredAtLeast: timeMs, blindAtMost: 0n, brokenAtMost: 0n }
    const prove = (metric: MetricName, lo: bigint, hi: bigint) =>
      simulateBound(both(end), { measure: METRICS[metric], isStrict: false, bounds: { lo, hi } })
    const proofs = [
      prove("metered-time", timeMs, NO_UPPER_BOUND),
      prove("blind-share", 0n, 0n),
      prove("broken", 0n, 0n),
    ] as const
    const more = claims.write.close([number, { ...closing, meteredAtLeast: timeMs + 1n }, proofs])
    await viem.assertions.revertWithCustomError(more, claims, "ClosingRejected")
    await claims.write.close([number, closing, proofs])
  })

  it("of a ledger that the claim does not speak of are in a list that anybody can read", async () => {
    const { registry, claims, operator, vouchers } = world
    const account = operator.account.address
    const all = await Promise.all(vouchers.map((voucher) => registry.read.ledgerId([account, voucher.account.address])))
    const { terms } = await claims.read.tallyOf([account, 0n])
    assert.equal(terms.vouchers.length, 1)
    assert.deepEqual([...(await registry.read.ledgersOf([account, 0n, 9n]))].sort(), all)
  })
})
