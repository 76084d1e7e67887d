import assert from "node:assert/strict"
import { CLAIMS_ABI, EMPTY_ACCUMULATION, type Sides, slotRoot } from "@wattest/protocol"
import {
  callsOf,
  createLedgers,
  type Ledgers,
  OPTIONS,
  openClaim,
  PERIOD,
  type Proven,
  proveBound,
  proveClaim,
  SECOND,
} from "@wattest/testkit/claims/fixture"
import { ASKED, periodStart, proveSegment, termsOf } from "@wattest/testkit/claims/world"
import { parseAbi } from "viem"
import { releaseCurve } from "../../scripts/keys/export.ts"

// (100 + 200 + 300 + 3) mJ over 60 tokens: 10.05 mJ, 10050 µJ a token
const EXACT = 10050n
/**
 * Gas of a transaction with one segment: within a ledger, into the next ledger, to the end. A change must be meant; the
 * bytes of a proof move it by some hundred. The goal is 320,000.
 */
const SEGMENT_GAS = [308_100n, 314_700n, 310_400n]
const TOLERANCE = 1000n

describe("a claim", function () {
  this.timeout(300_000)
  let world: Ledgers
  let proven: Proven

  before(async () => {
    world = await createLedgers()
    proven = await proveClaim(world)
  })

  after(releaseCurve)

  const read = (number: bigint) => world.claims.read.claimOf([world.operatorAddress, number])
  const sides = (): Sides => ({ numerator: proven.three.segment.to, denominator: proven.three.segment.to })

  it("has the ends of its period in each ledger fixed when it is opened", async () => {
    const claim = await read(await openClaim(world))
    const ends = claim.spans.map(({ positionFrom, positionTo }) => [positionFrom, positionTo])
    assert.deepEqual(ends, [
      [1n, 5n],
      [0n, 1n],
    ])
    assert.deepEqual([claim.runs, claim.closedAt, claim.terms.from, claim.terms.to], [5n, 0n, ...PERIOD])
  })

  it("takes its segments one by one, each at its known gas, and closes with the exact bound", async () => {
    const { claims, viem, client, operatorAddress } = world
    const number = await openClaim(world)
    for (const [i, call] of callsOf(proven).entries()) {
      const hash = await claims.write.extend([number, BigInt(i), [call]])
      const { gasUsed } = await client.getTransactionReceipt({ hash })
      const expected = SEGMENT_GAS[i] ?? 0n
      assert.ok(gasUsed > expected - TOLERANCE && gasUsed < expected + TOLERANCE, `segment ${i}: ${gasUsed} gas`)
    }
    const proof = await proveBound(sides(), "energy-per-work", [EXACT, EXACT])
    await viem.assertions.emitWithArgs(claims.write.close([number, EXACT, EXACT, proof]), claims, "Closed", [
      operatorAddress,
      number,
      1,
      EXACT,
      EXACT,
    ])
    const claim = await read(number)
    assert.ok(claim.closedAt > 0n)
    assert.deepEqual([claim.lo, claim.hi, claim.unopened, claim.voids, claim.suspect], [EXACT, EXACT, 0n, 1n, false])
  })

  it("takes all its segments in one transaction, and says where the next one starts", async () => {
    const { claims, operatorAddress } = world
    const number = await openClaim(world)
    const before = await claims.read.progressOf([operatorAddress, number])
    assert.deepEqual([before.segments, before.position, before.span, BigInt(before.head)], [0n, 1n, 0, world.head])
    await claims.write.extend([number, 0n, callsOf(proven)])
    const after = await claims.read.progressOf([operatorAddress, number])
    assert.deepEqual([after.segments, after.span, after.accumulator], [3n, 2, proven.three.call.accumulator])
  })

  it("of adjoining periods shares no run and leaves none out", async () => {
    const { claims, vouchers, operatorAddress } = world
    const times = [0n, periodStart(1) - 1n, ...PERIOD, periodStart(2) + 1n]
    const spans: Awaited<ReturnType<typeof read>>["spans"][] = []
    for (const [i, from] of times.slice(0, -1).entries()) {
      const number = await claims.read.claimCount([operatorAddress])
      await claims.write.open([termsOf(vouchers, [from, times[i + 1] ?? 0n], "energy")])
      spans.push((await read(number)).spans)
    }
    for (const ledger of [0, 1]) {
      const ends = spans.map((period) => period[ledger])
      assert.deepEqual(
        ends.slice(1).map((end) => end?.positionFrom),
        ends.slice(0, -1).map((end) => end?.positionTo),
      )
      assert.deepEqual([ends[0]?.positionFrom, ends.at(-1)?.positionTo], [0n, [5n, 2n][ledger]])
    }
  })

  it("shows how many runs were not opened, and cannot hide one", async () => {
    const { claims, vouchers, operatorAddress, viem } = world
    const number = await claims.read.claimCount([operatorAddress])
    await claims.write.open([termsOf([vouchers[1]], PERIOD, "energy")])
    const slots = SECOND.map((slot) => ({ root: slotRoot(slot) }))
    const { call } = await proveSegment({ head: 0n, accumulation: EMPTY_ACCUMULATION }, slots, OPTIONS)
    const hiding = claims.write.extend([number, 0n, [{ ...call, unopened: 0 }]])
    await viem.assertions.revertWithCustomErrorWithArgs(hiding, claims, "FoldRejected", [0n])
    await claims.write.extend([number, 0n, [call]])
    assert.deepEqual([(await read(number)).unopened, (await read(number)).runs], [1n, 1n])
  })

  it("of a share folds its ledgers twice and divides the first chain by the second", async () => {
    const { claims, vouchers, operatorAddress } = world
    const number = await claims.read.claimCount([operatorAddress])
    await claims.write.open([termsOf([vouchers[1]], PERIOD, "ledger-share")])
    const start = { head: 0n, accumulation: EMPTY_ACCUMULATION }
    const over = await proveSegment(start, SECOND, OPTIONS)
    const under = await proveSegment(start, SECOND, { ...OPTIONS, asked: { ...ASKED, tags: [0n, 0n, 0n, 0n] } })
    await claims.write.extend([number, 0n, [over.call]])
    const { chain, position, accumulator } = await claims.read.progressOf([operatorAddress, number])
    assert.deepEqual([chain, position, accumulator], [1, 0n, over.segment.input.cFrom])
    await world.viem.assertions.revertWithCustomError(
      claims.write.extend([number, 1n, [over.call]]),
      claims,
      "FoldRejected",
    )
    await claims.write.extend([number, 1n, [under.call]])
    const both = { numerator: over.segment.to, denominator: under.segment.to }
    const proof = await proveBound(both, "ledger-share", [1_000_000n, 1_000_000n])
    await claims.write.close([number, 1_000_000n, 1_000_000n, proof])
    assert.equal((await read(number)).hi, 1_000_000n)
  })

  it("over a period without runs is about nothing, and can only be about a sum", async () => {
    const { claims, vouchers, operatorAddress } = world
    const number = await claims.read.claimCount([operatorAddress])
    await claims.write.open([termsOf([vouchers[1]], [1n, 2n], "energy")])
    const both = { numerator: EMPTY_ACCUMULATION, denominator: EMPTY_ACCUMULATION }
    await claims.write.close([number, 0n, 0n, await proveBound(both, "energy", [0n, 0n])])
    assert.equal((await read(number)).runs, 0n)
  })

  it("becomes suspect when a voucher withdraws from before its end, and only then", async () => {
    const { registry, vouchers, first } = world
    const number = await openClaim(world)
    const account = vouchers[0].account
    await registry.write.withdraw([first.id, periodStart(2)], { account })
    assert.equal((await read(number)).suspect, false)
    await registry.write.withdraw([first.id, periodStart(2) - 1n], { account })
    assert.equal((await read(number)).suspect, true)
  })

  it("is listed with the operator's others, page by page", async () => {
    const { claims, operatorAddress, stranger } = world
    const count = await claims.read.claimCount([operatorAddress])
    const pages = [
      await claims.read.claimsOf([operatorAddress, 0n, 2n]),
      await claims.read.claimsOf([operatorAddress, 2n, 99n]),
    ]
    assert.equal(BigInt(pages.flat().length), count)
    assert.deepEqual(pages.flat()[1], await read(1n))
    assert.equal(pages.flat()[1]?.terms.filters.model, "llama")
    assert.deepEqual(await claims.read.claimsOf([stranger.account.address, 0n, 9n]), [])
    assert.deepEqual(await claims.read.claimsOf([operatorAddress, count, 9n]), [])
  })

  it("is read by anybody with an endpoint and the published interface", async () => {
    const { claims, operatorAddress, client } = world
    const call = { abi: parseAbi(CLAIMS_ABI), address: claims.address, functionName: "claimsOf" } as const
    const [first] = await client.readContract({ ...call, args: [operatorAddress, 0n, 1n] })
    assert.deepEqual(first, await read(0n))
  })
})
