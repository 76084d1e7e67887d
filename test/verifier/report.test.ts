import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { encodeDocument, type Json, parseCertificate, toJson, visible, visibleJson } from "@wattest/protocol"
import { excerptOf } from "@wattest/testkit/conformance/evidence"
import { type Story, tell } from "@wattest/testkit/conformance/story"
import {
  type ChainReader,
  POLICY_TEMPLATE,
  type Policy,
  parsePolicy,
  policyDigest,
  type ReportModel,
  renderHtml,
  renderText,
  reportModel,
  reportShape,
  verdictOfWhole,
  verifyCertificate,
  verifyEvidence,
} from "@wattest/verifier"
import { Ajv2020 } from "ajv/dist/2020.js"
import type { MeasureId } from "../../verifier/src/measure/catalogue.ts"
import { niceStep } from "../../verifier/src/report/chart/chart.ts"
import { formatDuration, formatQuantity, formatTime } from "../../verifier/src/report/numbers.ts"
import { OFFLINE, piecesOf, readerOf } from "./judging.ts"

/** A file whose digest nobody looks at. */
const FILE = { name: "a.json", sha256: `0x${"0".repeat(64)}`, bytes: 1 }

async function report(story: Story, change: (line: string) => string = (line) => line): Promise<ReportModel> {
  const { certificate, policy, evidence } = tell(story)
  const bytes = encodeDocument(certificate)
  const lines = new TextEncoder().encode((evidence[0] as string[]).map(change).join(""))
  const judged = await verifyCertificate(bytes, policy, OFFLINE)
  const shown = await verifyEvidence(piecesOf(lines), parseCertificate(bytes), { policy, readers: OFFLINE })
  const verdict = verdictOfWhole(judged, [shown], policy)
  return reportModel({
    certificate: { ...FILE, result: judged },
    evidence: [{ ...FILE, name: "a.ndjson", result: shown }],
    ...{ verdict, policy },
  })
}

const HOSTILE = `<script>alert("x")</script>&'`

const labelled = (model: string): Story => ({
  reading: ({ sources, ...capture }) => ({
    ...capture,
    sources: sources.opening ? { ...sources, opening: { ...sources.opening, model } } : sources,
  }),
  statement: (statement) => ({ ...statement, model }),
})

/** A run of a board of this name. */
const onBoard = (sku: string): Story => ({
  labels: (labels) => ({ ...labels, context: { ...labels.context, accelerators: [{ sku, id: "" }] } }),
})

/** What moves the cursor, clears the screen, or turns the direction of writing; lines end as the report ends them. */
const STEERING = /(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u
const STEERS = "x\n\u001b[2J\u009b2J\r\u202eVALID\u2028"

describe("the report", () => {
  it("calls the curve of an excerpt one of chosen captures, and gives it no utilisation", async () => {
    const { certificate, policy, evidence, device, captures } = tell({})
    const bytes = encodeDocument(certificate)
    const judged = await verifyCertificate(bytes, policy, OFFLINE)
    const shown = async (lines: readonly string[]) => {
      const stream = piecesOf(new TextEncoder().encode(lines.join("")))
      const result = await verifyEvidence(stream, parseCertificate(bytes), { policy, readers: OFFLINE })
      const verdict = verdictOfWhole(judged, [result], policy)
      const named = { certificate: { ...FILE, result: judged }, evidence: [{ ...FILE, result }] }
      return renderHtml(reportModel({ ...named, verdict, policy }))
    }
    const full = await shown(evidence[0] ?? [])
    assert.ok(full.includes("Run 0 over time") && full.includes("chart share"))
    const excerpt = await shown(excerptOf(device, 0n, captures[0] ?? [], [0, 7]))
    assert.ok(excerpt.includes("Run 0 at chosen captures: an excerpt"))
    assert.ok(!excerpt.includes("Run 0 over time") && !excerpt.includes("chart share"))
  })

  it("is one file without scripts or anything from elsewhere, with curves, phases, numbers, checks", async () => {
    const model = await report({ captures: 40 })
    const page = renderHtml(model)
    const { device, operator, voucher, registry } = model.subject ?? assert.fail()
    assert.doesNotMatch(page, /<script|https?:\/\/|@import|url\(/)
    for (const part of [
      '<svg class="chart power"',
      "chart share",
      "phase-decode",
      "Energy per unit",
      "J/token",
      "Stops ",
      "grade-declared",
      ...[device, operator, voucher, registry],
    ])
      assert.ok(page.includes(part), part)
    assert.doesNotMatch(page, / style="/, "a strict content security policy forbids style attributes")
  })

  it("draws no phases of a device that names none", async () => {
    const unnamed: Story = {
      reading: (capture) => ({ ...capture, gauges: { ...capture.gauges, phase: "unspecified" } }),
    }
    const [named, none] = [renderHtml(await report({})), renderHtml(await report(unnamed))]
    assert.deepEqual(
      [named, none].map((page) => page.includes("Phases, by energy")),
      [true, false],
    )
  })

  it("names the policy and says why each block was trusted, whatever the verdict", async () => {
    const story: Story = {}
    const { certificate, policy, blocks } = tell(story)
    const under = async (believed: Policy, chain: ChainReader | null = null) => {
      const result = await verifyCertificate(encodeDocument(certificate), believed, { ...OFFLINE, chain })
      const verdict = verdictOfWhole(result, [], believed)
      const model = reportModel({ certificate: { ...FILE, result }, evidence: [], verdict, policy: believed })
      assert.equal(model.policyDigest, policyDigest(believed))
      for (const text of [renderText(model), renderHtml(model)]) assert.ok(text.includes(model.policyDigest))
      return { model, text: renderText(model), html: renderHtml(model) }
    }
    const asking = (rpcs: readonly string[]): Policy => ({
      ...policy,
      chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks: [], rpcs })),
    })
    const listed = await under(policy)
    assert.match(listed.text, /\n {2}chain 31337, blocks 100, 99, 98, 90, 95: listed in the policy\n/)
    for (const [rpcs, words] of [
      [["http://a"], "on the word of one node alone"],
      [["http://a", "http://b"], "on the word of 2 nodes that agree"],
    ] as const) {
      const asked = await under(asking(rpcs), readerOf(blocks))
      assert.equal(asked.model.verdict.status, "valid")
      const [first] = asked.model.trustedBlocks
      assert.deepEqual(
        { ...first, hash: null },
        { chainId: 31337, number: "100", hash: null, by: "nodes", nodes: rpcs },
      )
      assert.equal(first?.hash, blocks.find(({ number }) => number === 100n)?.hash)
      for (const text of [asked.text, asked.html]) {
        assert.ok(text.includes(`chain 31337, blocks 100, 99, 98, 90, 95: ${words}`), text)
        assert.ok(!text.includes("listed in the policy"))
      }
    }
    const nobody = await under(asking([]))
    assert.equal(nobody.model.verdict.status, "undetermined")
    assert.deepEqual(nobody.model.trustedBlocks, [])
  })

  it("gives one digest to a policy in any spelling, and another to any other", () => {
    const { policy } = tell({})
    const json = toJson(policy) as { [name: string]: Json }
    const spelled = (value: Json) => policyDigest(parsePolicy(new TextEncoder().encode(JSON.stringify(value, null, 3))))
    assert.equal(spelled(json), policyDigest(policy))
    const { vouchesAsOf: _, ...silent } = json
    assert.equal(spelled(Object.fromEntries(Object.entries(silent).reverse())), policyDigest(policy))
    assert.notEqual(spelled({ ...json, vouchers: [] }), policyDigest(policy))
  })

  it("names the accelerators of all runs, and from where on they are others", async () => {
    const boards = (later: readonly string[]): Story => ({
      runs: 3,
      labels: ({ context, ...labels }, run) => ({
        ...labels,
        context: { ...context, accelerators: (run === 0n ? ["H100"] : later).map((sku) => ({ sku, id: "" })) },
      }),
    })
    const changed = await report(boards(["Tesla T4", "Tesla T4"]))
    assert.deepEqual(changed.subject?.accelerators, ["H100", "from run 1: Tesla T4 + Tesla T4"])
    assert.match(renderText(changed), /Accelerators +H100, from run 1: Tesla T4 \+ Tesla T4\n/)
    assert.deepEqual((await report(boards(["H100"]))).subject?.accelerators, ["H100"])
  })

  it("escapes what the operator wrote", async () => {
    const model = await report(labelled(HOSTILE))
    assert.equal(model.subject?.labels.model, HOSTILE)
    assert.ok(!renderHtml(model).includes("<script"))
    assert.ok(renderHtml(model).includes("&lt;script&gt;"))
  })

  it("lets no unit of work change a number or go on with it", async () => {
    const textWith = async (unit: string) => {
      const text = renderText(
        await report({
          labels: (labels) => ({ ...labels, unit }),
        }),
      )
      const lineOf = (title: string) => text.split("\n").find((line) => line.startsWith(`  ${title}  `)) ?? ""
      return [lineOf("Work"), lineOf("Energy per unit")] as const
    }
    for (const unit of ["1", "000", "%", "$`", "$&", "token ± 0 J/token  (calibrated; whole job)"]) {
      const [work, perWork] = await textWith(unit)
      assert.ok(work.includes(`500 "${unit}"  (declared;`), work)
      assert.ok(perWork.includes(` J/"${unit}" ± `), perWork)
    }
    // A unit that is spelled as one of ours takes no prefix.
    for (const unit of ["token", "J", "Bildpunkt"]) {
      const [work, perWork] = await textWith(unit)
      assert.ok(work.includes(`500 ${unit}  (declared;`), work)
      assert.ok(perWork.includes(` J/${unit} ± `), perWork)
    }
  })

  it("keeps what steers a terminal out of the text", async () => {
    const plain = renderText(await report(onBoard("x")))
    const text = renderText(await report(onBoard(STEERS)))
    assert.doesNotMatch(text, STEERING)
    assert.match(text, /\\u\{1b\}\[2J/)
    assert.equal(text.split("\n").length, plain.split("\n").length)
  })

  it("keeps what steers a terminal out of the reason of a refusal", async () => {
    const { certificate, policy } = tell({})
    const bytes = encodeDocument({ ...(certificate as object), [STEERS]: 1 })
    const result = await verifyCertificate(bytes, policy, OFFLINE)
    const verdict = verdictOfWhole(result, [], policy)
    const text = renderText(
      reportModel({ certificate: { ...FILE, name: STEERS, result }, evidence: [], verdict, policy }),
    )
    assert.match(text, /FIELD_UNKNOWN/)
    assert.doesNotMatch(text, STEERING)
  })

  it("keeps it out of the page and of the JSON, where a reader finds it as it was", async () => {
    const model = await report(onBoard(STEERS))
    const page = renderHtml(model)
    assert.doesNotMatch(page, STEERING)
    assert.match(page, /\\u\{9b\}2J/)
    const json = visibleJson(model)
    assert.doesNotMatch(json, STEERING)
    assert.match(json, /\\u009b2J\\r\\u202eVALID\\u2028/)
    assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(model)))
    assert.match(JSON.stringify(model), STEERING, "JSON alone would let it through")
  })

  it("makes every one of these characters visible, and no other", () => {
    const between = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
    const steering = [0x7f, ...between(0x80, 0x9f), ...between(0x202a, 0x202e), ...between(0x2066, 0x2069)]
    for (const code of [...steering, 0x200e, 0x200f, 0x061c, 0x2028, 0x2029]) {
      const character = String.fromCharCode(code)
      const [text, json] = [visible(character), visibleJson({ name: character })]
      assert.equal(text, `\\u{${code.toString(16)}}`)
      assert.equal(JSON.parse(json).name, character)
      for (const shown of [text, json]) assert.ok(!shown.includes(character))
    }
    const harmless = "Zürich, 東京, عربي, \u00a0\u202f\u200d"
    assert.equal(visible(harmless), harmless)
    assert.ok(visibleJson({ harmless }).includes(harmless))
  })

  it("shows no number of refused or open documents", async () => {
    const nobody = (policy: Policy) => ({
      ...policy,
      chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks: [] })),
    })
    const refused = await report({}, (line) => line.replace('"smOccupancy":8200', '"smOccupancy":8300'))
    const open = await report({ policy: nobody })
    assert.deepEqual([refused.verdict.status, open.verdict.status], ["invalid", "undetermined"])
    for (const model of [refused, open]) {
      assert.deepEqual([model.subject, model.quantities, model.curves], [null, [], []])
      assert.doesNotMatch(renderHtml(model), /class="tile"|<svg class="chart/)
      assert.doesNotMatch(renderText(model), /Energy per unit/)
    }
  })

  it("calls no number the job's unless the certificate holds the whole job", async () => {
    const shown = (...numbers: readonly bigint[]): Story => ({
      runs: 3,
      certificate: (given) => ({ ...given, runs: given.runs.filter(({ run }) => numbers.includes(run)) }),
    })
    const unnamed: Story = { labels: ({ context: { jobStart: _, ...context }, ...given }) => ({ ...given, context }) }
    const whole = await report(shown(0n, 1n, 2n))
    assert.deepEqual(whole.subject?.jobExtent, { extent: "whole", start: "0", missing: "" })
    assert.match(renderText(whole), /Extent +whole job, begun with run 0\n/)
    assert.match(renderText(whole), /Energy to solution +198 kJ ± 13 kJ + \(measured; whole job\)/)
    assert.match(renderHtml(whole), /<td>Energy to solution, whole job/)
    for (const [story, extent, name, missing] of [
      [shown(0n, 1n), "part", "part of a job", /^the job goes on after run 1$/],
      [{ ...shown(0n, 1n), ...unnamed }, "part", "part of a job", /^the job goes on after run 1$/],
      [{ ...shown(0n, 1n, 2n), ...unnamed }, "unknown", "not known to be a whole job", /does not say where its job/],
    ] as const) {
      const model = await report(story)
      assert.equal(model.verdict.status, "valid")
      assert.equal(model.subject?.jobExtent.extent, extent)
      assert.match(model.subject?.jobExtent.missing ?? "", missing)
      const totals = model.quantities.filter(({ run }) => run === null)
      assert.ok(totals.length > 5 && totals.every((quantity) => quantity.extent === extent))
      assert.ok(totals.every(({ id }) => id !== "energy-to-solution"))
      assert.match(renderText(model), new RegExp(`Energy per unit .*; ${name}\\)`))
      assert.match(renderText(model), new RegExp(`Extent +${name}: `))
      assert.ok(renderHtml(model).includes(`<h2>Energy per unit, ${name}</h2>`))
      for (const text of [renderText(model), renderHtml(model)]) {
        assert.doesNotMatch(text, /Energy to solution|whole job, begun/)
        assert.match(text, extent === "part" ? /JOB_PART/ : /JOB_EXTENT_UNKNOWN/)
      }
    }
  })

  it("follows its published schema, and the policy its own", async () => {
    const ajv = new Ajv2020({ strict: true })
    const schemaOf = (name: string) => ajv.compile(JSON.parse(readFileSync(`docs/schemas/${name}.schema.json`, "utf8")))
    const [follows, isPolicy] = [schemaOf("report"), schemaOf("policy")]
    const refused = await report({}, (line) => line.replace('"smOccupancy":8200', '"smOccupancy":8300'))
    for (const model of [await report({ captures: 20 }), refused]) {
      const value = JSON.parse(JSON.stringify(model)) as { [name: string]: Json }
      assert.ok(follows(value), JSON.stringify(follows.errors))
      assert.equal(follows({ ...value, extra: 1 }), false)
      assert.deepEqual(reportShape(value, "report"), value)
    }
    assert.ok(isPolicy(toJson(POLICY_TEMPLATE)) && isPolicy(toJson(tell({}).policy)))
    assert.equal(isPolicy({ ...POLICY_TEMPLATE, trustEverybody: true }), false)
  })

  it("survives times that no calendar has", () => {
    assert.equal(formatTime(2 ** 53 - 1), "9007199254740991 ms")
    assert.equal(formatTime(0), "1970-01-01 00:00:00 UTC")
  })

  it("writes numbers as people read them", () => {
    const of = (id: MeasureId, value: number, unit: string, uncertainty: number | null = null) =>
      formatQuantity({
        id,
        title: "",
        formula: "",
        own: false,
        run: null,
        extent: "whole",
        grade: "measured",
        value,
        unit,
        uncertainty,
      })
    assert.equal(of("energy", 12_115_000, "J", 61_000), "12.115 MJ ± 0.061 MJ")
    assert.equal(of("energy-per-work", 0.011_53, "J/sample"), "11.53 mJ/sample")
    assert.equal(of("idle-tax", 0.832_14, "1"), "83.21 %")
    assert.equal(of("work", 10_500, "1"), "10\u202f500 1")
    assert.equal(of("work", 194_304_000, "sample"), "194\u202f304\u202f000 sample")
    assert.equal(of("duration", 1694.52, "s"), "1694.5 s")
    assert.deepEqual([5, 754, 11_105].map(formatDuration), ["5s", "12:34", "3:05:05"])
    assert.deepEqual(
      [3, 70, 1110].map((range) => niceStep(range, 5)),
      [1, 20, 500],
    )
  })
})
