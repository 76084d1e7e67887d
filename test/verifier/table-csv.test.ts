import assert from "node:assert/strict"
import { encodeDocument } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { reportModel, verdictOfWhole, verifyCertificate } from "@wattest/verifier"
import { deskFinding } from "../../verifier/src/desk/across/findings.ts"
import { renderCsv } from "../../verifier/src/desk/output/csv.ts"
import { renderIndex } from "../../verifier/src/desk/output/html.ts"
import { renderTable, subjectOf } from "../../verifier/src/desk/output/table.ts"
import type { DeskResult } from "../../verifier/src/desk/result.ts"
import { reportVerdict } from "../../verifier/src/report/build.ts"
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
    const of = (id: string) => model.quantities.find((quantity) => quantity.id === id && quantity.run === null)
    assert.deepEqual(Object.fromEntries(said), {
      ...{ document: "'-a.json", kind: "certificate", sha256: "", verdict: "valid", code: "", detail: "" },
      ...{ device: subject.device, first_run: "0", last_run: "0" },
      ...{ start: new Date(subject.startTimeMs).toISOString(), end: new Date(subject.endTimeMs).toISOString() },
      ...{ model: "'=1+1", unit: "token", party: subject.labels.party },
      ...{ energy_joules: `${of("energy")?.value}`, energy_uncertainty_joules: `${of("energy")?.uncertainty}` },
      ...{ work_units: `${of("work")?.value}`, energy_per_unit_joules: `${of("energy-per-work")?.value}` },
      ...{ energy_grade: subject.energyGrade, work_grade: subject.workGrade, serious_findings: "0" },
    })
    assert.equal(subjectOf(judged), `${subject.device.slice(0, 10)}… 0`)
    const runs = [...subject.runs, ...subject.runs.map((run) => ({ ...run, run: "7" }))]
    const both = { ...judged, report: { ...judged.report, subject: { ...subject, runs } } }
    assert.equal(subjectOf(both), `${subject.device.slice(0, 10)}… 0–7`)
    assert.equal(subjectOf({ ...judged, report: null }), "")
  })
})

describe("the table of documents", () => {
  it("has a line for each, in a terminal and on a page, the sample, what they show together, the policy and the verdict", () => {
    const row = { sha256: null, bytes: 1, evidence: [], page: null, report: null } as const
    const refused = { status: "invalid", code: "FIELD_MISSING", detail: "$.keys" } as const
    const result: DeskResult = {
      ...{ verifier: "1.0.0", time: null, policyDigest: "0xabcd", policyText: "{}" },
      verdict: reportVerdict(refused),
      counts: { invalid: 1, unaccepted: 3, undetermined: 2, valid: 4 },
      rows: [
        { ...row, kind: "certificate", name: "a.json", verdict: reportVerdict(refused) },
        { ...row, kind: "receipt", name: "b.json", verdict: null },
      ],
      findings: [deskFinding("RUNS_MISSING", "run 7", ["a.json", "c.json"])],
      sample: {
        ...{ source: "runs.csv", population: 9, populationDigest: "0x12", voids: 0, seed: "2027" },
        drawn: [
          { device: "0x34", run: "5", documents: ["a.json", "c.json"] },
          { device: "0x56", run: "6", documents: [] },
          { device: "0x56", run: "7", documents: [] },
        ],
      },
    }
    assert.deepEqual(renderTable(result).split("\n"), [
      "  verdict  kind         document  runs",
      "✗ invalid  certificate  a.json          FIELD_MISSING: $.keys",
      "  –        receipt      b.json          compared with the others, judged by nobody",
      "",
      'sample: 3 of 9 runs, seed "2027"; 2 missing',
      "  of runs.csv, list 0x12",
      "  0x34 5  a.json, c.json",
      "  0x56 6  MISSING",
      "  0x56 7  MISSING",
      "",
      "  warning  RUNS_MISSING: runs of a device between those shown are in no document",
      "           run 7 (a.json, c.json)",
      "",
      "judged under policy 0xabcd",
      "INVALID: 4 valid, 1 invalid, 3 unaccepted, 2 undetermined",
      "",
    ])
    const page = renderIndex({
      ...result,
      rows: result.rows.map((given) => ({ ...given, page: `${given.name}.html` })),
    })
    assert.ok(page.includes('<a href="a.json.html">a.json</a>'))
    const said = page
      .replace(/^.*<body[^>]*>|<svg.*?<\/svg>/gs, "")
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ")
    const why = `A check refuses this. Rely on nothing in it; no number of it is shown. ${result.verdict.sentence}`
    const parts = [
      "Wattest Verification of 2 documents no time was given, verifier 1.0.0",
      `Invalid ${why} FIELD_MISSING $.keys valid 4 undetermined 2 unaccepted 3 invalid 1`,
      "Documents Verdict Document, SHA-256 Number, or reason against it",
      "invalid a.json certificate not read FIELD_MISSING: $.keys",
      "not judged b.json receipt not read compared with the others, judged by nobody",
      "What the documents show together They deserve a question. They are no part of the verdict. 1 warning",
      "warning runs of a device between those shown are in no document RUNS_MISSING run 7 (a.json, c.json)",
      'Sample 3 of 9 runs, drawn with the seed "2027" from runs.csv; SHA-256 of the list of runs 0x12 .',
      "Device Run Shown by 0x34 5 a.json, c.json 0x56 6 missing 0x56 7 missing",
      "What was believed Policy 0xabcd Is it yours?",
    ]
    assert.equal(said.slice(0, said.indexOf(" Time none")).replaceAll("&quot;", '"').trim(), parts.join(" "))
    const bare = renderTable({ ...result, rows: [], findings: [], sample: null }).split("\n")
    assert.deepEqual(bare.slice(1, 3), ["", "judged under policy 0xabcd"])
  })
})
