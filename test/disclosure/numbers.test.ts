import assert from "node:assert/strict"
import type { Entry } from "@wattest/disclosure"
import type { Profile } from "@wattest/protocol"
import { coverageOf, standingIn } from "../../disclosure/src/books/coverage.ts"
import { entriesIn, financialYear, lengthOf, spanOf, timeIn, timeWithin } from "../../disclosure/src/books/period.ts"
import { placeEntries } from "../../disclosure/src/books/place.ts"
import {
  compare,
  exact,
  least,
  over,
  parseExact,
  placesFor,
  rootAbove,
  subtract,
  toDecimal,
} from "../../disclosure/src/exact/exact.ts"
import { cellIn, device, energy, entry, filed, materialOf, ms, profileOf } from "./scene.ts"

describe("an exact number", () => {
  it("is in lowest terms, and divided by nothing is none", () => {
    assert.deepEqual(exact(-6n, -4n), { top: 3n, bottom: 2n })
    assert.deepEqual(exact(6n, -4n), { top: -3n, bottom: 2n })
    assert.throws(() => exact(1n, 0n), RangeError)
    assert.throws(() => over(exact(1n), exact(0n)), RangeError)
    assert.deepEqual(subtract(exact(1n, 2n), exact(1n, 3n)), exact(1n, 6n))
  })

  it("is compared without a division", () => {
    const [third, half] = [exact(1n, 3n), exact(1n, 2n)]
    assert.deepEqual([compare(third, half), compare(half, third), compare(half, exact(2n, 4n))], [-1, 1, 0])
    assert.deepEqual([least(third, half), least(half, third)], [third, third])
  })

  for (const [text, value] of [
    ["-12.50", exact(-25n, 2n)],
    ["0.001", exact(1n, 1000n)],
    ["7", exact(7n)],
    ["07", null],
    ["1.", null],
    [".5", null],
    ["1e3", null],
    ["+1", null],
    [" 1", null],
    ["9".repeat(32), null],
  ] as const)
    it(`is read of ${JSON.stringify(text.slice(0, 10))}: ${value === null ? "none" : "one"}`, () =>
      assert.deepEqual(parseExact(text), value))

  for (const [top, bottom, decimals, nearest, up] of [
    [1n, 2n, 0, "1", "1"],
    [-1n, 2n, 0, "-1", "0"],
    [49n, 100n, 0, "0", "1"],
    [801n, 2n, 1, "400.5", "400.5"],
    [801n, 2n, 2, "400.50", "400.50"],
    [1n, 3n, 2, "0.33", "0.34"],
    [2n, 3n, 2, "0.67", "0.67"],
    [-2n, 3n, 2, "-0.67", "-0.66"],
    [1n, 1000n, 2, "0.00", "0.01"],
    [0n, 1n, 2, "0.00", "0.00"],
    [12_345n, 1n, -2, "12300", "12400"],
    [12_300n, 1n, -2, "12300", "12300"],
  ] as const)
    it(`${top}/${bottom} to ${decimals} places is ${nearest}, and as a bound ${up}`, () => {
      assert.equal(toDecimal(exact(top, bottom), decimals), nearest)
      assert.equal(toDecimal(exact(top, bottom), decimals, "up"), up)
    })

  for (const [top, bottom, figures, places] of [
    [0n, 1n, 2, 2],
    [12_345n, 1n, 2, -3],
    [99n, 1n, 2, 0],
    [5n, 1n, 2, 1],
    [1n, 10n, 2, 2],
    [1n, 100n, 2, 3],
    [123n, 10_000n, 2, 3],
    [-123n, 10_000n, 2, 3],
    [99n, 100n, 2, 2],
  ] as const)
    it(`${top}/${bottom} has ${figures} figures in ${places} places`, () =>
      assert.equal(placesFor(exact(top, bottom), figures), places))

  it("has a root that is never too small", () => {
    assert.deepEqual([0n, 1n, 2n, 4n, 5n, 9n, 10n].map(rootAbove), [0n, 1n, 2n, 2n, 3n, 3n, 4n])
    const big = 10n ** 30n
    assert.deepEqual(
      [rootAbove(big), rootAbove(big + 1n), rootAbove(big - 1n)],
      [10n ** 15n, 10n ** 15n + 1n, 10n ** 15n],
    )
  })
})

describe("a period", () => {
  const span = spanOf({ from: "2026-01-01", to: "2026-01-31" })

  it("holds what ends in it, from after its beginning to its end", () => {
    const endingAt = (endMs: number) => entriesIn([entry({ endMs })], span, null).length
    assert.deepEqual([span.fromMs, span.fromMs + 1, span.toMs, span.toMs + 1].map(endingAt), [0, 1, 1, 0])
  })

  it("has nothing of what was anchored at its time or later", () => {
    const anchored = entry({ endMs: span.toMs, block: { chainId: 1, number: "1", time: 100 } })
    assert.deepEqual(
      [99, 100, 101].map((asOf) => entriesIn([anchored], span, asOf).length),
      [0, 0, 1],
    )
  })

  it("has of a run only the time since it began", () => {
    assert.equal(timeWithin(span, { startMs: span.fromMs - 10, endMs: span.fromMs + 5 }), 5)
    assert.equal(timeWithin(span, { startMs: span.fromMs + 2, endMs: span.fromMs + 5 }), 3)
  })

  it("is filled by the part of a run that lies in it alone", () => {
    const { fromMs, toMs } = span
    const filled = (startMs: number, endMs: number) => timeIn(span, { startMs, endMs })
    assert.deepEqual([filled(fromMs - 10, fromMs + 5), filled(toMs - 2, toMs + 5)], [5, 2])
    assert.deepEqual([filled(fromMs - 10, fromMs), filled(toMs, toMs + 5)], [0, 0])
  })

  it("is the financial year that a day lies in", () => {
    assert.deepEqual(financialYear("2026-04-01", "04-01"), { from: "2026-04-01", to: "2027-03-31" })
    assert.deepEqual(financialYear("2026-03-31", "04-01"), { from: "2025-04-01", to: "2026-03-31" })
  })

  it("has of a meter the days on which it stood", () => {
    const DAY = 86_400_000
    const stood = (from: string, to: string | null) => lengthOf(standingIn(span, { from, to })) / DAY
    assert.deepEqual(
      [
        stood("2025-01-01", null),
        stood("2026-01-30", null),
        stood("2025-01-01", "2026-01-02"),
        stood("2026-02-01", null),
      ],
      [31, 2, 2, 0],
    )
  })
})

describe("coverage", () => {
  const span = spanOf({ from: "2026-01-01", to: "2026-12-31" })
  const nothing = { shown: new Map(), standing: { devices: new Map(), voids: new Set<string>() } }
  const over = (given: Partial<Entry>) => coverageOf([entry(given)], span, nothing)

  it("is late and behind by more than a minute alone", () => {
    const edge = (given: Partial<Entry>) => [over(given).late.length, over(given).behind.length]
    assert.deepEqual(edge({ startMs: span.fromMs + 60_000, endMs: span.toMs - 60_000 }), [0, 0])
    assert.deepEqual(edge({ startMs: span.fromMs + 60_001 }), [1, 0])
    assert.deepEqual(edge({ endMs: span.toMs - 60_001 }), [0, 1])
  })

  it("counts books that broke, and blind time within the metered", () => {
    assert.deepEqual([over({}).broken, over({ broken: true }).broken], [0, 1])
    const blind = { ...energy(1n), blindMilliseconds: 10n }
    assert.equal(over({ registers: blind }).blindMs, 10)
    assert.equal(over({ registers: blind, startMs: span.toMs - 4 }).blindMs, 4)
  })

  it("says in the cell what broke, and nothing where nothing did", () => {
    const said = (given: Partial<Entry>) =>
      cellIn(
        filed("vsme-2025-07-30", materialOf([entry({ registers: energy(1n), ...given })])),
        "B3-electricity",
      ).notes.join()
    assert.match(said({ broken: true }), /1 run before which the device had lost its books/)
    assert.doesNotMatch(said({}), /lost its books|blind|began before/)
    assert.match(said({ registers: { ...energy(1n), blindMilliseconds: 3_600_000n } }), /blind for 1\.00 h/)
  })

  it("of a job is held against no profile: nobody expects a time of it", () => {
    const subject = { kind: "job", name: "j" } as const
    const short = entry({ endMs: ms("2026-02-01"), registers: energy(1n) })
    const { state, coverage } = cellIn(filed("boamps-1", materialOf([short], { subject })), "power")
    assert.deepEqual([state, coverage?.behind, coverage?.expectedMs], ["filled", [], null])
  })
})

describe("a place", () => {
  const at = (n: number, boundary: Entry["boundary"], given: Partial<Entry> = {}) =>
    entry({ device: device(n), boundary, registers: energy(1n), ...given })
  const meter = (n: number, within: number | null): Profile["meters"][number] => ({
    ...{ device: device(n), site: "zurich", within: within === null ? null : device(within) },
    ...{ from: "2026-01-01", to: null },
  })
  const placed = (entries: readonly Entry[], meters: readonly Profile["meters"][number][]) =>
    placeEntries(entries, profileOf({ meters })).map(({ site, counted, inner, unplaced, boundary }) => [
      ...[site, counted.length, inner.length, unplaced.length, boundary],
    ])

  it("counts no device within a shown one, at any depth, and counts it where that is not shown", () => {
    const meters = [meter(1, null), meter(2, 1), meter(3, 2)]
    assert.deepEqual(placed([at(1, "facility"), at(3, "node")], meters), [["zurich", 1, 1, 0, "facility"]])
    assert.deepEqual(placed([at(2, "rack"), at(3, "node")], meters), [["zurich", 1, 1, 0, "rack"]])
    assert.deepEqual(placed([at(3, "node")], meters), [["zurich", 1, 0, 0, "node"]])
  })

  it("counts strangers among their like alone", () => {
    assert.deepEqual(placed([at(1, "node"), at(2, "node")], [meter(1, null)]), [["zurich", 2, 0, 0, "node"]])
    assert.deepEqual(placed([at(1, "rack"), at(2, "node")], [meter(1, null)]), [["zurich", 1, 0, 1, "rack"]])
    assert.deepEqual(placed([at(1, "node"), at(2, "rack")], [meter(1, null)]), [["zurich", 1, 0, 1, "node"]])
    assert.deepEqual(placed([at(1, "node"), at(2, "rack")], []), [["zurich", 1, 0, 1, "rack"]])
  })

  it("is the one that the device signed, and none where the profile does not know it", () => {
    assert.deepEqual(placed([at(1, "node", { site: "elsewhere" }), at(2, "node")], [meter(1, null), meter(2, null)]), [
      ["zurich", 1, 0, 0, "node"],
      ["", 1, 0, 0, "node"],
    ])
  })
})
