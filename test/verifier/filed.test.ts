import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { ledgerIdOf } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import {
  judge,
  type Policy,
  type PresentationModel,
  parsePolicy,
  policyText,
  presentationReportShape,
  type ReportModel,
  renderHtml,
  renderPresentationHtml,
  renderPresentationText,
  renderText,
  UNACCEPTED_CODES,
} from "@wattest/verifier"
import { Ajv2020 } from "ajv/dist/2020.js"
import { judgeTogether } from "../../verifier/src/desk/desk.ts"
import { renderIndex } from "../../verifier/src/desk/output/html.ts"
import { renderLines } from "../../verifier/src/desk/output/lines.ts"
import { CHANGES } from "../../verifier/src/verdict.ts"
import { VERSION } from "../../verifier/src/version.ts"

const CASES = "conformance/cases"
const TIME = Date.UTC(2027, 0, 31) / 1000
const READERS = { signatures: nodeSignatures, chain: null }

const read = (name: string, file: string) => readFileSync(join(CASES, name, file))
const sha256 = (bytes: Uint8Array | string) => `0x${createHash("sha256").update(bytes).digest("hex")}`
const policyOf = (name: string) => parsePolicy(read(name, "policy.json"))

async function* pieces(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}

async function certificateReport(name: string, evidence: Uint8Array, policy = policyOf(name)): Promise<ReportModel> {
  const document = { name: "certificate.json", bytes: read(name, "certificate.json") }
  const file = { name: "evidence.ndjson", open: async () => pieces(evidence) }
  const judged = await judge(document, [file], { policy, readers: READERS, time: TIME })
  assert.ok(judged.kind === "certificate")
  return judged.model
}

async function presentationReport(name: string, policy = policyOf(name)): Promise<PresentationModel> {
  const document = { name: "presentation.json", bytes: read(name, "presentation.json") }
  const judged = await judge(document, [], { policy, readers: READERS, time: TIME })
  assert.ok(judged.kind === "presentation")
  return judged.model
}

/** Whether a value follows a published schema. */
function schemaOf(name: string): (value: unknown) => boolean {
  const follows = new Ajv2020({ strict: true }).compile(
    JSON.parse(readFileSync(`docs/schemas/${name}.schema.json`, "utf8")),
  )
  return (value) => follows(value)
}

describe("a report that is filed", () => {
  const evidence = read("valid-evidence", "evidence-0.ndjson")

  it("names every judged file by its SHA-256, compressed or refused at its first line", async () => {
    const broken = Buffer.concat([Buffer.from("no capture\n"), evidence])
    for (const [bytes, status] of [
      [evidence, "valid"],
      [gzipSync(evidence), "valid"],
      [broken, "invalid"],
    ] as const) {
      const { documents, verdict } = await certificateReport("valid-evidence", bytes)
      assert.equal(verdict.status, status)
      assert.deepEqual(
        documents.map((document) => [document.sha256, document.bytes]),
        [read("valid-evidence", "certificate.json"), bytes].map((file) => [sha256(file), file.length]),
      )
    }
    const { sha256: digest, bytes } = await presentationReport("presentation-valid")
    const file = read("presentation-valid", "presentation.json")
    assert.deepEqual([digest, bytes], [sha256(file), file.length])
  })

  it("holds the policy as the text of which its digest is the SHA-256, the version, and the caller's time", async () => {
    const models = [await certificateReport("valid-evidence", evidence), await presentationReport("presentation-valid")]
    for (const { policyText: text, policyDigest, verifier, time } of models) {
      assert.equal(sha256(text), policyDigest)
      assert.deepEqual([verifier, time], [VERSION, TIME])
    }
    assert.equal(models[0]?.policyText, policyText(policyOf("valid-evidence")))
    const { policyText: again } = models[1] ?? { policyText: "" }
    assert.equal(policyText(parsePolicy(new TextEncoder().encode(again))), again, "it is a policy")
  })

  it("says all of that on its page, and the hash of each trusted block", async () => {
    const certificate = await certificateReport("valid-evidence", evidence)
    const presentation = await presentationReport("presentation-valid")
    const shown = (text: string) => text.replaceAll("&quot;", '"')
    for (const [model, page, digests] of [
      [certificate, renderHtml(certificate), certificate.documents.map((document) => document.sha256)],
      [presentation, renderPresentationHtml(presentation), [presentation.sha256]],
    ] as const) {
      const parts = [...digests, model.policyDigest, model.policyText, "2027-01-31 00:00:00 UTC", `verifier ${VERSION}`]
      for (const part of [...parts, ...model.trustedBlocks.map(({ hash }) => hash)])
        assert.ok(shown(page).includes(part), part)
      assert.ok(model.trustedBlocks.length > 0)
    }
  })

  it("is the same for many documents: index, lines, and each page", async () => {
    const policy = policyOf("valid-evidence")
    const desk = { policy, time: TIME, offline: true, nodesDeadlineMs: 1000, pages: null, showsProgress: false }
    const result = await judgeTogether({ ...desk, paths: [join(CASES, "valid-evidence")], sample: null })
    const page = renderIndex(result).replaceAll("&quot;", '"')
    const files = [read("valid-evidence", "certificate.json"), evidence]
    for (const part of [...files.map(sha256), policyText(policy), "2027-01-31 00:00:00 UTC", `verifier ${VERSION}`])
      assert.ok(page.includes(part), part)
    const blocks = result.rows.flatMap(({ report }) => report?.trustedBlocks ?? [])
    assert.ok(blocks.length > 0 && blocks.every(({ hash }) => page.includes(hash)))
    const summary = JSON.parse(renderLines(result).trimEnd().split("\n").at(-1) ?? "")
    assert.deepEqual(
      [summary.verifier, summary.time, sha256(summary.policyText)],
      [VERSION, TIME, summary.policyDigest],
    )
    assert.ok(schemaOf("desk-line")(summary))
    assert.equal(schemaOf("desk-line")({ ...summary, time: "yesterday" }), false)
  })

  it("says a claim in fields, by its schema", async () => {
    const follows = schemaOf("presentation-report")
    const model = JSON.parse(JSON.stringify(await presentationReport("presentation-valid")))
    assert.ok(follows(model))
    assert.deepEqual(presentationReportShape(model, "report"), model)
    const [claim] = model.claims
    const [owner] = claim.tally.owners
    assert.deepEqual(
      [claim.metric, claim.lo, claim.hi, claim.unit, claim.work, claim.said],
      ["energy-per-work", "0", "50500", "µJ per unit", "token", "at most 0.0505 J per token"],
    )
    assert.equal(owner.ledger, ledgerIdOf(owner.operator, owner.voucher))
    const { from, to, asOf, filters, conditions, voids, unopened, runs } = claim.tally
    assert.ok(from < to && to < asOf && filters.model === "llama" && conditions.energyGrade === "measured")
    assert.deepEqual([voids, unopened, runs], [1, 0, "60"])
    for (const field of ["expectedMs", "meteredMs", "missingMs", "blindPpm", "vouchers"])
      assert.ok(field in claim.coverage)
    for (const field of ["metric", "unit", "lo", "hi", "work", "said", "tally", "coverage"]) {
      const { [field]: _, ...less } = claim
      assert.equal(follows({ ...model, claims: [less] }), false, field)
    }
  })

  it("says of every reason not to accept what to change, and of no other", async () => {
    assert.deepEqual(Object.keys(CHANGES), Object.keys(UNACCEPTED_CODES))
    for (const change of Object.values(CHANGES)) assert.match(change, /"[a-z]+[a-zA-Z.]*"/)
    const refusing = (policy: Policy): Policy => ({ ...policy, vouchers: [] })
    const name = "valid-evidence"
    const unaccepted = await certificateReport(name, evidence, refusing(policyOf(name)))
    assert.equal(unaccepted.verdict.change, CHANGES.VOUCHER_NOT_ACCEPTED)
    assert.match(renderText(unaccepted), /^UNACCEPTED .*\n.*\n {2}To accept it: add the account to "vouchers"/)
    const presentation = await presentationReport("presentation-valid", refusing(policyOf("presentation-valid")))
    assert.match(renderPresentationText(presentation), /\nTo accept it: add the account to "vouchers"/)
    for (const model of [await certificateReport(name, evidence), await certificateReport(name, Buffer.from("x\n"))])
      assert.equal(model.verdict.change, null)
  })

  it("claims no digit beyond those of the uncertainty", async () => {
    const text = renderText(await certificateReport("valid-evidence", evidence))
    const pairs = [...text.matchAll(/ ([\d.]+) \S+ ± ([\d.]+) /g)]
    assert.ok(pairs.length >= 3)
    const decimals = (number: string | undefined) => number?.split(".")[1]?.length ?? 0
    for (const [, value, spread] of pairs) assert.ok(decimals(value) <= decimals(spread), `${value} ± ${spread}`)
  })
})
