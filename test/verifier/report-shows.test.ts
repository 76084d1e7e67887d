import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import {
  extractModel,
  jobModel,
  type PresentationModel,
  parsePolicy,
  presentationModel,
  type ReportModel,
  renderExtractHtml,
  renderExtractText,
  renderHtml,
  renderJobHtml,
  renderJobText,
  renderPresentationHtml,
  renderPresentationText,
  renderText,
  reportModel,
  verdictOfWhole,
  verifyCertificate,
  verifyExtract,
  verifyJob,
  verifyPresentation,
} from "@wattest/verifier"
import type { JobModel } from "../../verifier/src/report/job/model.ts"
import { OFFLINE, piecesOf } from "./judging.ts"

const FILE = { name: "a.json", sha256: `0x${"0".repeat(64)}`, bytes: 1 } as const
const read = (name: string, file: string) => new Uint8Array(readFileSync(`conformance/cases/${name}/${file}`))
const judgingOf = (name: string) => ({ policy: parsePolicy(read(name, "policy.json")), time: null })

/** By these a report decides what to say: they are not changed. */
const DECIDING = new Set(["status", "id", "extent", "kind", "by", "inventory", "metric", "numerator", "denominator"])

/** The model with a mark of its own in place of each text, and where each mark stands. */
function marked<T>(model: T): { readonly model: T; readonly places: ReadonlyMap<string, string> } {
  const places = new Map<string, string>()
  const walk = (value: unknown, path: string, name: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => walk(item, `${path}[]`, name))
    if (value !== null && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, `${path}.${key}`, key)]))
    if (typeof value !== "string" || DECIDING.has(name)) return value
    const mark = `mark${places.size}mark`
    places.set(mark, path)
    return mark
  }
  return { model: walk(model, "", "") as T, places }
}

/** Texts of the model that a rendering does not show anywhere. */
function unsaid<T>(given: T, render: (model: T) => string): readonly string[] {
  const { model, places } = marked(given)
  const shown = render(model)
  return [...new Set([...places].flatMap(([mark, path]) => (shown.includes(mark) ? [] : [path])))].sort()
}

/** What neither text nor page shows: what it is by its form, and the sentence of what holds. */
const FORM = [".mediaType", ".verdict.sentence"]
const onlyOn = (page: readonly string[]) => [...FORM, ...page].sort()

describe("a report shows each text of its model", () => {
  const refused = { status: "unaccepted", code: "a", sentence: "b", detail: "c", change: "d" } as const
  const VALID = { status: "valid", code: null, sentence: "", detail: null, change: null } as const
  const expectations = [{ expected: "a", found: "b" }]
  /** In full they stand on the page. */
  const IN_FULL = [".policyText", ".trustedBlocks[].hash"]

  it("of a certificate", async () => {
    const name = "valid-evidence-gzip"
    const { policy } = judgingOf(name)
    const result = await verifyCertificate(read(name, "certificate.json"), policy, OFFLINE)
    const verdict = verdictOfWhole(result, [], policy)
    const finding = { severity: "warning", code: "CLOCK_JUMP", sentence: "a", detail: "b" } as const
    const model: ReportModel = {
      ...reportModel({ certificate: { ...FILE, result }, evidence: [], verdict, policy }),
      expectations,
      findings: [{ ...finding, run: "0", sequence: 1, count: 2 }],
    }
    assert.equal(model.verdict.status, "valid")
    const held = [".documents[].checks[].verdict.sentence", ".documents[].verdict.sentence"]
    // Shares are told in per cent; each number says its own grade and unit of work, and the extent its first run where
    // nothing is missing.
    const elsewhere = [".quantities[].unit", ".subject.energyGrade", ".subject.workGrade", ".subject.labels.unit"]
    const nowhere = [...held, ...elsewhere, ".subject.jobExtent.start"]
    const anchors = [".subject.registry", ".subject.runs[].position", ".subject.runs[].root"]
    const inText = [...nowhere, ...IN_FULL, ...anchors, ".documents[].checks[].stops", ".quantities[].formula"]
    assert.deepEqual(unsaid(model, renderHtml), onlyOn(nowhere))
    assert.deepEqual(unsaid(model, renderText), onlyOn(inText))
    const without = (paths: readonly string[]) => paths.filter((path) => path !== ".verdict.sentence")
    const unaccepted = { ...model, verdict: refused }
    assert.deepEqual(unsaid(unaccepted, renderHtml), without(onlyOn(nowhere)))
    assert.deepEqual(unsaid(unaccepted, renderText), without(onlyOn(inText)))
  })

  it("of a job", async () => {
    const judging = judgingOf("group-valid")
    const result = await verifyJob(piecesOf(read("group-valid", "job.ndjson")), judging.policy, OFFLINE)
    const model: JobModel = { ...jobModel({ ...FILE, result }, judging), expectations }
    const held = [".checks[].verdict.sentence", ".quantities[].unit"]
    // Of a check that is open the text has the reason in place of what it proves.
    const inText = [...held, ...IN_FULL, ".checks[].proves", ".checks[].stops", ".quantities[].formula"]
    const told = { name: "e", sha256: null, bytes: 1 }
    const unread = {
      ...told,
      verdict: { ...refused, change: null },
      device: null,
      run: null,
      kind: null,
      captures: null,
    }
    const shown = { ...told, verdict: VALID, device: "d", run: "1", kind: "excerpt", captures: 2 } as const
    for (const [evidence, its] of [
      [[], []],
      [[unread], []],
      [[shown], [".evidence[].verdict.sentence"]],
    ] as const) {
      assert.deepEqual(unsaid({ ...model, evidence }, renderJobHtml), onlyOn([...held, ...its]))
      assert.deepEqual(unsaid({ ...model, evidence }, renderJobText), onlyOn([...inText, ...its]))
    }
  })

  it("of an extract", async () => {
    const judging = judgingOf("extract-device")
    const result = await verifyExtract(read("extract-device", "extract.json"), judging.policy, OFFLINE)
    const model = extractModel({ ...FILE, result }, judging)
    const held = [".checks[].verdict.sentence"]
    assert.deepEqual(unsaid(model, renderExtractHtml), onlyOn(held))
    assert.deepEqual(unsaid(model, renderExtractText), onlyOn([...held, ...IN_FULL, ".checks[].stops"]))
  })

  it("of a presentation", async () => {
    const judging = judgingOf("presentation-valid")
    const result = await verifyPresentation(read("presentation-valid", "presentation.json"), judging.policy, OFFLINE)
    const given: PresentationModel = { ...presentationModel({ ...FILE, result }, judging), expectations }
    const [claim] = given.claims
    assert.ok(claim)
    const filters = { ...claim.tally.filters, party: "p", zone: "z", site: "s" }
    const model = { ...given, claims: [{ ...claim, share: "a share", tally: { ...claim.tally, filters } }] }
    // What its bounds are and what completeness it has is said in sentences, which are texts of the model themselves.
    const bounds = [".claims[].hi", ".claims[].lo", ".claims[].unit", ".claims[].work"]
    const told = (render: (given: PresentationModel) => string, ...about: readonly string[]) =>
      unsaid(model, render).filter((path) => !about.some((start) => path.startsWith(start)))
    const held = [".checks[].verdict.sentence", ...bounds]
    const [coverage, tally] = [".claims[].coverage.", ".claims[].tally."]
    const onPage = [...held, `${tally}conditions.required[]`, `${tally}filters.unit`]
    assert.deepEqual(told(renderPresentationHtml, coverage), onlyOn(onPage))
    const inText = [...held, ...IN_FULL, ".checks[].stops", ".claims[].said"]
    assert.deepEqual(told(renderPresentationText, coverage, tally), onlyOn(inText))
  })
})
