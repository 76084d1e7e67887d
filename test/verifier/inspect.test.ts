import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { encodeDocument, encodePresentation, encodeVouch, parseCertificate } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { PRESENTATION_CASES } from "../../scripts/generate/conformance/cases/presentation.ts"

const told = tell({ captures: 4 })
const certificate = encodeDocument(told.certificate)
const presentation = PRESENTATION_CASES.find(({ name }) => name === "presentation-valid")?.presentation?.document
assert.ok(presentation)
const [vouch] = parseCertificate(certificate).vouchDocuments ?? []
assert.ok(vouch)

const inspect = (bytes: Uint8Array | string, ...more: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["cli/src/main.ts", "inspect", "-", ...more], {
    encoding: "utf8",
    input: Buffer.from(bytes),
  })
  return { status, stdout, stderr }
}

/** Lines with a digit that do not say that nobody checked it. */
const believed = (text: string) => text.split("\n").filter((line) => /\d/.test(line) && !/unverified/.test(line))

describe("wattest inspect", () => {
  const documents: { readonly [kind: string]: Uint8Array | string } = {
    certificate,
    presentation: encodePresentation(presentation),
    evidence: told.evidence[0]?.join("") ?? "",
    vouch: encodeVouch(vouch),
    job: readFileSync("conformance/cases/group-valid/job.ndjson"),
    extract: readFileSync("conformance/cases/extract-device/extract.json"),
  }

  for (const [kind, bytes] of Object.entries(documents))
    it(`shows what a document of kind ${kind} says, and no number without the word unverified`, () => {
      const { status, stdout } = inspect(bytes)
      assert.equal(status, 0)
      assert.match(stdout, new RegExp(`^This calls itself a ${kind}\\. Nobody checked anything`))
      assert.deepEqual(believed(stdout), [])
      assert.ok(stdout.split("\n").length > 4)
      assert.doesNotMatch(stdout, /valid(?!at)|verified(?<!unverified)|\bundefined\b/i)
      const answer = JSON.parse(inspect(bytes, "--json").stdout)
      assert.deepEqual(Object.keys(answer), ["kind", "sha256", "unverified", "fault"])
    })

  it("says the same of a forged document: it believes nothing", () => {
    const forged = Buffer.from(certificate).toString().replace('"energyMillijoules":"', '"energyMillijoules":"9')
    const { status, stdout } = inspect(forged)
    assert.equal(status, 0)
    assert.deepEqual(believed(stdout), [])
    assert.notEqual(stdout, inspect(certificate).stdout)
  })

  it("ends with 1 on what does not have its form, and with 2 on what is none of ours", () => {
    const cut = inspect(certificate.subarray(0, -1))
    assert.equal(cut.status, 1)
    assert.deepEqual(believed(cut.stdout), [])
    assert.match(cut.stdout, /does not have the form of one: DOCUMENT_/)
    for (const bytes of ["%PDF-1.7", "{}", "", JSON.stringify({ mediaType: "application/vnd.wattest.policy.v1+json" })])
      assert.equal(inspect(bytes).status, 2, bytes)
  })

  it("cannot be steered by what it shows", () => {
    const steering = Buffer.from(certificate).toString().replaceAll('"zone":"DE"', '"zone":"\\u202e\\u009b2J"')
    assert.doesNotMatch(inspect(steering).stdout, /[\u0080-\u009f\u202e]/)
  })
})
