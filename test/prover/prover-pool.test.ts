import assert from "node:assert/strict"
import { createProverPool } from "@wattest/prover"

describe("processes that prove", () => {
  it("are started by what is asked for, and by nothing that is asked for once they were ended", async () => {
    const pool = createProverPool({ folder: "nowhere", processes: 1, rapidsnark: null })
    const children = () => process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap").length
    const before = children()
    await assert.rejects(pool.prove("bound", {}), { code: "PROOF_IMPOSSIBLE", message: /ENOENT/ })
    assert.equal(children(), before + 1)
    pool.close()
    await assert.rejects(pool.prove("bound", {}), { message: "the prover was closed" })
    assert.ok(children() <= before + 1, "no second one")
  }).timeout(20_000)
})
