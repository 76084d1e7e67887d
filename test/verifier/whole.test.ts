import assert from "node:assert/strict"
import { verdictOfWhole } from "@wattest/verifier"

type Asked = Parameters<typeof verdictOfWhole>

/** A certificate of runs 0 and 1 that is valid, with evidence of these runs. */
const judged = (require: readonly string[], shown: readonly (readonly ["full" | "excerpt", bigint])[]) => {
  const certificate = { verdict: { status: "valid", claim: { runs: [{ run: 0n }, { run: 1n }] } }, findings: [] }
  const evidence = shown.map(([kind, run]) => ({ verdict: { status: "valid", claim: { kind, run } }, findings: [] }))
  const verdict = verdictOfWhole(...([certificate, evidence, { require }] as unknown as Asked))
  return verdict.status === "valid" ? "valid" : `${verdict.code}: ${verdict.detail}`
}

describe("a certificate together with its evidence", () => {
  it("has all captures of every run where the policy demands evidence: an excerpt is not enough", () => {
    const both = [
      ["full", 0n],
      ["full", 1n],
    ] as const
    assert.equal(judged(["evidence"], both), "valid")
    for (const shown of [both.slice(0, 1), [both[0], ["excerpt", 1n] as const]])
      assert.match(judged(["evidence"], shown), /^EVIDENCE_ABSENT: run 1 has/)
    assert.match(judged(["evidence"], []), /^EVIDENCE_ABSENT: run 0 has/)
    assert.equal(judged([], []), "valid")
  })
})
