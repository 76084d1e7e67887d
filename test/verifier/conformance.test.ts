import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { foreignKind } from "@wattest/command"
import { parseCertificate, REJECT_CODES, type Rejection } from "@wattest/protocol"
import {
  parsePolicy,
  UNACCEPTED_CODES,
  type Verdict,
  verdictOfWhole,
  verifyCertificate,
  verifyEvidence,
  verifyExtract,
  verifyJob,
  verifyPresentation,
} from "@wattest/verifier"
import { CASES } from "../../scripts/generate/conformance/cases/index.ts"
import { CASE_FOLDER, filesOf } from "../../scripts/generate/conformance.ts"
import { OFFLINE, piecesOf } from "./judging.ts"

type Description = {
  readonly title: string
  readonly document: string
  readonly expect: { status: string; code?: string }
  readonly findings?: { readonly present: readonly string[]; readonly absent: readonly string[] }
  readonly evidence: readonly string[]
  readonly fillTo?: number
}

const read = (name: string, file: string) => new Uint8Array(readFileSync(join(CASE_FOLDER, name, file)))
const descriptionOf = (name: string) =>
  JSON.parse(readFileSync(join(CASE_FOLDER, name, "case.json"), "utf8")) as Description

function filled(bytes: Uint8Array, size = bytes.length): Uint8Array {
  const copy = new Uint8Array(size).fill(0x20)
  copy.set(bytes)
  return copy
}

const outcomeOf = (verdict: Verdict<unknown>) =>
  verdict.status === "valid" ? { status: verdict.status } : { status: verdict.status, code: verdict.code }

type Outcome = { readonly verdict: { status: string; code?: string }; readonly findings: readonly string[] }

/** The verdict on a case and its findings, by the library. */
async function judge(name: string): Promise<Outcome> {
  const { document, evidence, fillTo } = descriptionOf(name)
  const policy = parsePolicy(read(name, "policy.json"))
  const bytes = filled(read(name, document), fillTo)
  if (document === "presentation.json") {
    const { verdict, findings } = await verifyPresentation(bytes, policy, OFFLINE)
    return { verdict: outcomeOf(verdict), findings: findings.map(({ code }) => code) }
  }
  if (document === "extract.json") {
    const { verdict } = await verifyExtract(bytes, policy, OFFLINE)
    return { verdict: outcomeOf(verdict), findings: [] }
  }
  if (document === "job.ndjson") {
    const { verdict, findings } = await verifyJob(piecesOf(bytes, 65_536), policy, OFFLINE)
    return { verdict: outcomeOf(verdict), findings: findings.map(({ code }) => code) }
  }
  const judged = await verifyCertificate(bytes, policy, OFFLINE)
  const shown = []
  if (judged.checks[0]?.verdict.status === "valid")
    for (const file of evidence)
      shown.push(
        await verifyEvidence(piecesOf(read(name, file), 65_536), parseCertificate(bytes), { policy, readers: OFFLINE }),
      )
  const findings = [judged, ...shown].flatMap((result) => result.findings.map(({ code }) => code))
  return { verdict: outcomeOf(verdictOfWhole(judged, shown, policy)), findings }
}

const names = readdirSync(CASE_FOLDER)
const run = (...args: string[]) => spawnSync(process.execPath, ["conformance/run.mjs", ...args], { encoding: "utf8" })

describe("the conformance suite", () => {
  for (const name of names)
    it(`${name}: ${descriptionOf(name).title}`, async () => {
      const { expect, findings: { present, absent } = { present: [], absent: [] } } = descriptionOf(name)
      const { verdict, findings } = await judge(name)
      // A caller of the library says that the bytes are a certificate: they are an invalid one.
      const isForeign = expect.status === "not-ours"
      assert.equal(foreignKind(read(name, descriptionOf(name).document)) !== null, isForeign)
      assert.deepEqual(isForeign ? verdict.status : verdict, isForeign ? "invalid" : expect)
      for (const code of present) assert.ok(findings.includes(code), `${code} is not among ${findings}`)
      for (const code of absent) assert.ok(!findings.includes(code), `${code} is among ${findings}`)
    })

  it("is what the generator writes, byte for byte", function () {
    this.timeout(300_000)
    assert.deepEqual(names, CASES.map(({ name }) => name).sort())
    for (const given of CASES)
      for (const [file, bytes] of filesOf(given))
        assert.ok(Buffer.from(read(given.name, file)).equals(bytes), `${given.name}/${file}`)
  })

  it("has at least 60 cases, most of which must fail", () => {
    const failing = CASES.filter(({ expect }) => expect.status !== "valid")
    assert.ok(names.length >= 60 && failing.length > names.length / 2)
  })

  it("has a case for each reject code", () => {
    const shown = new Set(CASES.flatMap(({ expect }) => (expect.status === "invalid" ? [expect.code] : [])))
    const missing = Object.keys(REJECT_CODES).filter((code) => !shown.has(code as Rejection["code"]))
    assert.deepEqual(missing, [])
  })

  it("has a case for each reason for which a policy does not accept", () => {
    const shown = new Set<string>(CASES.flatMap(({ expect }) => (expect.status === "unaccepted" ? [expect.code] : [])))
    assert.deepEqual(Object.keys(UNACCEPTED_CODES).sort(), [...shown].sort())
  })

  it("drives the real command through its protocol", () => {
    const chosen = [
      ...["valid-evidence-gzip", "form-too-large", "capture-register-changed", "policy-other-chain"],
      "not-ours-",
      ...["valid-part-middle", "valid-job-interrupted", "valid-names-that-steer"],
    ].flatMap((name) => ["--only", name])
    const { status, stdout } = run(...chosen, "--", process.execPath, "verifier/src/main.ts")
    assert.equal(status, 0, stdout)
    assert.match(stdout, /14 of 14 cases as expected/)
  })

  it("fails a verifier that believes everything, one that says nothing, and one whose exit code lies", () => {
    const liar = 'console.log(JSON.stringify({ verdict: { status: "valid", code: null } }))'
    assert.match(
      run("--only", "key-small-order", "--", process.execPath, "-e", liar).stdout,
      /FAIL key-small-order: expected invalid KEY_INVALID, got valid/,
    )
    assert.match(
      run("--only", "key-small-order", "--", process.execPath, "-e", "0").stdout,
      /no verdict on its standard output/,
    )
    assert.match(
      run("--only", "valid-part-middle", "--", process.execPath, "-e", liar).stdout,
      /FAIL valid-part-middle: expected valid, got valid, no list of findings/,
    )
    const steering = 'console.log(JSON.stringify({ verdict: { status: "valid" }, party: "\\u009b2J" }))'
    assert.match(
      run("--only", "valid-names-that-steer", "--", process.execPath, "-e", steering).stdout,
      /expected valid, got valid, characters in the output that steer/,
    )
    const says = (...codes: string[]) => {
      const findings = JSON.stringify(codes.map((code) => ({ code })))
      return `console.log(JSON.stringify({ verdict: { status: "valid" }, findings: ${findings} }))`
    }
    for (const [script, said] of [
      [says(), /no finding JOB_PART/],
      [says("JOB_PART", "JOB_EXTENT_UNKNOWN"), /a finding JOB_EXTENT_UNKNOWN/],
      [says("JOB_PART"), /1 of 1 cases as expected/],
    ] as const)
      assert.match(run("--only", "valid-part-middle", "--", process.execPath, "-e", script).stdout, said)
    const exits = `${liar}; process.exit(1)`
    assert.match(run("--only", "valid-ed25519", "--", process.execPath, "-e", exits).stdout, /got valid, but exit 1/)
    const judges =
      'console.log(JSON.stringify({ verdict: { status: "invalid", code: "DOCUMENT_NOT_JSON" } })); process.exit(1)'
    assert.match(
      run("--only", "not-ours-pdf", "--", process.execPath, "-e", judges).stdout,
      /FAIL not-ours-pdf: expected not-ours, got invalid DOCUMENT_NOT_JSON/,
    )
    assert.match(
      run("--only", "valid-ed25519", "--", process.execPath, "-e", "process.exit(2)").stdout,
      /FAIL valid-ed25519: expected valid, got not-ours/,
    )
    assert.equal(run("--only", "valid-ed25519", "--", "/no/such/command").status, 1)
    assert.equal(run().status, 2)
  })
})
