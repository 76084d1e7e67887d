import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { deviceIdOf, type Hex, parseCertificate } from "@wattest/protocol"
import { jsonOf, proofOf } from "../../explorer/src/books/reading.ts"
import { certifies } from "../../explorer/src/check/certified.ts"

describe("a certificate that is opened at a run", () => {
  const bytes = readFileSync("conformance/cases/valid-work-with-energy/certificate.json")
  const [held] = parseCertificate(bytes).runs
  const submission = held?.submission
  const device = submission === undefined ? "0x" : deviceIdOf(submission.device)
  const here = { device, run: Number(held?.run), root: submission?.roots[0] as Hex }

  it("is of that run by its device, its number and its root, and of no other", () => {
    assert.equal(certifies(bytes, here), true)
    assert.equal(certifies(bytes, { ...here, device: `0x${"11".repeat(32)}` }), false)
    assert.equal(certifies(bytes, { ...here, run: here.run + 1 }), false)
    assert.equal(certifies(bytes, { ...here, root: `0x${"00".repeat(32)}` }), false)
    assert.equal(certifies(Buffer.from("{}"), here), false)
  })
})

describe("what a server sends", () => {
  const whence = { source: "the index", hint: "" }
  const endless = () => new ReadableStream<Uint8Array>({ pull: (queue) => queue.enqueue(new Uint8Array(1024 * 1024)) })
  const broken = () => new ReadableStream({ start: (queue) => queue.error(new Error("gone")) })

  it("is read to its end, or to where there is no more room", async () => {
    assert.deepEqual(await jsonOf(new Response('{"a":1}'), whence), { a: 1 })
    assert.deepEqual(await proofOf(new Response(new Uint8Array([1, 2])), whence), new Uint8Array([1, 2]))
    for (const [response, said] of [
      [new Response(endless()), /the answer of the index is longer than 8388608 bytes/],
      [new Response(broken()), /the index stopped in the middle/],
      [new Response("{"), /is no JSON/],
      [new Response(null), /is no JSON/],
    ] as const)
      await assert.rejects(jsonOf(response, whence), { name: "Unread", message: said })
    await assert.rejects(proofOf(new Response(endless()), whence), { message: /longer than 67108864 bytes/ })
  })
})
