import assert from "node:assert/strict"
import {
  accumulator,
  boundHolds,
  boundInput,
  EMPTY_ACCUMULATION,
  FIELD_ORDER,
  METRICS,
  type Sides,
} from "@wattest/protocol"
import {
  callsOf,
  createLedgers,
  FIRST,
  type Ledgers,
  OPTIONS,
  openClaim,
  type Proven,
  proveBound,
  proveClaim,
} from "@wattest/testkit/claims/fixture"
import { prove, word } from "@wattest/testkit/claims/proofs"
import { ASKED, periodStart, proveSegment, runOf, type SegmentCall, termsOf } from "@wattest/testkit/claims/world"
import { releaseCurve } from "../../scripts/keys/export.ts"

// The adversary is the operator, who owns the claim, and anybody else.
describe("the registry of claims refuses", function () {
  this.timeout(300_000)
  let world: Ledgers
  let proven: Proven
  let start: { head: bigint; accumulation: typeof EMPTY_ACCUMULATION }

  before(async () => {
    world = await createLedgers()
    proven = await proveClaim(world)
    start = { head: world.head, accumulation: EMPTY_ACCUMULATION }
  })

  after(releaseCurve)

  /** That the last of these calls is refused, with this error, after the others went through. */
  async function refuses(
    calls: readonly SegmentCall[],
    error: "FoldRejected" | "HeadMismatch" | "NothingToFold" | "PastEnd",
  ) {
    const { claims, viem } = world
    const number = await openClaim(world)
    const [last, honest] = [calls.slice(-1), calls.slice(0, -1)]
    if (honest.length > 0) await claims.write.extend([number, 0n, honest])
    const attempt = claims.write.extend([number, BigInt(honest.length), last])
    await viem.assertions.revertWithCustomError(attempt, claims, error)
  }

  it("a claim with a segment dropped", () => refuses([proven.two.call], "FoldRejected"))

  it("a segment repeated", () => refuses([proven.one.call, proven.one.call], "PastEnd"))

  it("the same transaction twice", async () => {
    const { claims, viem } = world
    const number = await openClaim(world)
    await claims.write.extend([number, 0n, [proven.one.call]])
    const again = claims.write.extend([number, 0n, [proven.one.call]])
    await viem.assertions.revertWithCustomErrorWithArgs(again, claims, "SegmentsMismatch", [1n, 0n])
  })

  it("segments reordered", async () => {
    const { claims, viem } = world
    const number = await openClaim(world)
    const attempt = claims.write.extend([number, 0n, [proven.two.call, proven.one.call]])
    await viem.assertions.revertWithCustomError(attempt, claims, "FoldRejected")
  })

  it("a segment of another ledger", () => refuses([proven.three.call], "FoldRejected"))

  it("a segment after the last", () => refuses([...callsOf(proven), proven.three.call], "NothingToFold"))

  it("segments for other ends of the period", async () => {
    const { claims, viem, vouchers, operatorAddress } = world
    const number = await claims.read.claimCount([operatorAddress])
    await claims.write.open([termsOf(vouchers, [0n, periodStart(2)], "energy-per-work")])
    const attempt = claims.write.extend([number, 0n, [proven.one.call]])
    await viem.assertions.revertWithCustomError(attempt, claims, "FoldRejected")
  })

  it("invented runs up to the period's end", async () => {
    const slots = [...FIRST.slice(0, 3), { opening: runOf("invented") }]
    const invented = await proveSegment(start, slots, OPTIONS)
    await refuses([invented.call], "HeadMismatch")
  })

  it("another filter in a segment", async () => {
    const asked = { ...ASKED, tags: [ASKED.tags[0] ?? 0n, ASKED.tags[1] ?? 0n, 0n, 1n] }
    const other = await proveSegment(start, FIRST.slice(0, 3), { ...OPTIONS, asked })
    await refuses([other.call], "FoldRejected")
  })

  it("grades understated: a proof for worse grades than the claim names", async () => {
    const asked = { ...ASKED, grades: [5n, 5n] }
    const worse = await proveSegment(start, FIRST.slice(0, 3), { ...OPTIONS, asked })
    await refuses([worse.call], "FoldRejected")
  })

  it("an accumulator that does not go on from the one before", async () => {
    const fresh = { head: proven.one.segment.headTo, accumulation: EMPTY_ACCUMULATION }
    const broken = await proveSegment(fresh, FIRST.slice(3), OPTIONS)
    await refuses([proven.one.call, broken.call], "FoldRejected")
  })

  it("another accumulator, head, length or count than was proved", async () => {
    const { call } = proven.one
    for (const changed of [
      { ...call, accumulator: call.accumulator + 1n },
      { ...call, accumulator: accumulator(EMPTY_ACCUMULATION) },
      { ...call, head: word(BigInt(call.head) + 1n) },
      { ...call, length: 2 },
      { ...call, unopened: 1 },
      { ...call, voids: 0 },
    ])
      await refuses([changed], "FoldRejected")
  })

  it("a longer segment than the period has runs", () => refuses([{ ...proven.one.call, length: 5 }], "PastEnd"))

  it("public signals swapped", () => {
    const { call } = proven.one
    return refuses([{ ...call, head: word(call.accumulator), accumulator: BigInt(call.head) }], "FoldRejected")
  })

  it("a signal plus the field order", async () => {
    const { call } = proven.one
    await refuses([{ ...call, accumulator: call.accumulator + FIELD_ORDER }], "FoldRejected")
    await refuses([{ ...call, head: word(BigInt(call.head) + FIELD_ORDER) }], "FoldRejected")
  })

  it("a proof with a coordinate changed, or of another circuit", async () => {
    const { call, segment } = proven.one
    const { a, b, c } = call.proof
    await refuses([{ ...call, proof: { a: [a[0] + 1n, a[1]], b, c } }], "FoldRejected")
    await refuses([{ ...call, proof: { a, b: [b[1], b[0]], c } }], "FoldRejected")
    const sides = { numerator: segment.to, denominator: segment.to }
    await refuses([{ ...call, proof: await proveBound(sides, "energy", [0n, 2n ** 64n - 1n]) }], "FoldRejected")
  })

  it("everybody else", async () => {
    const { claims, viem, stranger, operatorAddress } = world
    const number = await openClaim(world)
    const { account } = stranger
    for (const attempt of [
      claims.write.extend([number, 0n, [proven.one.call]], { account }),
      claims.write.close([number, 0n, 1n, proven.one.call.proof], { account }),
    ])
      await viem.assertions.revertWithCustomError(attempt, claims, "UnknownClaim")
    const terms = termsOf(world.vouchers, [periodStart(1), periodStart(2)], "energy")
    await viem.assertions.revertWithCustomError(claims.write.open([terms], { account }), claims, "UnknownLedger")
    assert.equal((await claims.read.progressOf([operatorAddress, number])).segments, 0n)
  })

  describe("a bound", () => {
    const sides = (): Sides => ({ numerator: proven.three.segment.to, denominator: proven.three.segment.to })

    async function folded(calls = callsOf(proven)) {
      const number = await openClaim(world)
      await world.claims.write.extend([number, 0n, calls])
      return number
    }

    it("before all segments are there", async () => {
      const { claims, viem } = world
      const number = await folded([proven.one.call])
      const proof = await proveBound(sides(), "energy-per-work", [0n, 10050n])
      const attempt = claims.write.close([number, 0n, 10050n, proof])
      await viem.assertions.revertWithCustomErrorWithArgs(attempt, claims, "Unfinished", [0, 0, 4n])
    })

    it("other than the one proved, of another metric, or of other totals", async () => {
      const { claims, viem } = world
      const number = await folded()
      const proof = await proveBound(sides(), "energy-per-work", [0n, 10050n])
      const energy = await proveBound(sides(), "energy", [0n, 10050n])
      const empty = { numerator: EMPTY_ACCUMULATION, denominator: sides().denominator }
      const mixed = await proveBound(empty, "energy-per-work", [0n, 10050n])
      for (const attempt of [
        claims.write.close([number, 0n, 10049n, proof]),
        claims.write.close([number, 1n, 10050n, proof]),
        claims.write.close([number, 0n, 10050n, energy]),
        claims.write.close([number, 0n, 10050n, mixed]),
      ])
        await viem.assertions.revertWithCustomError(attempt, claims, "BoundRejected")
    })

    it("over a denominator of 0: such a bound has no proof", async () => {
      const zero = { numerator: EMPTY_ACCUMULATION, denominator: EMPTY_ACCUMULATION }
      const input = boundInput(zero, METRICS["energy-per-work"], 0n, 1n)
      assert.equal(boundHolds(input), false)
      await assert.rejects(prove("bound", input), /Assert Failed/)
    })

    it("a second time", async () => {
      const { claims, viem } = world
      const number = await folded()
      const proof = await proveBound(sides(), "energy-per-work", [0n, 10050n])
      await claims.write.close([number, 0n, 10050n, proof])
      const attempt = claims.write.close([number, 0n, 10050n, proof])
      await viem.assertions.revertWithCustomError(attempt, claims, "AlreadyClosed")
    })
  })
})
