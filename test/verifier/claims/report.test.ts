import assert from "node:assert/strict"
import { encodePresentation } from "@wattest/protocol"
import { renderPresentationHtml, renderPresentationText, verifyPresentation } from "@wattest/verifier"
import { CHOSEN_CASES } from "../../../scripts/generate/conformance/cases/chosen-runs.ts"
import { PRESENTATION_CASES } from "../../../scripts/generate/conformance/cases/presentation.ts"
import { OFFLINE } from "../judging.ts"
import { modelOf } from "./model.ts"

const resultOf = async (name: string) => {
  const cases = [...PRESENTATION_CASES, ...CHOSEN_CASES]
  const given = cases.find((candidate) => candidate.name === `presentation-${name}`)?.presentation
  assert.ok(given)
  return verifyPresentation(encodePresentation(given.document), given.policy, OFFLINE)
}

const SENTENCE = /took, uncertainty added,/

describe("a report on a presentation", () => {
  for (const name of ["valid", "chosen-valid"])
    it(`says what was proved: ${name}`, async () => {
      const result = await resultOf(name)
      assert.equal(modelOf(result).claims.length, 1)
      assert.match(renderPresentationText(modelOf(result)), SENTENCE)
      assert.match(renderPresentationHtml(modelOf(result)), SENTENCE)
    })

  for (const name of ["better-bound", "block-unknown", "chosen-withdrawn", "chosen-state-absent"])
    it(`shows nothing of a claim that was not proved: ${name}`, async () => {
      const result = await resultOf(name)
      assert.notEqual(result.verdict.status, "valid")
      assert.ok(!("claims" in result) && !("claim" in result.verdict))
      const json = modelOf(result)
      assert.deepEqual(json.claims, [])
      for (const text of [
        JSON.stringify(json),
        renderPresentationText(modelOf(result)),
        renderPresentationHtml(modelOf(result)),
      ])
        assert.doesNotMatch(text, /took, uncertainty added,|J per token/)
    })

  it("has a heading of findings where there are some, and none where there are none", async () => {
    const model = modelOf(await resultOf("valid"))
    const hasHeading = (findings: typeof model.findings) =>
      renderPresentationText({ ...model, findings }).includes("findings (")
    assert.ok(model.findings.length > 0)
    assert.deepEqual([hasHeading(model.findings), hasHeading([])], [true, false])
  })

  it("names the policy, and why the blocks under it were trusted", async () => {
    const result = await resultOf("valid")
    const json = modelOf(result)
    assert.ok(json.trustedBlocks.length > 0 && json.trustedBlocks.every(({ by }) => by === "list"))
    for (const text of [renderPresentationText(modelOf(result)), renderPresentationHtml(modelOf(result))]) {
      assert.ok(text.includes(json.policyDigest))
      assert.match(text, /chain \d+, blocks? [\d, ]+: listed in the policy/)
    }
    const unknown = await resultOf("block-unknown")
    assert.deepEqual(unknown.trustedBlocks, [])
    const listed = [result, unknown].map((one) => renderPresentationHtml(modelOf(one)).includes("Trusted blocks"))
    assert.deepEqual(listed, [true, false])
  })

  it("lists the checks that look at its kind of claim, and no others", async () => {
    const idsOf = async (name: string) => (await resultOf(name)).checks.map(({ id }) => id)
    const [period, chosen] = [await idsOf("valid"), await idsOf("chosen-valid")]
    assert.ok(period.includes("ends") && !period.includes("anchors"))
    assert.ok(chosen.includes("anchors") && !chosen.includes("ends"))
  })

  it("verifies no proof under a subject or terms that the policy refuses", async () => {
    const proofsOf = async (name: string) => {
      const { verdict } = (await resultOf(name)).checks.find(({ id }) => id === "proofs") ?? {}
      return verdict?.status === "undetermined" ? verdict.code : verdict?.status
    }
    for (const name of ["voucher-not-believed", "unopened", "development-keys", "segment-dropped"])
      assert.equal(await proofsOf(name), "NOT_REACHED", name)
    assert.equal(await proofsOf("better-bound"), "invalid")
  })
})
