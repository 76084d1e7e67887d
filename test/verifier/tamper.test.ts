import assert from "node:assert/strict"
import { encodeDocument, parseCertificate, REJECT_CODES } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { verifyCertificate, verifyEvidence } from "@wattest/verifier"
import { askingNodes, OFFLINE, piecesOf, readerOf } from "./judging.ts"

// A small run, so that every byte of it can be changed in turn.
const { certificate, evidence, blocks, policy: listing } = tell({ captures: 3, beacon: "none" })
const certificateBytes = encodeDocument(certificate)
const evidenceBytes = new TextEncoder().encode((evidence[0] as string[]).join(""))
const policy = askingNodes(listing)
const readers = { ...OFFLINE, chain: readerOf(blocks) }
const parsed = parseCertificate(certificateBytes)

/** Every how many bytes one is changed; each of them in the deep run. */
const STRIDE = process.env.WATTEST_DEPTH === "deep" ? 1 : 37

/** Copies with one byte changed: a bit flipped, and a neighbouring digit or letter, so that the text stays well formed. */
function* changed(bytes: Uint8Array): Generator<{ readonly at: number; readonly copy: Uint8Array }> {
  for (let at = 0; at < bytes.length; at += STRIDE) {
    const old = bytes[at] as number
    for (const byte of [old ^ 0x20, old === 0x30 ? 0x31 : old - 1]) {
      const copy = Uint8Array.from(bytes)
      copy[at] = byte
      yield { at, copy }
    }
  }
}

const around = (bytes: Uint8Array, at: number) =>
  new TextDecoder().decode(bytes.subarray(Math.max(0, at - 60), at + 20))

describe("one changed byte", () => {
  it("is not in either of them as they are", async () => {
    assert.equal((await verifyCertificate(certificateBytes, policy, readers)).verdict.status, "valid")
    const result = await verifyEvidence(piecesOf(evidenceBytes), parsed, { policy, readers })
    assert.equal(result.verdict.status, "valid")
  })

  it("of a certificate is refused with a closed code", async () => {
    let count = 0
    for (const { at, copy } of changed(certificateBytes)) {
      const { verdict } = await verifyCertificate(copy, policy, readers)
      assert.equal(verdict.status, "invalid", around(certificateBytes, at))
      assert.ok(verdict.status === "invalid" && verdict.code in REJECT_CODES)
      count++
    }
    assert.ok(count > 400)
  }).timeout(600_000)

  it("of evidence is refused with a closed code", async () => {
    let count = 0
    for (const { at, copy } of changed(evidenceBytes)) {
      const { verdict } = await verifyEvidence(piecesOf(copy), parsed, { policy, readers: OFFLINE })
      assert.equal(verdict.status, "invalid", around(evidenceBytes, at))
      assert.ok(verdict.status === "invalid" && verdict.code in REJECT_CODES)
      count++
    }
    assert.ok(count > 100)
  }).timeout(600_000)
})
