import assert from "node:assert/strict"
import { cutName, sensorName } from "../../attester/src/agent/reading.ts"

describe("a sensor's name", () => {
  it("is cut between characters", () => {
    assert.equal(cutName(`${"a".repeat(127)}😀`), "a".repeat(127))
    assert.equal(cutName(`${"a".repeat(126)}😀`), `${"a".repeat(126)}😀`)
    assert.equal(sensorName("s", "a".repeat(126)), `s/${"a".repeat(126)}`)
    assert.ok(sensorName("s", `${"a".repeat(108)}${"😀".repeat(20)}`).isWellFormed())
  })

  it("that is too long ends with a digest of all of it: no two have one", () => {
    const cut = ["a", "b"].map((last) => sensorName("s", `${"a".repeat(126)}${last}`))
    assert.equal(new Set(cut).size, 2)
    for (const name of cut) assert.match(name, /^s\/a{109}~[0-9a-f]{16}$/)
  })
})
