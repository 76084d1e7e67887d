import assert from "node:assert/strict"
import { accumulator, EMPTY_ACCUMULATION, FIELD_ORDER, METRICS } from "@wattest/protocol"
import {
  both,
  createLedgers,
  FIRST,
  type Ledgers,
  OPTIONS,
  openTally,
  SECOND,
  SOME,
} from "@wattest/testkit/claims/fixture"
import { word } from "@wattest/testkit/claims/proofs"
import { ASKED, periodStart, runOf, type SegmentCall } from "@wattest/testkit/claims/world"
import { releaseCurve } from "../../scripts/keys/export.ts"
import { simulateBound, simulateSegment } from "./simulated.ts"

type Refusal = "HeadMismatch" | "NothingToFold" | "PastEnd" | "ProofsRejected"

// The adversary is the operator, who owns the tally, and anybody else.
describe("the registry of claims refuses", function () {
  this.timeout(300_000)
  let world: Ledgers
  let start: { head: bigint; accumulation: typeof EMPTY_ACCUMULATION }
  let [one, two, three]: ReturnType<typeof simulateSegment>[] = []

  const from = (segment?: ReturnType<typeof simulateSegment>["segment"]) => ({
    head: segment?.headTo ?? 0n,
    accumulation: segment?.to ?? EMPTY_ACCUMULATION,
  })
  const callsOf = () => [one, two, three].flatMap((made) => (made ? [made.call] : []))
  const first = () => callsOf()[0] as SegmentCall

  before(async () => {
    world = await createLedgers()
    start = { head: world.head, accumulation: EMPTY_ACCUMULATION }
    one = simulateSegment(start, FIRST.slice(0, 3), OPTIONS)
    two = simulateSegment(from(one.segment), FIRST.slice(3), OPTIONS)
    three = simulateSegment({ ...from(two.segment), head: 0n }, SECOND, OPTIONS)
  })

  after(releaseCurve)

  /** That the last of these calls is refused, with this error, after the others went through. */
  async function refuses(calls: readonly SegmentCall[], error: Refusal) {
    const { claims, viem } = world
    const number = await openTally(world)
    const [last, honest] = [calls.slice(-1), calls.slice(0, -1)]
    if (honest.length > 0) await claims.write.extend([number, 0n, honest])
    const attempt = claims.write.extend([number, BigInt(honest.length), last])
    await viem.assertions.revertWithCustomError(attempt, claims, error)
  }

  it("nothing of what is honest", async () => {
    const { claims, operatorAddress } = world
    const number = await openTally(world)
    await claims.write.extend([number, 0n, callsOf()])
    assert.equal((await claims.read.progressOf([operatorAddress, number])).span, 2n)
  })

  it("a tally with a segment dropped", () => refuses(callsOf().slice(1, 2), "ProofsRejected"))

  it("a segment repeated", () => refuses([first(), first()], "PastEnd"))

  it("the same transaction twice", async () => {
    const { claims, viem } = world
    const number = await openTally(world)
    await claims.write.extend([number, 0n, [first()]])
    const again = claims.write.extend([number, 0n, [first()]])
    await viem.assertions.revertWithCustomErrorWithArgs(again, claims, "SegmentsMismatch", [1n, 0n])
  })

  it("segments reordered", async () => {
    const { claims, viem } = world
    const number = await openTally(world)
    const attempt = claims.write.extend([number, 0n, callsOf().slice(0, 2).reverse()])
    await viem.assertions.revertWithCustomError(attempt, claims, "HeadMismatch")
  })

  it("one bad segment among good ones, wherever it stands", async () => {
    const { claims, viem } = world
    for (const i of [0, 1, 2]) {
      const number = await openTally(world)
      const calls = callsOf()
      const proof = (calls[(i + 1) % 3] as SegmentCall).proof
      const attempt = claims.write.extend([number, 0n, calls.with(i, { ...(calls[i] as SegmentCall), proof })])
      await viem.assertions.revertWithCustomErrorWithArgs(attempt, claims, "ProofsRejected", [0n])
    }
  })

  it("no segments at all", async () => {
    const { claims, viem } = world
    const attempt = claims.write.extend([await openTally(world), 0n, []])
    await viem.assertions.revertWithCustomError(attempt, claims, "ProofsRejected")
  })

  it("a segment of another ledger", () => refuses(callsOf().slice(2), "ProofsRejected"))

  it("a segment after the last", () => refuses([...callsOf(), ...callsOf().slice(2)], "NothingToFold"))

  it("segments for other ends of the period", async () => {
    const { claims, viem } = world
    const number = await openTally(world, { period: [periodStart(1) + 1n, periodStart(2)] })
    const attempt = claims.write.extend([number, 0n, [first()]])
    await viem.assertions.revertWithCustomError(attempt, claims, "ProofsRejected")
  })

  it("invented runs up to the ledger's end", async () => {
    const slots = [...FIRST.slice(0, 3), { opening: runOf("invented") }]
    await refuses([simulateSegment(start, slots, OPTIONS).call], "HeadMismatch")
  })

  const OTHERS = [
    ["another filter", { tags: ASKED.tags.with(4, 1n) }],
    ["a label that is none, where any is asked for", { tags: ASKED.tags.with(2, 1n) }],
    ["worse grades", { limits: [5n, 5n, 0n] }],
    ["recorded runs", { limits: ASKED.limits.with(2, 1n) }],
    ["fewer sources", { required: 0n }],
    ["another boundary", { boundary: 3n }],
    ["an earlier start", { period: [0n, periodStart(2)] }],
    ["a later end", { period: [periodStart(1), periodStart(2) + 1n] }],
  ] as const
  for (const [what, changes] of OTHERS)
    it(`a proof for ${what} than the tally names`, () => {
      const asked = { ...ASKED, ...changes }
      return refuses([simulateSegment(start, FIRST.slice(0, 3), { ...OPTIONS, asked }).call], "ProofsRejected")
    })

  it("an accumulator that does not go on from the one before", async () => {
    const fresh = { head: from(one?.segment).head, accumulation: EMPTY_ACCUMULATION }
    await refuses([first(), simulateSegment(fresh, FIRST.slice(3), OPTIONS).call], "ProofsRejected")
  })

  it("another accumulator, head, length or count than was proved", async () => {
    const call = first()
    for (const changed of [
      { ...call, accumulator: call.accumulator + 1n },
      { ...call, accumulator: accumulator(EMPTY_ACCUMULATION) },
      { ...call, head: word(BigInt(call.head) + 1n) },
      { ...call, length: 2 },
      { ...call, unopened: 1 },
      { ...call, voids: 0 },
    ])
      await refuses([changed], "ProofsRejected")
  })

  it("a longer segment than the ledger's part has runs", () => refuses([{ ...first(), length: 5 }], "PastEnd"))

  it("public signals swapped", () => {
    const call = first()
    return refuses([{ ...call, head: word(call.accumulator), accumulator: BigInt(call.head) }], "ProofsRejected")
  })

  it("a signal plus the field order", async () => {
    const call = first()
    await refuses([{ ...call, accumulator: call.accumulator + FIELD_ORDER }], "ProofsRejected")
    await refuses([{ ...call, head: word(BigInt(call.head) + FIELD_ORDER) }], "ProofsRejected")
  })

  it("a proof with a coordinate changed, or of another circuit", async () => {
    const call = first()
    const { a, b, c } = call.proof
    await refuses([{ ...call, proof: { a: [a[0] + 1n, a[1]], b, c } }], "ProofsRejected")
    await refuses([{ ...call, proof: { a, b: [b[1], b[0]], c } }], "ProofsRejected")
    const terms = { measure: METRICS.energy, isStrict: false, bounds: SOME }
    const proof = simulateBound(both(from(one?.segment).accumulation), terms)
    await refuses([{ ...call, proof }], "ProofsRejected")
  })

  it("everybody else", async () => {
    const { claims, viem, stranger, operatorAddress } = world
    const number = await openTally(world)
    const { account } = stranger
    const { proof } = first()
    const closing = { meteredAtLeast: 0n, blindAtMost: 0n, brokenAtMost: 0n }
    const bound = { metric: 0, strict: false, denominator: Number(number), numeratorMask: 0, denominatorMask: 0 }
    for (const attempt of [
      claims.write.extend([number, 0n, [first()]], { account }),
      claims.write.join([[number, number], 0n, proof], { account }),
      claims.write.close([number, closing, [proof, proof, proof]], { account }),
      claims.write.bound([number, { ...bound, lo: 0n, hi: 1n }, proof], { account }),
    ])
      await viem.assertions.revertWithCustomError(attempt, claims, "UnknownTally")
    assert.equal((await claims.read.progressOf([operatorAddress, number])).segments, 0n)
  })
})
