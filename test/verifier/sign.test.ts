import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { createHash, generateKeyPairSync, verify } from "node:crypto"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeDocument, toJson } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { REPORT_TYPE, signedStatement } from "@wattest/verifier"

const MAIN = "verifier/src/main.ts"
const TYPE = "application/vnd.wattest.signed-report.v1+json"

describe("a signed report", () => {
  const told = tell({ captures: 3 })
  let folder = ""
  const at = (name: string) => join(folder, name)
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" })
    return { status, stdout, stderr }
  }
  const check = (file: string, ...more: string[]) => run(at(file), "--policy", at("policy.json"), ...more)
  const signer = () => ["--signer", at("auditor.pub.pem")]
  const envelopeOf = (file: string) => JSON.parse(readFileSync(at(file), "utf8"))

  function writeKeys(name: string): void {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519")
    writeFileSync(at(`${name}.pem`), privateKey.export({ type: "pkcs8", format: "pem" }))
    writeFileSync(at(`${name}.pub.pem`), publicKey.export({ type: "spki", format: "pem" }))
  }

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-sign-"))
    mkdirSync(at("in"))
    writeFileSync(at("in/run.json"), encodeDocument(told.certificate))
    writeFileSync(at("in/run.ndjson"), told.evidence[0]?.join("") ?? "")
    writeFileSync(at("policy.json"), JSON.stringify(toJson(told.policy)))
    writeFileSync(at("other.json"), JSON.stringify(toJson({ ...told.policy, vouchesAsOf: 1 })))
    writeKeys("auditor")
    writeKeys("stranger")
    const signing = ["--sign", at("auditor.pem"), "--time", "2027-01-31", "--out", at("report.json")]
    const made = run(at("in"), "--policy", at("policy.json"), "--offline", ...signing)
    assert.equal(made.status, 0, made.stderr)
  })
  after(() => rmSync(folder, { recursive: true }))

  it("is a DSSE envelope that anybody checks with a key and a hash, and names everything", () => {
    const { payload, payloadType, signatures } = envelopeOf("report.json")
    const bytes = Buffer.from(payload, "base64")
    const signed = Buffer.concat([Buffer.from(`DSSEv1 ${TYPE.length} ${TYPE} ${bytes.length} `), bytes])
    assert.equal(payloadType, TYPE)
    assert.ok(verify(null, signed, readFileSync(at("auditor.pub.pem")), Buffer.from(signatures[0].sig, "base64")))
    const statement = signedStatement(JSON.parse(bytes.toString()), "$")
    const digestOf = (file: string) =>
      `0x${createHash("sha256")
        .update(readFileSync(at(file)))
        .digest("hex")}`
    assert.deepEqual(
      statement.documents.map(({ kind, sha256 }) => [kind, sha256]),
      [
        ["certificate", digestOf("in/run.json")],
        ["evidence", digestOf("in/run.ndjson")],
      ],
    )
    assert.equal(statement.time, Date.UTC(2027, 0, 31) / 1000)
    assert.equal(statement.verdict.status, "valid")
    assert.ok(statement.trustedBlocks.length > 0)
    assert.match(statement.policy.text, /"mediaType":"application\/vnd\.wattest\.policy\.v1\+json"/)
    assert.match(statement.report, /"type":"summary"/)
  })

  it("is verified by the same command, with the documents that it names or without", () => {
    const { status, stdout } = check("report.json", ...signer())
    assert.equal(status, 0)
    assert.match(stdout, /^VALID\n\nThis is the word of the signer 0x[0-9a-f]{64}, given for 2027-01-31 00:00:00 UTC/)
    assert.equal(run(at("report.json"), at("in"), "--policy", at("policy.json"), ...signer()).status, 0)
    const lacking = run(at("report.json"), at("in/run.json"), "--policy", at("policy.json"), ...signer())
    assert.deepEqual([lacking.status, /DOCUMENTS_NOT_SHOWN.*run\.ndjson/.test(lacking.stdout)], [3, true])
  })

  it("is refused where a byte or the signer is another, and believed by nobody who named no signer", () => {
    const { payload, ...rest } = envelopeOf("report.json")
    const text = Buffer.from(payload, "base64").toString().replace('"time":18', '"time":17')
    writeFileSync(at("changed.json"), JSON.stringify({ payload: Buffer.from(text).toString("base64"), ...rest }))
    const changed = check("changed.json", ...signer())
    assert.match(changed.stdout, /^INVALID SIGNATURE_INVALID/)
    assert.doesNotMatch(changed.stdout, /word of the signer/)
    assert.equal(changed.status, 1)
    assert.equal(check("report.json", "--signer", at("stranger.pub.pem")).status, 1)
    const unnamed = check("report.json")
    assert.deepEqual([unnamed.status, /^UNDETERMINED SIGNER_ABSENT/.test(unnamed.stdout)], [3, true])
  })

  it("is of one document and its evidence as well, and then holds that document's own report", () => {
    const given = [at("in/run.json"), "--evidence", at("in/run.ndjson"), "--policy", at("policy.json"), "--offline"]
    const signing = ["--sign", at("auditor.pem"), "--time", "2027-01-31", "--out", at("one.json")]
    const { status, stdout } = run(...given, ...signing, "--html", at("one.html"))
    assert.deepEqual([status, /^VALID\n\n {2}Model/.test(stdout)], [0, true])
    assert.match(readFileSync(at("one.html"), "utf8"), /class="report"/)
    const statement = signedStatement(JSON.parse(Buffer.from(envelopeOf("one.json").payload, "base64").toString()), "$")
    const report = JSON.parse(statement.report)
    assert.deepEqual([report.mediaType, report.time], [REPORT_TYPE, Date.UTC(2027, 0, 31) / 1000])
    assert.deepEqual(
      statement.documents.map(({ kind, sha256 }) => [kind, sha256]),
      report.documents.map(({ kind, sha256 }: { kind: string; sha256: string }) => [kind, sha256]),
    )
    assert.equal(statement.documents.length, 2)
    assert.deepEqual([statement.sample, statement.trustedBlocks], [null, report.trustedBlocks])
    assert.equal(check("one.json", ...signer()).status, 0)
    assert.equal(run(at("one.json"), at("in"), "--policy", at("policy.json"), ...signer()).status, 0)
    assert.equal(run(at("one.json"), at("in/run.json"), "--policy", at("policy.json"), ...signer()).status, 3)
    assert.equal(check("one.json", "--signer", at("stranger.pub.pem")).status, 1)
  })

  it("is of a presentation as well, and of a sample says how it was drawn", () => {
    const CASE = "conformance/cases/presentation-valid"
    const given = [`${CASE}/presentation.json`, "--policy", `${CASE}/policy.json`, "--offline"]
    const signing = ["--sign", at("auditor.pem"), "--time", "1", "--out", at("claim.json")]
    assert.equal(run(...given, ...signing).status, 0)
    assert.equal(run(at("claim.json"), "--policy", `${CASE}/policy.json`, ...signer()).status, 0)
    const shown = run(at("in/run.json"), "--policy", at("policy.json"), "--offline", "--json")
    const { device, runs } = JSON.parse(shown.stdout).subject
    writeFileSync(at("runs.csv"), `${device},${runs[0].run}\n`)
    const drawing = ["--population", at("runs.csv"), "--sample", "1", "--seed", "2027"]
    const drawn = run(at("in"), "--policy", at("policy.json"), "--offline", ...drawing, ...signing)
    assert.equal(drawn.status, 0, drawn.stdout)
    const { sample } = JSON.parse(Buffer.from(envelopeOf("claim.json").payload, "base64").toString())
    const { populationDigest, ...said } = sample
    const drew = { population: 1, drawn: 1, missing: 0, seed: "2027" }
    assert.deepEqual(said, { ...drew, source: at("runs.csv"), voids: 0 })
    assert.match(populationDigest, /^0x[0-9a-f]{64}$/)
  })

  it("is not accepted under another policy than yours", () => {
    const { status, stdout } = run(at("report.json"), "--policy", at("other.json"), ...signer())
    assert.deepEqual([status, /^UNACCEPTED POLICY_DIFFERS/.test(stdout)], [5, true])
  })

  it("keeps the verdict that was signed: a signature makes nothing valid", () => {
    const forged = Buffer.from(readFileSync(at("in/run.json")))
      .toString()
      .replace('"zone":"DE"', '"zone":"SE"')
    writeFileSync(at("forged.json"), forged)
    const signing = ["--sign", at("auditor.pem"), "--time", "1", "--out", at("bad.json")]
    assert.equal(run(at("forged.json"), "--policy", at("policy.json"), "--offline", ...signing).status, 1)
    const { status, stdout } = check("bad.json", ...signer())
    assert.deepEqual([status, /^INVALID /.test(stdout), /word of the signer/.test(stdout)], [1, true, true])
  })

  it("ends in a verdict whatever its bytes are, and asks for time and keys of the right kind", () => {
    for (const payload of ["", "e30=", "e30", "*", Buffer.from('{"mediaType":1}').toString("base64")]) {
      writeFileSync(at("odd.json"), JSON.stringify({ payload, payloadType: TYPE, signatures: [] }))
      assert.equal(check("odd.json", ...signer()).status, 1, payload)
    }
    writeFileSync(at("odd.json"), `{"payloadType":"${TYPE}",`)
    assert.equal(check("odd.json", ...signer()).status, 1)
    const sign = (...args: string[]) => run(at("in"), "--policy", at("policy.json"), "--offline", ...args)
    assert.match(sign("--sign", at("auditor.pem")).stderr, /a signed report bears a time/)
    const twice = run(at("report.json"), "--policy", at("policy.json"), "--sign", at("auditor.pem"), "--time", "1")
    assert.match(twice.stderr, /is signed already/)
    const nowhere = sign("--sign", at("auditor.pem"), "--time", "1", "--out", at("absent/report.json"))
    assert.match(nowhere.stderr, /absent is no folder\nhint: make it, or name another place with --out/)
    assert.match(sign("--sign", at("policy.json"), "--time", "1").stderr, /not a private Ed25519 key/)
    assert.match(check("report.json", "--signer", at("auditor.pem")).stderr, /not a public Ed25519 key/)
  })
})
