import assert from "node:assert/strict"
import { cutName, sensorName } from "../../attester/src/agent/reading.ts"

describe("a sensor's name", () => {
  it("is cut between characters", () => {
    assert.equal(cutName(`${"a".repeat(127)}😀`), "a".repeat(127))
    assert.equal(cutName(`${"a".repeat(126)}😀`), `${"a".repeat(126)}😀`)
    assert.ok(sensorName("s", `${"a".repeat(108)}${"😀".repeat(20)}`).isWellFormed())
  })
})
