import assert from "node:assert/strict"
import fc from "fast-check"
import { awayAfterMs, BlindTime, blindAfterMs } from "../../protocol/src/metering/blind.ts"

/** Ms that lie in at least one stretch, one by one. */
function counted(stretches: readonly (readonly [from: number, to: number])[]): number {
  const seen = new Set<number>()
  for (const [from, to] of stretches) for (let ms = from; ms < to; ms++) seen.add(ms)
  return seen.size
}

const MOST = 4096

describe("blind time", () => {
  it("counts each ms of its stretches once, in whatever order they come", () => {
    const stretch = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }))
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 30 }), (stretches) => {
        const blind = new BlindTime()
        for (const [i, [from, to]] of stretches.entries()) {
          blind.add(from, to)
          assert.equal(blind.ms, counted(stretches.slice(0, i + 1)))
        }
      }),
    )
  })

  it("keeps 4096 stretches apart; with one more, what lies between the two oldest is blind too", () => {
    const blind = new BlindTime()
    for (let i = 0; i < MOST; i++) blind.add(10 * i, 10 * i + 1)
    assert.equal(blind.ms, MOST)
    blind.add(10 * MOST, 10 * MOST + 1)
    assert.equal(blind.ms, MOST + 1 + 9)
    blind.add(0, 11)
    assert.equal(blind.ms, MOST + 1 + 9, "what was joined is known")
  })

  it("begins after three periods of a power sensor and at least 3 s, at once at periods above 10 s", () => {
    const periods = [0, 999, 1_000, 1_001, 10_000, 10_001]
    assert.deepEqual(periods.map(blindAfterMs), [3_000, 3_000, 3_000, 3_003, 30_000, 0])
  })

  it("begins after sixty periods of a counter and at least ten minutes", () => {
    assert.deepEqual([0, 9_999, 10_000, 10_001].map(awayAfterMs), [600_000, 600_000, 600_000, 600_060])
  })
})
