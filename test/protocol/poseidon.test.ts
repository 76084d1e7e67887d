import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { FIELD_ORDER, poseidon } from "@wattest/protocol"
import { POSEIDON_PLANS } from "../../protocol/src/generated/poseidon-plans.ts"
import { derivePlan } from "../../protocol/src/poseidon/plan.ts"
import { decodePlan } from "../../protocol/src/poseidon/stored-plan.ts"
import { poseidonPlans } from "../../scripts/generate/poseidon/plans.ts"
import { reference, samples } from "./poseidon-samples.ts"

describe("poseidon", () => {
  for (let inputs = 1; inputs <= 13; inputs++)
    it(`equals an independent implementation for ${inputs} inputs`, () => {
      for (const sample of samples(inputs)) assert.equal(poseidon(sample), reference(inputs)(sample))
    })

  it("uses stored plans that are the derived ones, as they were generated", () => {
    for (const [inputs, text] of POSEIDON_PLANS) assert.deepEqual(decodePlan(inputs, text), derivePlan(inputs))
    assert.equal(readFileSync("protocol/src/generated/poseidon-plans.ts", "utf8"), poseidonPlans())
  })

  it("depends on every input and on their order", () => {
    const digests = [[1n, 2n], [2n, 1n], [1n, 3n], [0n, 2n], [1n], [1n, 2n, 0n]].map((inputs) => poseidon(inputs))
    assert.equal(new Set(digests).size, digests.length)
  })

  it("refuses what is not a field element", () => {
    for (const bad of [FIELD_ORDER, FIELD_ORDER + 1n, 2n ** 256n, -1n])
      assert.throws(() => poseidon([1n, bad]), {
        name: "RangeError",
        message: "poseidon input 1 is not a field element",
      })
  })

  it("refuses no inputs and more than thirteen", () => {
    assert.throws(() => poseidon([]), RangeError)
    assert.throws(() => poseidon(Array<bigint>(14).fill(1n)), RangeError)
  })
})
