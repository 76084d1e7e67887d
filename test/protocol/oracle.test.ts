import assert from "node:assert/strict"
import {
  accumulator,
  askedDigest,
  type BoundInput,
  boundHolds,
  boundInput,
  EMPTY_ACCUMULATION,
  encodeClaimWord,
  type FoldInput,
  foldHolds,
  foldSegment,
  joinHolds,
  joinTotals,
  METRICS,
  NO_UPPER_BOUND,
  type OpenInput,
  openHolds,
  openingRoot,
  openRun,
  TOTALS,
  type TotalName,
} from "@wattest/protocol"
import { type Assignment, flatten, replace } from "../circuits/circuit.ts"
import { ASKED, anyAccumulation, createRandom, matchingOpening } from "../circuits/samples.ts"

const random = createRandom("one condition at a time")
const opening = matchingOpening(random)
const unopened = openingRoot(matchingOpening(random))

const from = { head: 5n, accumulation: { totals: anyAccumulation(random).totals, blind: 6n } }
const slots = [{ opening }, { root: unopened }, { root: 0n }, { opening: matchingOpening(random) }]
const { input: fold } = foldSegment(from, slots, { asked: ASKED, blindTo: 7n, capacity: slots.length })
const { input: open } = openRun(opening, { asked: ASKED, from: from.accumulation, blindTo: 7n })
const { input: join } = joinTotals([anyAccumulation(random), anyAccumulation(random)], 8n)

/** Every number of an assignment, one larger than it is, but those of slots that nothing reads. */
const changes = <T extends Assignment>(input: T, isRead: (name: string) => boolean = () => true) =>
  [...flatten(input)]
    .filter(([name]) => isRead(name))
    .map(([name, value]) => [name, replace(input, name, value + 1n)] as const)

const ofClosedSlot = /^(?:registers|times|marks|flags|tags|rest)\[[12]\]/

describe("the oracle holds of an honest assignment, and of none in which one number is another", () => {
  it("fold", () => {
    assert.ok(foldHolds(fold))
    for (const [name, other] of changes(fold, (name) => !ofClosedSlot.test(name))) assert.ok(!foldHolds(other), name)
  })

  it("open", () => {
    assert.ok(openHolds(open))
    for (const [name, other] of changes(open)) assert.ok(!openHolds(other), name)
  })

  it("join", () => {
    assert.ok(joinHolds(join))
    for (const [name, other] of changes(join)) assert.ok(!joinHolds(other), name)
  })

  it("with the counts of the segment, each of them", () => {
    const counts = { length: 4, unopened: 1, voids: 1 }
    const saying = (change: Partial<typeof counts>): FoldInput => ({
      ...fold,
      word: encodeClaimWord({ ...counts, ...change }, ASKED),
    })
    assert.ok(foldHolds(saying({})))
    for (const change of [{ length: 5 }, { unopened: 2 }, { unopened: 0 }, { voids: 2 }, { voids: 0 }])
      assert.ok(!foldHolds(saying(change)), JSON.stringify(change))
    for (const change of [{ length: 0 }, { unopened: 1 }, { voids: 1 }]) {
      const word = encodeClaimWord({ length: 1, unopened: 0, voids: 0, ...change }, ASKED)
      assert.ok(!openHolds({ ...open, word }), JSON.stringify(change))
    }
  })

  it("of labels whose digest is another, though every run agrees", () => {
    const tags = ASKED.tags.with(0, 0n)
    const asked: Pick<OpenInput, "askedTags" | "asked"> = { askedTags: tags, asked: askedDigest(tags) }
    assert.ok(openHolds({ ...open, ...asked }))
    assert.ok(!openHolds({ ...open, askedTags: tags }))
  })
})

describe("the oracle of a bound", () => {
  const measure = METRICS["energy-per-work"]
  const sideOf = (amounts: { readonly [N in TotalName]?: bigint }) => ({
    ...EMPTY_ACCUMULATION,
    totals: TOTALS.map((name) => amounts[name] ?? 0n),
  })
  const one = sideOf({ energyMillijoules: 10n, workUnits: 4n, runs: 1n })
  const bounded = (lo: bigint, hi: bigint, numerator = one, denominator = one): BoundInput =>
    boundInput({ numerator, denominator }, { measure, isStrict: true, bounds: { lo, hi } })

  it("holds at both ends and not beyond", () => {
    assert.ok(boundHolds(bounded(2500n, 2500n)))
    assert.ok(!boundHolds(bounded(2501n, NO_UPPER_BOUND)))
    assert.ok(!boundHolds(bounded(0n, 2499n)))
  })

  it("takes numbers as wide as their words, and no bit more", () => {
    const widest = 2n ** 96n - 1n
    for (const side of ["numerators", "denominators"] as const) {
      const [totals, blind, digest] =
        side === "numerators"
          ? (["numerators", "blindNumerator", "cNumerator"] as const)
          : (["denominators", "blindDenominator", "cDenominator"] as const)
      const wide = (value: bigint): BoundInput => {
        // Water is in no energy per work: only the width is what can refuse it.
        const given = bounded(0n, NO_UPPER_BOUND)
        const values = given[totals].with(TOTALS.indexOf("waterMillilitres"), value)
        return { ...given, [totals]: values, [digest]: accumulator({ totals: values, blind: given[blind] }) }
      }
      assert.ok(boundHolds(wide(widest)), side)
      assert.ok(!boundHolds(wide(widest + 1n)), side)
    }
    const given = bounded(0n, NO_UPPER_BOUND)
    assert.ok(!boundHolds({ ...given, measure: given.measure + 2n ** 101n }))
    assert.ok(!boundHolds({ ...given, bounds: given.bounds + 2n ** 160n }))
  })

  it("is of the accumulators that it names", () => {
    const given = bounded(0n, NO_UPPER_BOUND)
    for (const name of ["cNumerator", "cDenominator"] as const)
      assert.ok(!boundHolds({ ...given, [name]: given[name] + 1n }), name)
  })

  it("that is strict is about something: runs on both sides, and a divisor", () => {
    const none = sideOf({ energyMillijoules: 10n, workUnits: 4n })
    const nothing = sideOf({ energyMillijoules: 0n, runs: 1n })
    for (const [numerator, denominator] of [
      [none, one],
      [one, none],
      [nothing, nothing],
    ] as const)
      assert.ok(!boundHolds(bounded(0n, NO_UPPER_BOUND, numerator, denominator)))
    const loose = { measure, isStrict: false, bounds: { lo: 0n, hi: 0n } }
    assert.ok(boundHolds(boundInput({ numerator: nothing, denominator: nothing }, loose)))
  })
})
