import assert from "node:assert/strict"
import { encodeDocument } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { reportModel, verdictOfWhole, verifyCertificate } from "@wattest/verifier"
import { renderCsv } from "../../verifier/src/desk/output/csv.ts"
import { subjectOf } from "../../verifier/src/desk/output/table.ts"
import { OFFLINE } from "./judging.ts"

describe("a line of a table of documents", () => {
  it("has each number under its name, and formulas as text", async () => {
    const { certificate, policy } = tell({
      reading: ({ sources, ...capture }) => ({
        ...capture,
        sources: sources.opening ? { ...sources, opening: { ...sources.opening, model: "=1+1" } } : sources,
      }),
      statement: (statement) => ({ ...statement, model: "=1+1" }),
    })
    const result = await verifyCertificate(encodeDocument(certificate), policy, OFFLINE)
    const file = { name: "-a.json", sha256: `0x${"0".repeat(64)}`, bytes: 1, result } as const
    const model = reportModel({ certificate: file, evidence: [], verdict: verdictOfWhole(result, [], policy), policy })
    const row = { kind: "certificate", name: file.name, sha256: null, bytes: 1, evidence: [], page: null } as const
    const judged = { ...row, verdict: model.verdict, report: { ...model, claims: [] } }
    const rendered = renderCsv({ rows: [judged] })
    const [names = [], values = [], ...rest] = rendered.split("\r\n").map((line) => line.split(","))
    assert.deepEqual([names.length, rest], [values.length, [[""]]])
    const said = new Map(names.map((name, i) => [name, values[i]]))
    const { subject } = model
    assert.ok(subject)
    assert.deepEqual(
      ["document", "verdict", "device", "first_run", "model", "unit", "energy_grade"].map((name) => said.get(name)),
      ["'-a.json", "valid", subject.device, "0", "'=1+1", "token", subject.energyGrade],
    )
    assert.equal(said.get("start"), new Date(subject.startTimeMs).toISOString())
    assert.equal(subjectOf(judged), `${subject.device.slice(0, 10)}… 0`)
    const runs = [...subject.runs, ...subject.runs.map((run) => ({ ...run, run: "7" }))]
    const both = { ...judged, report: { ...judged.report, subject: { ...subject, runs } } }
    assert.equal(subjectOf(both), `${subject.device.slice(0, 10)}… 0–7`)
    assert.equal(subjectOf({ ...judged, report: null }), "")
  })
})
