import assert from "node:assert/strict"
import fc from "fast-check"
import { type Deed, deed, History, type Outcome } from "./model/history.ts"
import { SETUPS } from "./model/setups.ts"

const isDeep = process.env.WATTEST_DEPTH === "deep"
const HISTORIES = isDeep ? 1_000_000 : 10_000
const seed = Number(process.env.WATTEST_SEED ?? Date.now() % 2 ** 31)

/** Floors of registers, and the step of a counter at both ends of each run, mJ. */
const GRAIN = 200

/** What the runs of a device add up to, mJ. */
function totals(runs: Outcome["runs"]) {
  const sum = (value: (run: Outcome["runs"][number]) => number) => runs.reduce((all, run) => all + value(run), 0)
  return {
    energy: sum(({ energy }) => Number(energy)),
    uncertainty: sum(({ uncertainty }) => Number(uncertainty)),
    blindMs: sum(({ blindMs }) => blindMs),
  }
}

/** The rule of the books: what flowed is counted, within the uncertainty, or shown to be missing. */
function assertHonest({ runs, trueMillijoules, allowance, leastBlindMs }: Outcome): void {
  const { energy, uncertainty, blindMs } = totals(runs)
  assert.ok(blindMs >= leastBlindMs, `${blindMs} ms are blind, and ${leastBlindMs} ms nobody looked`)
  const grains = GRAIN * (runs.length + 1)
  const missing = trueMillijoules - energy - uncertainty - allowance.missing - grains
  assert.ok(missing <= 0, `${missing} mJ of ${trueMillijoules} are missing: ${energy} ± ${uncertainty}`)
  const excess = energy - uncertainty - trueMillijoules - allowance.excess - grains
  assert.ok(excess <= 0, `${excess} mJ beside ${trueMillijoules} never flowed: ${energy} ± ${uncertainty}`)
  for (const [i, run] of runs.entries()) {
    const before = runs[i - 1]
    if (before !== undefined && !run.beginning.broken)
      assert.equal(run.beginning.startMs, before.endMs, `run ${i} does not begin where run ${i - 1} ended`)
    assert.ok(run.blindMs <= run.endMs - run.beginning.startMs, `run ${i} is blind for longer than it lasted`)
  }
}

describe("the books of a device in a simulated world", () => {
  const history = fc.record({
    setup: fc.constantFrom(...Object.keys(SETUPS)),
    seed: fc.nat(),
    isSteady: fc.boolean(),
    deeds: fc.array(deed, { maxLength: 12 }),
  })
  const play = (setup: string, world: { seed: number; isSteady: boolean }, deeds: readonly Deed[]) => {
    const known = SETUPS[setup]
    assert.ok(known)
    return History.play(known, world, deeds)
  }

  it(`lose no energy in silence, whatever happens (seed ${seed})`, function () {
    this.timeout(isDeep ? 0 : 600_000)
    const holds = fc.property(history, (one) => assertHonest(play(one.setup, one, one.deeds)))
    fc.assert(holds, { numRuns: HISTORIES, seed })
  })

  it("buy nothing with wide bounds: undisturbed, nothing is blind and U is what the sensors have", () => {
    for (const setup of Object.keys(SETUPS))
      for (let i = 0; i < 20; i++) {
        const deeds = Array.from({ length: 6 }, (_, k): Deed => ({ what: "run", much: 11 * k + i, which: 0 }))
        const outcome = play(setup, { seed: i, isSteady: i % 2 === 0 }, deeds)
        assertHonest(outcome)
        const { energy, uncertainty, blindMs } = totals(outcome.runs)
        assert.equal(blindMs, 0, setup)
        // 2 % of gain as a limit, expanded; the shape between readings of power comes on top.
        const gain = 0.02 * (2 / Math.sqrt(3)) * energy
        const shape = SETUPS[setup]?.plan.some(({ method }) => method === "trapezoid") ? 0.1 * energy : 0
        assert.ok(uncertainty <= gain + shape + GRAIN, `${setup}: ${uncertainty} of ${energy}`)
      }
  })
})
