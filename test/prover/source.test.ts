import assert from "node:assert/strict"
import { askSource } from "../../prover/src/certificate/source.ts"
import { serveAnswers } from "../client/served.ts"

describe("what a document's part is asked of", () => {
  it("is read up to its bound, a refusal up to its own, and absent where its status says so", async () => {
    const [most, error] = [10, { code: "STORE_UNAVAILABLE", message: "the disk is full" }]
    const served = await serveAnswers([
      { body: "x".repeat(most) },
      { body: "x".repeat(most + 1) },
      { status: 425, body: "x".repeat(most + 1) },
      { status: 500, body: JSON.stringify({ error }) },
      { status: 500, body: JSON.stringify({ error, more: "x".repeat(2 ** 16) }) },
    ])
    const ask = () => askSource({ url: served.url, maxBytes: most, hint: "ask another" }, "v1/thing", [425])
    const refused = (reason: RegExp) => (error: Error & { code?: string }) =>
      error.code === "SOURCE_UNREACHABLE" && reason.test(error.message)
    try {
      assert.equal((await ask())?.length, most)
      await assert.rejects(ask(), refused(/v1\/thing: it answers more than 10 bytes$/))
      assert.equal(await ask(), null)
      await assert.rejects(ask(), refused(/the disk is full/))
      await assert.rejects(ask(), refused(/status 500 and no reason$/))
    } finally {
      served.close()
    }
  })
})
