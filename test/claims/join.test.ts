import assert from "node:assert/strict"
import {
  type Accumulation,
  EMPTY_ACCUMULATION,
  METRICS,
  NO_UPPER_BOUND,
  type Slot,
  slotRoot,
  totalOf,
} from "@wattest/protocol"
import {
  both,
  boundCall,
  closingProofs,
  createLedgers,
  FIRST,
  type Ledgers,
  openTally,
  proveJoin,
  SECOND,
} from "@wattest/testkit/claims/fixture"
import { AS_OF, type Asking, askedWith, enrolDevice, FILTERS, periodStart, runOf } from "@wattest/testkit/claims/world"
import { getAddress } from "viem"
import { releaseCurve } from "../../scripts/keys/export.ts"
import { simulateBound, simulateJoin, simulateSegment } from "./simulated.ts"

const BEFORE: readonly Slot[] = [{ opening: runOf("before", { endsAt: periodStart(1) - 60n }) }]
const EARLY: Asking = { period: [periodStart(0), periodStart(1)], asOf: periodStart(1) + 1n }

type Part = { readonly number: bigint; readonly end: Accumulation }

describe("a join of tallies", function () {
  this.timeout(600_000)
  let world: Ledgers

  before(async () => {
    world = await createLedgers()
  })

  after(releaseCurve)

  const read = (number: bigint) => world.claims.read.tallyOf([world.operatorAddress, number])

  /** A tally with everything folded. `slots` by ledger, from the head that each had at the period's start. */
  async function folded(
    asking: Asking,
    ledgers: readonly (0 | 1)[],
    slots: readonly (readonly Slot[])[],
  ): Promise<Part> {
    const { claims, vouchers } = world
    const number = await openTally(
      world,
      asking,
      ledgers.map((i) => vouchers[i]),
    )
    const options = { asked: askedWith(asking), blindTo: 3n + number }
    const { spans } = await read(number)
    let end = EMPTY_ACCUMULATION
    const calls = slots.flatMap((runs, i) => {
      if (runs.length === 0) return []
      const { segment, call } = simulateSegment(
        { head: BigInt(spans[i]?.headFrom ?? 0), accumulation: end },
        runs,
        options,
      )
      end = segment.to
      return [call]
    })
    if (calls.length > 0) await claims.write.extend([number, 0n, calls])
    return { number, end }
  }

  const early = () => folded(EARLY, [0, 1], [BEFORE, []])
  const late = () => folded({}, [0, 1], [FIRST, SECOND])
  const ofFirst = (asking: Asking = {}) => folded(asking, [0], [FIRST])
  const ofSecond = (asking: Asking = {}, slots = SECOND) => folded(asking, [1], [slots])

  async function joined(...parts: readonly Part[]): Promise<Part> {
    const { claims, operatorAddress } = world
    const { sum, accumulator, proof } = simulateJoin(parts.map(({ end }) => end))
    const number = await claims.read.tallyCount([operatorAddress])
    await claims.write.join([parts.map((part) => part.number), accumulator, proof])
    return { number, end: sum }
  }

  type Refusal =
    | "JoinRejected"
    | "LedgerCountOutOfRange"
    | "PartCountOutOfRange"
    | "PartsDiffer"
    | "PartsOverlap"
    | "Unfinished"
    | "UnknownTally"

  const NAMES_PARTS: readonly Refusal[] = ["PartsDiffer", "PartsOverlap"]

  /** `evidence`: what the error names; the two parts where it names parts. */
  async function refuses(
    parts: readonly Part[],
    error: Refusal,
    { joining = parts, evidence = null as readonly [bigint, bigint] | null } = {},
  ) {
    const { claims, viem } = world
    const { accumulator, proof } = simulateJoin(joining.slice(0, 12).map(({ end }) => end))
    const numbers = parts.map((part) => part.number)
    const attempt = claims.write.join([numbers, accumulator, proof])
    const [first = 0n, second = 0n] = numbers
    const named = evidence ?? (NAMES_PARTS.includes(error) ? ([first, second] as const) : null)
    if (named === null) await viem.assertions.revertWithCustomError(attempt, claims, error)
    else await viem.assertions.revertWithCustomErrorWithArgs(attempt, claims, error, [named[0], named[1]])
  }

  /** So many vouchers of the operator, each with a device, in the order of their ledgers. */
  async function manyVouchers(count: number) {
    const { registry, viem, networkHelpers, operatorAddress } = world
    const made = []
    for (let i = 0; i < count; i++) {
      const address = getAddress(`0x${(i + 1).toString(16).padStart(4, "0").repeat(10)}`)
      await networkHelpers.impersonateAccount(address)
      await networkHelpers.setBalance(address, 10n ** 18n)
      const voucher = await viem.getWalletClient(address)
      await enrolDevice(world, voucher)
      made.push({ voucher, ledger: await registry.read.ledgerId([operatorAddress, address]) })
    }
    return made.sort((a, b) => (a.ledger < b.ledger ? -1 : 1)).map(({ voucher }) => voucher)
  }

  it("of adjoining periods is of both, under a real proof, and has bounds of its own", async () => {
    const { claims, viem, operatorAddress } = world
    const parts = [await early(), await late()]
    const { sum, accumulator, proof } = await proveJoin(parts.map(({ end }) => end))
    const number = await claims.read.tallyCount([operatorAddress])
    const numbers = parts.map((part) => part.number)
    await viem.assertions.emitWithArgs(claims.write.join([numbers, accumulator, proof]), claims, "Joined", [
      operatorAddress,
      number,
      numbers,
    ])
    const tally = await read(number)
    assert.deepEqual(
      [tally.terms.from, tally.terms.to, tally.terms.asOf],
      [periodStart(0), periodStart(2), periodStart(3)],
    )
    assert.deepEqual([tally.runs, tally.voids, tally.parts, tally.spans], [6n, 1n, numbers, []])
    const closing = { meteredAtLeast: totalOf(sum.totals, "allTimeMs"), blindAtMost: 20_000n, brokenAtMost: 1n }
    assert.equal(closing.meteredAtLeast, 270_000n)
    await claims.write.close([number, closing, await closingProofs(sum, closing)])
    const bounds = { lo: 10_050n, hi: 10_050n }
    await claims.write.bound(await boundCall(number, both(sum), { metric: "energy-per-work", bounds }))
    assert.equal((await read(number)).bounds.length, 1)
  })

  it("of disjoint ledgers is of all of them", async () => {
    const { number } = await joined(await ofFirst(), await ofSecond())
    const tally = await read(number)
    assert.equal(tally.terms.vouchers.length, 2)
    assert.deepEqual([tally.runs, tally.terms.from, tally.terms.to], [5n, periodStart(1), periodStart(2)])
  })

  it("of disjoint ledgers is taken when the later of them was, and counts what was not opened", async () => {
    const before: Asking = { asOf: AS_OF - 1n }
    const closed = SECOND.map((slot) => ({ root: slotRoot(slot) }))
    for (const parts of [
      [await ofFirst(before), await ofSecond({}, closed)],
      [await ofFirst(), await ofSecond(before, closed)],
    ]) {
      const tally = await read((await joined(...parts)).number)
      assert.deepEqual([tally.terms.asOf, tally.unopened], [AS_OF, BigInt(closed.length)])
    }
  })

  it("may be joined again", async () => {
    const whole = await joined(await ofFirst(), await ofSecond())
    const { number, end } = await joined(await early(), whole)
    assert.equal((await read(number)).runs, 6n)
    assert.equal(totalOf(end.totals, "runs"), 4n)
  })

  it("is refused where its parts overlap, or do not adjoin", async () => {
    const month = await late()
    await refuses([month, month], "PartsOverlap")
    await refuses([month, await early()], "PartsOverlap")
    await refuses([await ofSecond(), await ofFirst()], "PartsOverlap")
    await refuses([await ofSecond(), await ofSecond()], "PartsOverlap")
    const gap = await folded({ period: [0n, periodStart(0)], asOf: periodStart(0) + 1n }, [0, 1], [[], []])
    await refuses([gap, month], "PartsOverlap")
    const again = await late()
    await refuses([await early(), month, again], "PartsOverlap", { evidence: [month.number, again.number] })
  })

  it("is refused where its parts are of other ledgers, filters or conditions", async () => {
    const first = await ofFirst()
    const other = await ofSecond({ filters: { ...FILTERS, model: "mistral" } })
    await refuses([first, other], "PartsDiffer")
    const { required, ...rest } = {
      energyGrade: "measured",
      workGrade: "declared",
      origin: "live",
      required: [],
    } as const
    await refuses([first, await ofSecond({ conditions: { ...rest, required } })], "PartsDiffer")
    await refuses([await early(), first], "PartsDiffer")
    for (const period of [
      [periodStart(1), periodStart(2) + 1n],
      [periodStart(1) + 1n, periodStart(2)],
    ] as const)
      await refuses([first, await ofSecond({ period })], "PartsDiffer")
  })

  it("is refused before all parts are folded to their ends", async () => {
    const open = { number: await openTally(world), end: EMPTY_ACCUMULATION }
    await refuses([await early(), open], "Unfinished")
    await refuses([open, await early()], "Unfinished")
  })

  it("is of 2 to 12 tallies of its own operator", async () => {
    const part = await early()
    await refuses([part], "PartCountOutOfRange")
    await refuses(
      Array.from({ length: 13 }, () => part),
      "PartCountOutOfRange",
    )
    await refuses([part, { number: 9_999n, end: EMPTY_ACCUMULATION }], "UnknownTally")
  })

  it("is of 64 ledgers at most, which are counted before they are compared", async () => {
    const vouchers = await manyVouchers(33)
    const of = async (count: number) => ({
      number: await openTally(world, {}, vouchers.slice(0, count)),
      end: EMPTY_ACCUMULATION,
    })
    const [half, more] = [await of(32), await of(33)]
    await refuses([half, half], "PartsOverlap")
    await refuses([half, more], "LedgerCountOutOfRange", { evidence: [64n, 65n] })
  })

  it("has the sum that was proved of its own parts", async () => {
    const [a, b, other] = [await early(), await late(), await ofSecond()]
    await refuses([a, b], "JoinRejected", { joining: [a, other] })
    await refuses([a, b], "JoinRejected", { joining: [b, a] })
    const { claims, viem } = world
    const { accumulator, proof } = simulateJoin([a.end, b.end])
    const attempt = claims.write.join([[a.number, b.number], accumulator + 1n, proof])
    await viem.assertions.revertWithCustomErrorWithArgs(attempt, claims, "JoinRejected", [accumulator + 1n])
  })

  it("cannot be folded any more, and is closed before it has bounds", async () => {
    const { claims, viem } = world
    const { number, end } = await joined(await ofFirst(), await ofSecond())
    const { call } = simulateSegment({ head: 0n, accumulation: end }, SECOND, { asked: askedWith(), blindTo: 1n })
    await viem.assertions.revertWithCustomError(claims.write.extend([number, 0n, [call]]), claims, "NothingToFold")
    const terms = { measure: METRICS.energy, isStrict: true, bounds: { lo: 0n, hi: NO_UPPER_BOUND } }
    const masks = { metric: 0, numeratorMask: 0, denominatorMask: 0, ...terms.bounds }
    const bound = { ...masks, strict: true, denominator: Number(number) }
    const attempt = claims.write.bound([number, bound, simulateBound(both(end), terms)])
    await viem.assertions.revertWithCustomError(attempt, claims, "NotClosed")
  })

  it("is suspect exactly when one of its parts is", async () => {
    const { registry, vouchers, first } = world
    const [a, b] = [await early(), await late()]
    const whole = await joined(a, b)
    const suspects = async () => Promise.all([a, b, whole].map(async ({ number }) => (await read(number)).suspect))
    assert.deepEqual(await suspects(), [false, false, false])
    await registry.write.withdraw([first.id, periodStart(1) + 1n], { account: vouchers[0].account })
    assert.deepEqual(await suspects(), [false, true, true])
  })
})
