import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import {
  type PresentationModel,
  parsePolicy,
  presentationModel,
  renderPresentationHtml,
  verifyPresentation,
} from "@wattest/verifier"
import { deskFinding } from "../../verifier/src/desk/across/findings.ts"
import { renderJunit } from "../../verifier/src/desk/output/junit.ts"
import type { DeskResult } from "../../verifier/src/desk/result.ts"
import { SIGNED_REPORT_TYPE } from "../../verifier/src/judge.ts"
import { reportVerdict } from "../../verifier/src/report/build.ts"
import type { ReportJob, ReportPart } from "../../verifier/src/report/job/model.ts"
import { jobRows, partWords } from "../../verifier/src/report/job/words.ts"
import type { ReportBooks, ReportCheck } from "../../verifier/src/report/model.ts"
import { booksText } from "../../verifier/src/report/numbers.ts"
import { documentSection } from "../../verifier/src/report/page/checks.ts"
import { findingsSection } from "../../verifier/src/report/page/findings.ts"
import { verdictBanner } from "../../verifier/src/report/page/verdict.ts"
import type { ReportCoverage } from "../../verifier/src/report/presentation/model.ts"
import { checkLines } from "../../verifier/src/report/text.ts"
import type { SignedStatement } from "../../verifier/src/sign/statement.ts"
import { renderSigned } from "../../verifier/src/sign/text.ts"
import { OFFLINE } from "./judging.ts"

/** What a page says, a space for each element's end. */
const plain = (page: string) =>
  page
    .replace(/<svg.*?<\/svg>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()

const VALID = reportVerdict({ status: "valid" })
const OPEN = reportVerdict({ status: "undetermined", code: "CHAIN_UNAVAILABLE", detail: "nobody answers" })
const REFUSED = reportVerdict({ status: "invalid", code: "FIELD_MISSING", detail: "$.keys" })
const check = (verdict: ReportCheck["verdict"], required = true) =>
  ({ id: "a", title: "Form", proves: "It has a form", stops: "forms", required, verdict }) as ReportCheck

describe("what a report says of checks", () => {
  it("in a terminal: what holds, what refuses and what that stops, what is open and whether the policy asks for it", () => {
    const lines = (given: ReportCheck) => checkLines(given, (text) => text).map((line) => line.trim())
    assert.deepEqual(lines(check(VALID)), [`✓ ${"Form".padEnd(24)} It has a form`])
    const refused = [`✗ ${"Form".padEnd(24)} FIELD_MISSING: ${REFUSED.sentence}`, "$.keys", "This check stops forms."]
    assert.deepEqual(lines(check(REFUSED)), refused)
    const open = `? ${"Form".padEnd(24)} CHAIN_UNAVAILABLE: ${OPEN.sentence}`
    assert.deepEqual(lines(check(OPEN)), [open, "nobody answers"])
    assert.deepEqual(lines(check(OPEN, false)), [`${open} (not demanded by the policy)`, "nobody answers"])
  })

  it("on a page: how many hold, and how many are open that the policy does not demand", () => {
    const said = (...checks: readonly ReportCheck[]) =>
      plain(documentSection({ kind: "job", name: "a", sha256: "0x", verdict: VALID, checks }).text)
    const held = "Form It has a form Stops forms."
    const open = `${held} CHAIN_UNAVAILABLE ${OPEN.sentence}: nobody answers`
    const head = "Checks of the job valid a SHA-256 0x"
    const spare = "that the policy does not demand"
    const waived = `${open}. The policy does not demand this check.`
    const [fine, lent] = [check(VALID), check(OPEN, false)]
    assert.equal(said(fine, fine), `${head} 2 of 2 checks hold ${held} ${held}`)
    assert.equal(said(fine, lent), `${head} 1 of 2 checks hold, 1 ${spare} is open ${waived} ${held}`)
    assert.equal(said(lent, lent), `${head} 0 of 2 checks hold, 2 ${spare} are open ${waived} ${waived}`)
    assert.equal(said(fine, check(OPEN)), `${head} ${open} 1 of 2 checks hold ${held}`)
  })
})

describe("what a report says of findings", () => {
  it("on a page: serious ones open, of the others how many", () => {
    const one = (severity: "serious" | "warning" | "info") => ({ severity, sentence: "s", code: "C", detail: "d" })
    const [serious, warning, info] = [one("serious"), one("warning"), one("info")]
    const said = (...found: readonly ReturnType<typeof one>[]) => plain(findingsSection("T", found)?.text ?? "")
    const head = "T They deserve a question. They are no part of the verdict."
    assert.equal(said(), "")
    assert.equal(said(serious), `${head} serious s C d`)
    assert.equal(said(warning, serious, info), `${head} serious s C d 1 warning, 1 note warning s C d info s C d`)
    assert.match(said(warning, warning), /verdict\. 2 warnings warning s/)
    assert.match(said(info, info), /verdict\. 2 notes info s/)
  })

  it("beside a valid verdict: how many are serious", () => {
    const said = (serious: number) => plain(verdictBanner(VALID, serious).text)
    const means = "Valid Every check that the policy demands holds."
    const about = "about the quality of these numbers"
    assert.deepEqual([0, 1, 2].map(said), [
      ...[means, `${means} One serious finding ${about}`],
      `${means} 2 serious findings ${about}`,
    ])
    assert.equal(
      plain(verdictBanner(REFUSED, 2).text),
      `Invalid A check refuses this. Rely on nothing in it; no number of it is shown. ${REFUSED.sentence} FIELD_MISSING $.keys`,
    )
  })
})

describe("what a report says of books", () => {
  it("is where they come from, what is shown of sensors and time, and before how many runs they were lost", () => {
    const books: ReportBooks = {
      ...{ origin: "live", inventory: "shown", beacons: true, blindMs: 0, durationMs: 8000, broken: 0 },
    }
    const said = (change: Partial<ReportBooks>) => booksText({ ...books, ...change })
    const whole = "live, sensors exactly as vouched, beacons at both ends, never blind"
    assert.equal(said({}), whole)
    assert.equal(
      said({ inventory: "claimed", beacons: false, blindMs: 1001, broken: 1 }),
      "live, sensors said to be as vouched, not shown, without a beacon at both ends, blind for 12.5 % of the time, books lost before 1 run",
    )
    assert.equal(
      said({ inventory: "none", broken: 2 }),
      whole.replace("exactly as vouched", "not said to be as vouched").concat(", books lost before 2 runs"),
    )
  })
})

describe("what a report says of a job", () => {
  it("is who worked, where and how well it was metered; what nobody says is left out", () => {
    const job: ReportJob = {
      ...{ job: "j", workload: "", model: "", unit: "token", party: "", zones: ["DE", ""], sites: ["", "ber1"] },
      ...{ boundary: "node", origin: "live", energyGrade: "measured", workGrade: "declared", chains: [], owners: [] },
      ...{ devices: 2, runs: 3, broken: 0, startTimeMs: 0, endTimeMs: 1000, uncertaintyRule: "u" },
    }
    const rows = [
      ["Job", "j"],
      ["Boundary", "node, live"],
      ["Grades", "energy measured, work declared"],
      ["Devices", "2, 3 runs"],
      ["Time", "1970-01-01 00:00:00 UTC to 1970-01-01 00:00:01 UTC"],
      ["Zones, sites", "DE, ber1"],
      ["Uncertainty", "u"],
    ]
    assert.deepEqual(jobRows(job), rows)
    const devices = (change: Partial<ReportJob>) => new Map(jobRows({ ...job, ...change })).get("Devices")
    assert.equal(devices({ broken: 1, runs: 1 }), "2, 1 run, books lost before 1 of them")
  })

  it("is of each part its energy, its work, its time, and whether it lies beside the part before", () => {
    const part: ReportPart = {
      ...{ part: 0, outcome: "complete", devices: 1, missing: [], joined: [], left: [], voids: 0, sharedWork: false },
      ...{ startTimeMs: 0, endTimeMs: 1000, gapMs: null },
      ...{ energyJoules: 1234.5, uncertaintyJoules: 56.78, workUnits: "9" },
    }
    const words = (change: Partial<ReportPart>) => partWords({ ...part, ...change }, { unit: "token" })
    const time = "1970-01-01 00:00:00 UTC to 1970-01-01 00:00:01 UTC"
    assert.deepEqual(words({}), ["complete, 1 device: 1234.5 J ± 57 J, 9 token", time])
    assert.deepEqual(words({ startTimeMs: null }).slice(1), [])
    const gap = (gapMs: number) => words({ gapMs })[1]
    assert.deepEqual(
      [gap(0), gap(1), gap(-2500)],
      [...[time, `${time}, 0.001 s after the part before`], `${time}, 2.5 s of it beside the part before`],
    )
  })
})

describe("what a page says of how complete a claim is", () => {
  it("is each count of the tally's time, runs and devices", async () => {
    const read = (file: string) => new Uint8Array(readFileSync(`conformance/cases/presentation-valid/${file}`))
    const policy = parsePolicy(read("policy.json"))
    const result = await verifyPresentation(read("presentation.json"), policy, OFFLINE)
    const file = { name: "a.json", sha256: "0x00", bytes: 1, result } as const
    const model: PresentationModel = presentationModel(file, { policy, time: null })
    const [claim] = model.claims
    assert.ok(claim?.coverage)
    const coverage = {
      ...{ ...claim.coverage, expectedMs: "9000000", meteredMs: "7200000", missingMs: "1800000", blindPpm: "12345" },
      ...{ broken: "3", devices: 4, joined: 5, retired: 6, withdrawn: 7, neverEnrolled: "8", unproven: "9" },
    }
    const tally = { ...claim.tally, runs: "61", voids: 10, unopened: 11 }
    const said = (change: Partial<ReportCoverage>) => {
      const shown = renderPresentationHtml({
        ...model,
        claims: [{ ...claim, tally, coverage: { ...coverage, ...change } }],
      })
      return /How complete it is (.*?) What (?:share|was proved)/.exec(plain(shown))?.[1]
    }
    const rest = [
      "Blind at most 1.2345 % of the metered time",
      "Runs 61, of which 10 void and 11 unopened",
      "Books lost before 3 runs at most",
      "Devices 4 at this boundary; in the period 5 joined, 6 retired, 7 withdrawn",
      "Never enrolled 8 devices that the voucher named",
    ].join(" ")
    assert.equal(
      said({}),
      `Metered at least 2 device-hours Expected 2.5 device-hours Missing 0.5 device-hours ${rest} Not proved when 9 devices of the ledgers metered`,
    )
    assert.equal(
      said({ expectedMs: null, missingMs: null, unproven: "0" }),
      `Metered at least 2 device-hours Expected not known Missing not known ${rest}`,
    )
  })
})

describe("what a signed report says to people", () => {
  it("is who gave it for which time, under which policy, on which blocks, and the verdict on each document", () => {
    const block = { chainId: 1, number: "7", hash: "0x", by: "list", nodes: [] } as const
    const statement: SignedStatement = {
      ...{ mediaType: SIGNED_REPORT_TYPE, verifier: "1.0.0", time: 60, verdict: VALID, trustedBlocks: [block] },
      ...{ policy: { digest: "0xabcd", text: "{}" }, sample: null, report: "" },
      documents: [
        { kind: "certificate", name: "a", sha256: "0x12", verdict: VALID },
        { kind: "receipt", name: "b", sha256: null, verdict: null },
      ],
    }
    assert.deepEqual(renderSigned({ verdict: VALID, signer: "0xee", statement }).split("\n"), [
      ...["VALID", ""],
      "This is the word of the signer 0xee, given for 1970-01-01 00:01:00 UTC with verifier 1.0.0.",
      "judged under policy 0xabcd, which is yours",
      ...["  chain 1, block 7: listed in the policy", ""],
      "verdict  kind         document  SHA-256",
      "valid    certificate  a         0x12",
      "–        receipt      b         not read",
      "",
    ])
    const refused = `INVALID FIELD_MISSING: ${REFUSED.sentence} ($.keys)\n`
    assert.equal(renderSigned({ verdict: REFUSED, signer: null, statement: null }), refused)
  })
})

describe("what pipelines are told of documents", () => {
  it("is a case for each with the reason against it, and one for all together that repeats none of these", () => {
    const row = { sha256: null, bytes: 1, evidence: [], page: null, report: null } as const
    const result: DeskResult = {
      ...{ verifier: "1.0.0", time: null, policyDigest: "0xabcd", policyText: "{}", sample: null, findings: [] },
      ...{ verdict: REFUSED, counts: { invalid: 1, unaccepted: 0, undetermined: 1, valid: 1 } },
      rows: [
        { ...row, kind: "certificate", name: "a", verdict: VALID },
        { ...row, kind: "job", name: "b", verdict: REFUSED },
        { ...row, kind: "extract", name: "c", verdict: OPEN },
        { ...row, kind: "receipt", name: "d", verdict: null },
      ],
    }
    const lines = (change: Partial<DeskResult>) => renderJunit({ ...result, ...change }).split("\n")
    const at = (element: string) => `  <testcase classname="wattest.${element}`
    const together = `${at('together" name="all documents together"')}`
    assert.deepEqual(lines({}), [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuite name="wattest verify" tests="5" failures="1" errors="1">',
      `${at('certificate" name="a"')}/>`,
      `${at('job" name="b"')}><failure type="invalid" message="FIELD_MISSING: ${REFUSED.sentence}">$.keys</failure></testcase>`,
      `${at('extract" name="c"')}><error type="undetermined" message="CHAIN_UNAVAILABLE: ${OPEN.sentence}">nobody answers</error></testcase>`,
      `${at('receipt" name="d"')}><skipped/></testcase>`,
      `${together}></testcase>`,
      "</testsuite>",
      "",
    ])
    const found = [deskFinding("RUNS_MISSING", "run 7", ["a"]), deskFinding("VOUCH_UNUSED", "v<", ["b"])]
    const verdict = reportVerdict({ status: "undetermined", code: "SAMPLE_NOT_SHOWN", detail: "1 of 2" })
    assert.deepEqual(lines({ verdict, findings: found }).slice(-4, -2), [
      `${together}><error type="undetermined" message="SAMPLE_NOT_SHOWN: 1 of 2"/><system-out>warning RUNS_MISSING: run 7`,
      "info VOUCH_UNUSED: v&lt;</system-out></testcase>",
    ])
  })
})
