import assert from "node:assert/strict"
import { addWork, type Workload, WorkRefused } from "../../attester/src/workload/workload.ts"

const MOST = 10n ** 17n

describe("what a workload says of its work", () => {
  let workload: Workload
  beforeEach(() => {
    workload = { work: 10n, accepted: 4n, input: 100n, phase: "decode" }
  })

  it("adds up, accepted units up to all of the delivered ones", () => {
    addWork(workload, { units: 5n, accepted: 11n, input: 900n })
    addWork(workload, { units: 1n })
    assert.deepEqual(workload, { work: 16n, accepted: 15n, input: 1000n, phase: "decode" })
  })

  it("reaches the bound and goes no further", () => {
    addWork(workload, { units: MOST - 10n, input: MOST - 100n })
    for (const more of [
      { units: 1n, input: 0n },
      { units: 0n, input: 1n },
    ])
      assert.throws(() => addWork(workload, more), WorkRefused)
    assert.deepEqual([workload.work, workload.input], [MOST, MOST])
  })

  for (const [what, done] of [
    ["delivered", { units: -1n }],
    ["accepted", { units: 1n, accepted: -1n }],
    ["consumed", { units: 1n, input: -1n }],
    ["more accepted than delivered", { units: 5n, accepted: 12n, input: 1n }],
  ] as const)
    it(`refuses a count below zero, or too many, whole: ${what}`, () => {
      assert.throws(() => addWork(workload, done), WorkRefused)
      assert.deepEqual(workload, { work: 10n, accepted: 4n, input: 100n, phase: "decode" })
    })
})
