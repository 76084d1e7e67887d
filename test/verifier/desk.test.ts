import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { type Certificate, encodeDocument, parseCertificate, toJson, type VouchDocument } from "@wattest/protocol"
import { ed25519Device } from "@wattest/testkit/conformance/keys"
import { type Story, tell } from "@wattest/testkit/conformance/story"
import { deskLineShape, type Policy } from "@wattest/verifier"
import { Ajv2020 } from "ajv/dist/2020.js"

const MAIN = "verifier/src/main.ts"
const RUNS = 20

const certificateOf = (story: Story): Certificate => parseCertificate(encodeDocument(tell(story).certificate))

type Line = { readonly type: string; readonly [field: string]: unknown }
type DocumentLine = Line & {
  readonly name: string
  readonly kind: string
  readonly sha256: string | null
  readonly verdict: { readonly status: string; readonly code: string | null } | null
  readonly evidence: readonly { readonly name: string; readonly sha256: string | null }[]
}

const isDocument = (line: Line): line is DocumentLine => line.type === "document"

describe("many documents", () => {
  let folder = ""
  const at = (...names: string[]) => join(folder, ...names)
  const verify = (args: readonly string[], input = "") => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8", input })
    return { status, stdout, stderr }
  }
  const linesOf = (stdout: string): readonly Line[] =>
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
  const documentsIn = (stdout: string) => linesOf(stdout).flatMap((line) => (isDocument(line) ? [line] : []))
  const codesIn = (stdout: string) =>
    linesOf(stdout)
      .filter(({ type }) => type === "finding")
      .map(({ code }) => code)
  const judge = (...args: string[]) => verify([...args, "--policy", at("policy.json"), "--offline", "--json"])

  const story: Story = { runs: RUNS, captures: 3 }
  const told = tell(story)
  const whole = certificateOf(story)
  const evidence = told.evidence.map((lines) => lines.join(""))
  const writePolicy = (policy: Policy) => writeFileSync(at("policy.json"), JSON.stringify(toJson(policy)))
  const single = (run: number) => encodeDocument({ ...whole, runs: whole.runs.slice(run, run + 1) })

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-desk-"))
    writePolicy(told.policy)
    mkdirSync(at("year", "q1"), { recursive: true })
    // Names say nothing of what files are.
    for (let run = 0; run < RUNS; run++) writeFileSync(at("year", run % 2 ? "q1" : "", `${run}.txt`), single(run))
    writeFileSync(at("year", "notes.pdf"), "%PDF-1.7")
    writeFileSync(at("year", "forged.txt"), Buffer.from(single(3)).toString().replace('"zone":"DE"', '"zone":"SE"'))
    writeFileSync(at("year", "cut.txt"), single(4).subarray(0, -1))
    writeFileSync(at("year", "q1", "curve"), evidence[2] ?? "")
    writeFileSync(at("year", "zipped"), gzipSync(evidence[5] ?? ""))
    writeFileSync(at("year", "lies"), (evidence[7] ?? "").replace('"smOccupancy":8', '"smOccupancy":9'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it("get the verdicts that they get one by one, few here or many on threads", () => {
    const { status, stdout } = judge(at("year"))
    assert.equal(status, 1)
    const rows = documentsIn(stdout)
    assert.equal(rows.length, RUNS + 3)
    for (const { name, verdict, evidence: beside } of rows.filter(({ kind }) => kind !== "evidence")) {
      const flags = beside.flatMap((file) => ["--evidence", file.name])
      const alone = JSON.parse(judge(name, ...flags).stdout)
      assert.deepEqual(verdict, alone.verdict, name)
    }
    const few = documentsIn(judge(at("year", "forged.txt"), at("year", "0.txt")).stdout)
    assert.deepEqual(
      few.map(({ verdict }) => verdict?.status),
      ["invalid", "valid"],
    )
  }).timeout(120_000)

  it("find each other by content, and digests say which bytes were judged", () => {
    const rows = documentsIn(judge(at("year")).stdout)
    const evidenceOf = (name: string) => rows.find((row) => row.name === at("year", name))?.evidence ?? []
    assert.deepEqual(
      evidenceOf("2.txt").map(({ name }) => name),
      [at("year", "q1", "curve")],
    )
    assert.match(evidenceOf("2.txt")[0]?.sha256 ?? "", /^0x[0-9a-f]{64}$/)
    assert.equal(evidenceOf(join("q1", "5.txt")).length, 1)
  })

  it("say nothing of a certificate by a forgery that lies beside it", () => {
    const rows = documentsIn(judge(at("year")).stdout)
    const rowOf = (...name: string[]) => rows.find((row) => row.name === at("year", ...name))
    assert.deepEqual([rowOf("q1", "7.txt")?.verdict?.status, rowOf("q1", "7.txt")?.evidence.length], ["valid", 0])
    assert.equal(rowOf("lies")?.verdict?.code, "CAPTURE_SIGNATURE_INVALID")
    assert.match(rowOf("lies")?.sha256 ?? "", /^0x[0-9a-f]{64}$/)
  })

  it("answer lines of the published schema", () => {
    const schema = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
      JSON.parse(readFileSync("docs/schemas/desk-line.schema.json", "utf8")),
    )
    for (const line of linesOf(judge(at("year")).stdout)) {
      assert.ok(schema(line), JSON.stringify(schema.errors))
      assert.ok(deskLineShape(line as never, "$"))
    }
    assert.equal(schema({ type: "document" }), false)
  })

  it("are files, folders, patterns or a list, each looked at once", () => {
    const names = (run: { stdout: string }) => documentsIn(run.stdout).map(({ name }) => name)
    const args = ["--policy", at("policy.json"), "--offline", "--json"]
    assert.deepEqual(
      names(judge(at("year", "1*.txt"))),
      ["10", "12", "14", "16", "18"].map((n) => at("year", `${n}.txt`)),
    )
    const list = `# two\n${at("year", "0.txt")}\n\n${at("year", "2.txt")}\n${at("year", "0.txt")}\n`
    assert.deepEqual(names(verify(["-", ...args], list)), [at("year", "0.txt"), at("year", "2.txt")])
    assert.equal(names(judge(at("year"), at("year", "0.txt"))).length, RUNS + 3)
    const piped = verify(["-", ...args], Buffer.from(single(0)).toString())
    assert.deepEqual([piped.status, JSON.parse(piped.stdout).verdict.status], [0, "valid"])
  })

  it("may lie among files of others, unless somebody names one of these", () => {
    const named = judge(at("year", "0.txt"), at("year", "notes.pdf"))
    assert.equal(named.status, 2)
    assert.match(named.stderr, /notes\.pdf is no document of ours/)
    assert.match(judge(at("none*"), at("year")).stderr, /there is no such file or folder/)
    mkdirSync(at("empty"), { recursive: true })
    assert.match(judge(at("empty")).stderr, /no document of ours among these files/)
  })

  it("leave evidence without its certificate undetermined", () => {
    const { status, stdout } = judge(at("year", "0.txt"), at("year", "q1", "curve"))
    assert.equal(status, 3)
    assert.equal(documentsIn(stdout).at(-1)?.verdict?.code, "CERTIFICATE_ABSENT")
  })

  it("show which runs of a device are missing, and what they took", () => {
    const { status, stdout } = judge(at("year", "0.txt"), at("year", "2.txt"), at("year", "q1", "3.txt"))
    assert.equal(status, 0)
    assert.deepEqual(codesIn(stdout), ["RUNS_MISSING"])
    const took = Number(whole.runs[1]?.statement.registers.energyMillijoules) / 3.6e9
    const detail = String(linesOf(stdout).find(({ type }) => type === "finding")?.detail)
    assert.match(detail, /run 1, [0-9.e-]+ kWh in them/)
    assert.ok(Math.abs(Number(/([0-9.e-]+) kWh/.exec(detail)?.[1]) / took - 1) < 1e-3, detail)
    assert.deepEqual(codesIn(judge(at("year", "0.txt"), at("year", "q1", "1.txt")).stdout), [])
  })

  it("draw the same sample from the same list in any order, and say what is missing of it", () => {
    const { id } = told.device
    const population = Array.from({ length: RUNS + 30 }, (_, run) => `${id},${run}`)
    writeFileSync(at("population.csv"), `device,run\n${population.join("\n")}\n`)
    writeFileSync(at("reversed.csv"), population.toReversed().join("\n"))
    const drawn = (list: string, seed: string) => {
      const { status, stdout } = judge(at("year"), "--population", at(list), "--sample", "6", "--seed", seed)
      const runs = linesOf(stdout).filter(({ type }) => type === "drawn")
      return { status, stdout, runs, shown: runs.filter(({ documents }) => (documents as []).length > 0) }
    }
    const first = drawn("population.csv", "2026-Q1")
    assert.deepEqual(first.runs, drawn("reversed.csv", "2026-Q1").runs)
    assert.notDeepEqual(first.runs, drawn("population.csv", "2026-Q2").runs)
    assert.equal(first.runs.length, 6)
    const judgedRuns = documentsIn(first.stdout).length
    assert.ok(judgedRuns < RUNS, `only what was drawn is judged, ${judgedRuns} were`)
    assert.ok(first.shown.length < 6 && [1, 3].includes(first.status ?? 0))
    writeFileSync(at("small.csv"), `${id} 0\n${id};2;what follows\n`)
    const all = judge(
      at("year", "0.txt"),
      at("year", "2.txt"),
      "--population",
      at("small.csv"),
      "--sample",
      "2",
      "--seed",
      "x",
    )
    assert.equal(all.status, 0)
    const lacking = judge(at("year", "0.txt"), "--population", at("small.csv"), "--sample", "2", "--seed", "x")
    assert.equal(lacking.status, 3)
    assert.match(lacking.stdout, /SAMPLE_NOT_SHOWN/)
    writeFileSync(at("wrong.csv"), "0x12,7\n")
    assert.equal(judge(at("year"), "--population", at("wrong.csv"), "--sample", "2", "--seed", "x").status, 2)
    assert.equal(judge(at("year"), "--population", at("small.csv")).status, 2)
    assert.equal(judge(at("year"), "--sample", "2").status, 2)
  })

  it("are told of as table, CSV, JUnit and pages, in which documents steer nothing", () => {
    const hostile = at("hostile")
    mkdirSync(hostile, { recursive: true })
    const name = join(hostile, '=HYPERLINK("x"),<b>&')
    writeFileSync(name, readFileSync(at("year", "forged.txt")))
    writeFileSync(join(hostile, "good"), single(0))
    const flags = [hostile, "--policy", at("policy.json"), "--offline"]
    const table = verify(flags)
    assert.match(table.stdout, /✗ invalid +certificate/)
    assert.match(table.stdout, /INVALID: 1 valid, 1 invalid, 0 unaccepted, 0 undetermined\n$/)
    const csv = verify([...flags, "--csv"]).stdout
    assert.equal(csv.split("\r\n").length, 4)
    assert.match(csv, /""x""/)
    const reports = ["--junit", at("junit.xml"), "--html", at("pages")]
    assert.equal(verify([...flags, ...reports]).status, 1)
    const junit = readFileSync(at("junit.xml"), "utf8")
    assert.match(junit, /<testsuite name="wattest verify" tests="3" failures="1" errors="0">/)
    assert.match(junit, /=HYPERLINK\(&quot;x&quot;\),&lt;b&gt;&amp;/)
    const index = readFileSync(at("pages", "index.html"), "utf8")
    assert.match(index, /default-src 'none'/)
    assert.doesNotMatch(index, /<b>&|<script/)
    const pages = readdirSync(at("pages"))
    assert.equal(pages.length, 3)
    for (const page of pages) if (page !== "index.html") assert.ok(index.includes(`href="${page}"`))
    assert.doesNotMatch(readFileSync(at("pages", pages.find((page) => page !== "index.html") ?? ""), "utf8"), /<script/)
  })

  it("say how far they are only where it is asked for, and never on the answer", () => {
    const quiet = judge(at("year", "0.txt"), at("year", "2.txt"))
    const told = judge(at("year", "0.txt"), at("year", "2.txt"), "--progress")
    assert.equal(quiet.stderr, "")
    assert.match(told.stderr, /2 of 2 judged\n$/)
    assert.equal(told.stdout, quiet.stdout)
  })
})

describe("one meter in two devices", () => {
  const metering = (share: string | undefined) => (vouch: VouchDocument) => ({
    ...vouch,
    sensors: vouch.sensors.map((sensor) => ({ ...sensor, serial: sensor.id === "psu" ? "PDU-17" : "" })),
    metering: vouch.metering.map((use) => (use.sensor === "psu" && share !== undefined ? { ...use, share } : use)),
  })
  const device = (i: number, share?: string): Story => ({
    ...{ device: ed25519Device(`rack ${i}`), chainId: 100 + i, captures: 3, vouch: metering(share) },
    labels: ({ context, ...labels }) => ({
      ...labels,
      context: {
        ...context,
        metering: context.metering.map((use) =>
          use.sensor === "psu" && share !== undefined ? { ...use, share } : use,
        ),
      },
    }),
    statement: (statement) => (share === undefined ? statement : { ...statement, energyGrade: "allocated" }),
  })

  function codesOf(stories: readonly Story[], exit = 0, ...more: readonly string[]): readonly string[] {
    const folder = mkdtempSync(join(tmpdir(), "wattest-meter-"))
    try {
      const told = stories.map((story) => tell(story))
      const policy = {
        ...(told[0]?.policy as Policy),
        chains: told.flatMap(({ policy: { chains } }) => chains),
        grades: { energy: "allocated", work: "declared" },
      }
      writeFileSync(join(folder, "policy"), JSON.stringify(toJson(policy)))
      mkdirSync(join(folder, "in"))
      for (const [i, { certificate }] of told.entries())
        writeFileSync(join(folder, "in", `${i}`), encodeDocument(certificate))
      const flags = [join(folder, "in"), "--policy", join(folder, "policy"), "--offline", "--json", ...more]
      const { stdout, status } = spawnSync(process.execPath, [MAIN, ...flags], { encoding: "utf8" })
      assert.equal(status, exit, stdout)
      const lines = stdout.trimEnd().split("\n")
      return lines.map((line) => JSON.parse(line)).flatMap(({ type, code }) => (type === "finding" ? [code] : []))
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  it("is a serious finding, unless declared shares add up to at most 1", () => {
    assert.deepEqual(codesOf([device(1), device(2)]), ["SENSOR_SHARED"])
    assert.deepEqual(codesOf([device(1)]), [])
    assert.deepEqual(codesOf([device(1, "0.5"), device(2, "0.5")]), [])
    assert.deepEqual(codesOf([device(1, "0.5"), device(2, "0.5"), device(3, "0.5")]), ["SENSOR_SHARED"])
  }).timeout(60_000)

  it("is not accepted by who accepts no serious finding", () => {
    assert.deepEqual(codesOf([device(1), device(2)], 5, "--fail-on", "serious"), ["SENSOR_SHARED"])
  })
})
