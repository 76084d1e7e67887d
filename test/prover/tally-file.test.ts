import assert from "node:assert/strict"
import type { Presentation } from "@wattest/protocol"
import { accumulationAt, appendTallies, type TallyFile } from "../../prover/src/claims/tally-file.ts"

type Tally = Presentation["tallies"][number]
const period = (name: string) => ({ kind: "period", name }) as unknown as Tally
const join = (...parts: readonly number[]) => ({ kind: "join", parts }) as unknown as Tally

/** The opening of each tally is told apart by its blind. */
const fileOf = (firstBlind: bigint, key: string, ...tallies: readonly Tally[]) =>
  ({
    openings: tallies.map((_, i) => ({ totals: [], blind: firstBlind + BigInt(i) })),
    place: tallies.length - 1,
    document: { tallies, keys: { [key]: key, fold: key }, bounds: [] },
  }) as unknown as TallyFile

describe("tallies of two files in one", () => {
  const [a, b, c] = ["a", "b", "c"].map(period) as [Tally, Tally, Tally]

  it("stand once each with their openings, and joins name their parts where those stand now", () => {
    const { merged, places } = appendTallies(fileOf(0n, "one", a, b), fileOf(10n, "two", c, b, join(0, 1), c))
    assert.deepEqual(merged.document.tallies, [a, b, c, join(2, 1)])
    assert.deepEqual(places, [2, 1, 3, 2])
    assert.deepEqual(
      merged.openings.map(({ blind }) => blind),
      [0n, 1n, 10n, 12n],
    )
    assert.deepEqual(merged.document.keys, { one: "one", two: "two", fold: "one" })
    assert.equal(merged.place, 1)
  })

  it("are not put together where an opening is lacking", () => {
    const file = fileOf(0n, "one", a)
    assert.equal(accumulationAt(file, 0).blind, 0n)
    assert.throws(() => accumulationAt(file, 1), /no opening of tally 2/)
    assert.throws(() => appendTallies(file, { ...fileOf(0n, "two", b), openings: [] }), /no opening of tally 1/)
  })
})
