import assert from "node:assert/strict"
import { CLAIMS_ABI, EMPTY_ACCUMULATION, slotRoot } from "@wattest/protocol"
import {
  CLOSING,
  callsOf,
  closedTally,
  closingProofs,
  createLedgers,
  type Ledgers,
  OPTIONS,
  openTally,
  type Proven,
  proveTally,
  SECOND,
} from "@wattest/testkit/claims/fixture"
import { AS_OF, askedWith, PERIOD, periodStart, proveSegment } from "@wattest/testkit/claims/world"
import { parseAbi } from "viem"
import { releaseCurve } from "../../scripts/keys/export.ts"

describe("a tally", function () {
  this.timeout(600_000)
  let world: Ledgers
  let proven: Proven

  before(async () => {
    world = await createLedgers()
    proven = await proveTally(world)
  })

  after(releaseCurve)

  const read = (number: bigint) => world.claims.read.tallyOf([world.operatorAddress, number])

  it("has its part of each ledger fixed when it is opened: what was anchored from its start until it is taken", async () => {
    const tally = await read(await openTally(world))
    const ends = tally.spans.map(({ positionFrom, positionTo }) => [positionFrom, positionTo])
    assert.deepEqual(ends, [
      [1n, 5n],
      [0n, 1n],
    ])
    assert.deepEqual([tally.runs, tally.closedAt, tally.terms.from, tally.terms.to], [5n, 0n, ...PERIOD])
    const later = await read(await openTally(world, { asOf: AS_OF + 1n }))
    assert.equal(later.spans[1]?.positionTo, 2n)
  })

  it("takes its segments one by one and closes with three bounds, one step outside of which it does not", async () => {
    const { claims, viem, operatorAddress } = world
    const number = await openTally(world)
    for (const [i, call] of callsOf(proven).entries()) await claims.write.extend([number, BigInt(i), [call]])
    const proofs = await closingProofs(proven.end, CLOSING)
    const { meteredAtLeast, blindAtMost, brokenAtMost } = CLOSING
    for (const closing of [
      { ...CLOSING, meteredAtLeast: meteredAtLeast + 1n },
      { ...CLOSING, blindAtMost: blindAtMost - 1n },
      { ...CLOSING, brokenAtMost: brokenAtMost - 1n },
    ]) {
      const attempt = claims.write.close([number, closing, proofs])
      await viem.assertions.revertWithCustomError(attempt, claims, "ClosingRejected")
      await assert.rejects(closingProofs(proven.end, closing))
    }
    const swapped = claims.write.close([number, CLOSING, [proofs[1], proofs[0], proofs[2]]])
    await viem.assertions.revertWithCustomError(swapped, claims, "ClosingRejected")
    await viem.assertions.emitWithArgs(claims.write.close([number, CLOSING, proofs]), claims, "Closed", [
      operatorAddress,
      number,
      CLOSING,
    ])
    const tally = await read(number)
    assert.ok(tally.closedAt > 0n)
    assert.deepEqual(tally.closing, CLOSING)
    assert.deepEqual([tally.unopened, tally.voids, tally.suspect, tally.bounds], [0n, 1n, false, []])
    assert.equal(tally.accumulator, proven.three.call.accumulator)
    const again = claims.write.close([number, CLOSING, proofs])
    await viem.assertions.revertWithCustomErrorWithArgs(again, claims, "AlreadyClosed", [tally.closedAt])
  })

  it("takes all its segments in one transaction, and says where the next one starts", async () => {
    const { claims, operatorAddress } = world
    const number = await openTally(world)
    const before = await claims.read.progressOf([operatorAddress, number])
    assert.deepEqual([before.segments, before.position, before.span, BigInt(before.head)], [0n, 1n, 0n, world.head])
    await claims.write.extend([number, 0n, callsOf(proven)])
    const after = await claims.read.progressOf([operatorAddress, number])
    assert.deepEqual([after.segments, after.span, after.accumulator], [3n, 2n, proven.three.call.accumulator])
  })

  it("is not closed before its last segment", async () => {
    const { claims, viem } = world
    const number = await openTally(world)
    await claims.write.extend([number, 0n, callsOf(proven).slice(0, 2)])
    const attempt = claims.write.close([number, CLOSING, await closingProofs(proven.end, CLOSING)])
    await viem.assertions.revertWithCustomErrorWithArgs(attempt, claims, "Unfinished", [1n, 0n])
  })

  it("shows how many runs were not opened, and cannot hide one", async () => {
    const { claims, vouchers, viem } = world
    const number = await openTally(world, {}, [vouchers[1]])
    const slots = SECOND.map((slot) => ({ root: slotRoot(slot) }))
    const { call } = await proveSegment({ head: 0n, accumulation: EMPTY_ACCUMULATION }, slots, OPTIONS)
    const hiding = claims.write.extend([number, 0n, [{ ...call, unopened: 0 }]])
    await viem.assertions.revertWithCustomErrorWithArgs(hiding, claims, "ProofsRejected", [0n])
    await claims.write.extend([number, 0n, [call]])
    assert.deepEqual([(await read(number)).unopened, (await read(number)).runs], [1n, 1n])
  })

  it("over a period without runs closes all the same, with nothing metered", async () => {
    const { claims, vouchers } = world
    const number = await openTally(world, { period: [1n, 2n], asOf: 3n }, [vouchers[1]])
    const closing = { meteredAtLeast: 0n, blindAtMost: 0n, brokenAtMost: 0n }
    await claims.write.close([number, closing, await closingProofs(EMPTY_ACCUMULATION, closing)])
    assert.equal((await read(number)).runs, 0n)
    await assert.rejects(closingProofs(EMPTY_ACCUMULATION, { ...closing, meteredAtLeast: 1n }))
  })

  it("asks for runs without a label where the text is asked for and empty", async () => {
    const { claims, vouchers } = world
    const filters = { model: "", unit: null, zone: null, site: "", party: null, boundary: "node" } as const
    const number = await openTally(world, { filters }, [vouchers[1]])
    const options = { ...OPTIONS, asked: askedWith({ filters }) }
    const { call } = await proveSegment({ head: 0n, accumulation: EMPTY_ACCUMULATION }, SECOND, options)
    await claims.write.extend([number, 0n, [call]])
    assert.equal((await read(number)).terms.filters.asked, 0b01001)
  })

  it("is listed with the operator's others, page by page", async () => {
    const { claims, operatorAddress, stranger } = world
    await closedTally(world, proven)
    const count = await claims.read.tallyCount([operatorAddress])
    const pages = [
      await claims.read.talliesOf([operatorAddress, 0n, 2n]),
      await claims.read.talliesOf([operatorAddress, 2n, 99n]),
    ]
    assert.equal(BigInt(pages.flat().length), count)
    assert.deepEqual(pages.flat()[1], await read(1n))
    assert.equal(pages.flat()[1]?.terms.filters.model, "llama")
    assert.deepEqual(await claims.read.talliesOf([stranger.account.address, 0n, 9n]), [])
    assert.deepEqual(await claims.read.talliesOf([operatorAddress, count, 9n]), [])
  })

  it("is read by anybody with an endpoint and the published interface", async () => {
    const { claims, operatorAddress, client } = world
    const call = { abi: parseAbi(CLAIMS_ABI), address: claims.address, functionName: "talliesOf" } as const
    const [first] = await client.readContract({ ...call, args: [operatorAddress, 0n, 1n] })
    assert.deepEqual(first, await read(0n))
  })

  it("is suspect while a voucher's withdrawal meets the anchors that it folded, and only then", async () => {
    const { registry, vouchers, first } = world
    const number = await openTally(world)
    const early = await openTally(world, { period: [periodStart(0), periodStart(1)], asOf: periodStart(1) + 1n })
    const account = vouchers[0].account
    const suspects = async () => [(await read(early)).suspect, (await read(number)).suspect]
    await registry.write.withdraw([first.id, periodStart(2)], { account })
    assert.deepEqual(await suspects(), [false, false])
    await registry.write.withdraw([first.id, periodStart(1) + 3599n], { account })
    assert.deepEqual(await suspects(), [false, true])
    await registry.write.withdraw([first.id, periodStart(1) - 1n], { account })
    assert.deepEqual(await suspects(), [true, true])
  })
})
