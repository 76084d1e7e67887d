import assert from "node:assert/strict"
import { createNotices } from "../../attester/src/agent/notices.ts"

describe("what an operator is told", () => {
  it("is a trouble once, until it is another or over, whatever numbers stand in it", () => {
    const said: string[] = []
    const notices = createNotices((line) => said.push(line))
    for (const text of ["no answer within 5 ms", "no answer within 7 ms", "refused"]) notices.trouble("bmc", text)
    notices.well("bmc")
    notices.well("bmc")
    assert.deepEqual(said, ["bmc: no answer within 5 ms", "bmc: refused", "bmc: is well again"])
  })

  it("is remembered of 10000 topics: beyond them it is said again rather than filling memory", () => {
    const said: string[] = []
    const notices = createNotices((line) => said.push(line))
    for (let i = 1; i <= 10_001; i++) notices.trouble(`source ${i}`, "refused")
    const told = (i: number) => {
      said.length = 0
      notices.trouble(`source ${i}`, "refused")
      return said.length
    }
    assert.deepEqual([told(10_000), told(10_001)], [0, 1])
  })
})
