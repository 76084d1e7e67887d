import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { encodeDocument, encodePresentation, toJson } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import {
  type EvidenceFile,
  judge,
  kindOf,
  kindOfBytes,
  POLICY_TEMPLATE,
  presentationReportShape,
  SNIFFED_BYTES,
} from "@wattest/verifier"
import { PRESENTATION_CASES } from "../../scripts/generate/conformance/cases/presentation.ts"
import { OFFLINE, piecesOf } from "./judging.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const told = tell({})
const certificate = encodeDocument(told.certificate)
const evidenceText = told.evidence[0]?.join("") ?? ""
const evidence = bytes(evidenceText)

const given = PRESENTATION_CASES.find(({ name }) => name === "presentation-valid")?.presentation
assert.ok(given)
const presentation = encodePresentation(given.document)

/** A file that says whether it was opened. */
function fileOf(content: Uint8Array): EvidenceFile & { readonly opened: () => number } {
  let opened = 0
  const open = async () => {
    opened++
    return piecesOf(content, 4096)
  }
  return { name: "e.ndjson", open, opened: () => opened }
}

describe("what a file is", () => {
  it("is told by the media type that it holds", () => {
    assert.equal(kindOfBytes(certificate), "certificate")
    assert.equal(kindOfBytes(evidence), "evidence")
    assert.equal(kindOfBytes(gzipSync(evidence)), "evidence")
    assert.equal(kindOfBytes(presentation), "presentation")
    assert.equal(kindOfBytes(bytes(JSON.stringify(POLICY_TEMPLATE, null, 2))), "policy")
  })

  it("is nothing of ours where no such type stands", () => {
    for (const text of [
      "",
      "{}",
      '{"mediaType":"application/json"}',
      '{"type":"application/vnd.wattest.policy.v1+json"}',
    ])
      assert.equal(kindOfBytes(bytes(text)), null, text)
  })

  it("is not told by what a document's texts say", () => {
    const label = '"mediaType":"application/vnd.wattest.certificate.v1+json"'
    assert.equal(kindOfBytes(bytes(JSON.stringify({ label, mediaType: toJson(POLICY_TEMPLATE.mediaType) }))), "policy")
    assert.equal(kindOfBytes(bytes(JSON.stringify({ label }))), null)
  })

  it("is told by the end of a file that begins with more than is looked at", () => {
    const long = bytes(
      JSON.stringify({
        claims: "x".repeat(3 * SNIFFED_BYTES),
        mediaType: "application/vnd.wattest.presentation.v1+json",
      }),
    )
    assert.equal(kindOfBytes(long), "presentation")
    assert.equal(kindOf(long.subarray(0, SNIFFED_BYTES), new Uint8Array(0)), null)
  })
})

describe("judging what was given", () => {
  const world = { policy: told.policy, readers: OFFLINE }

  it("judges a certificate with the evidence of its runs", async () => {
    const file = fileOf(evidence)
    const judgement = await judge({ name: "c.json", bytes: certificate }, [file], world)
    assert.ok(judgement.kind === "certificate")
    assert.deepEqual(
      [judgement.status, judgement.model.documents.map(({ kind }) => kind)],
      ["valid", ["certificate", "evidence"]],
    )
    assert.equal(file.opened(), 1)
  })

  it("lets forged evidence refuse the whole", async () => {
    const forged = bytes(evidenceText.replace(/"timeMs":"?(\d)/g, (match) => match.replace(/\d$/, "9")))
    assert.notDeepEqual(forged, evidence)
    const judgement = await judge({ name: "c.json", bytes: certificate }, [fileOf(forged)], world)
    assert.equal(judgement.status, "invalid")
  })

  it("opens no evidence beside a certificate that is refused", async () => {
    const file = fileOf(evidence)
    const cut = certificate.subarray(0, -1)
    const judgement = await judge({ name: "c.json", bytes: cut }, [file], world)
    assert.deepEqual([judgement.kind, judgement.status, file.opened()], ["certificate", "invalid", 0])
  })

  it("judges what is none of ours as a certificate, and refuses it", async () => {
    for (const content of [bytes(""), bytes("%PDF-1.7"), readFileSync("LICENSE")])
      assert.equal((await judge({ name: "x", bytes: content }, [], world)).status, "invalid")
  })

  it("judges a presentation, and its report is of the published shape", async () => {
    const judgement = await judge({ name: "p.json", bytes: presentation }, [], {
      policy: given.policy,
      readers: OFFLINE,
    })
    assert.ok(judgement.kind === "presentation")
    assert.equal(judgement.status, "valid")
    assert.equal(judgement.model.claims.length, 1)
    assert.deepEqual(presentationReportShape(JSON.parse(JSON.stringify(judgement.model)), "$"), judgement.model)
  })

  it("shows no claim of a presentation that the policy does not believe", async () => {
    const judgement = await judge({ name: "p.json", bytes: presentation }, [], {
      policy: POLICY_TEMPLATE,
      readers: OFFLINE,
    })
    assert.ok(judgement.kind === "presentation" && judgement.status !== "valid")
    assert.deepEqual(judgement.model.claims, [])
  })
})
