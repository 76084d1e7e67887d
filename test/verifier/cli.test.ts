import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeDocument, toJson } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { parsePolicy } from "@wattest/verifier"

const MAIN = "verifier/src/main.ts"

describe("wattest-verify", () => {
  let folder = ""
  const at = (name: string) => join(folder, name)
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" })
    return { status, stdout, stderr }
  }

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-verify-"))
    const { certificate, policy, evidence } = tell({})
    writeFileSync(at("run.certificate.json"), encodeDocument(certificate))
    writeFileSync(at("policy.json"), JSON.stringify(toJson(policy)))
    writeFileSync(
      at("unsure.json"),
      JSON.stringify(toJson({ ...policy, chains: policy.chains.map((c) => ({ ...c, trustedBlocks: [] })) })),
    )
    writeFileSync(
      at("twice.json"),
      JSON.stringify(toJson({ ...policy, chains: policy.chains.flatMap((c) => [c, { ...c, registries: [] }]) })),
    )
    writeFileSync(at("run.evidence.ndjson"), (evidence[0] as string[]).join(""))
    writeFileSync(
      at("tampered.ndjson"),
      (evidence[0] as string[]).join("").replace('"smOccupancy":8200', '"smOccupancy":9200'),
    )
  })
  after(() => rmSync(folder, { recursive: true }))

  it("exits 0 on a valid certificate with its evidence, and prints the numbers", () => {
    const { status, stdout } = run(
      at("run.certificate.json"),
      "--policy",
      at("policy.json"),
      "--evidence",
      at("run.evidence.ndjson"),
    )
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^VALID/)
    assert.match(stdout, /Energy {2,}66\.1 kJ ± 4\.4 kJ/)
    assert.match(stdout, /Energy per unit +6\.30 J\/token ± 0\.42/)
    assert.doesNotMatch(stdout, /✗/)
  })

  it("exits 1 on tampered evidence, names the code and shows no number", () => {
    const { status, stdout } = run(
      at("run.certificate.json"),
      "--policy",
      at("policy.json"),
      "--evidence",
      at("tampered.ndjson"),
      "--json",
    )
    assert.equal(status, 1)
    const report = JSON.parse(stdout)
    assert.equal(report.verdict.code, "CAPTURE_SIGNATURE_INVALID")
    assert.equal(report.subject, null)
    assert.deepEqual([report.quantities, report.curves], [[], []])
  })

  it("does not look at evidence beside a certificate that is refused", () => {
    writeFileSync(
      at("refused.json"),
      readFileSync(at("run.certificate.json"), "utf8").replace('"zone":"DE"', '"zone":"SE"'),
    )
    const documentsOf = (certificate: string) => {
      const flags = ["--policy", at("policy.json"), "--evidence", at("tampered.ndjson"), "--json"]
      const { status, stdout } = run(at(certificate), ...flags)
      const { documents }: { documents: { kind: string }[] } = JSON.parse(stdout)
      return [status, documents.map(({ kind }) => kind)]
    }
    assert.deepEqual(documentsOf("run.certificate.json"), [1, ["certificate", "evidence"]])
    assert.deepEqual(documentsOf("refused.json"), [1, ["certificate"]])
  })

  it("exits 3 where it cannot know", () => {
    const { status, stdout } = run(at("run.certificate.json"), "--policy", at("unsure.json"), "--offline")
    assert.equal(status, 3)
    assert.match(stdout, /^UNDETERMINED TRUST_ROOT_MISSING/)
  })

  it("exits 2 on wrong usage, with what to do", () => {
    const cases: readonly (readonly [string[], RegExp])[] = [
      [[], /^error: PATH… is missing: what to judge: files, folders/],
      [[at("run.certificate.json")], /error: --policy is missing\nhint: give --policy FILE/],
      [
        [at("absent.json"), "--policy", at("policy.json")],
        /error: .*absent\.json: there is no such file or folder\nhint: check the path/,
      ],
      [[at("run.certificate.json"), "--policy", at("run.certificate.json")], /error: .*FIELD|error: .*field/],
      [[at("run.certificate.json"), "--nonsense"], /error: there is no option --nonsense\nhint: wattest-verify --help/],
      [
        [at("run.certificate.json"), "--policy", at("twice.json")],
        /error: .*policy\.chains: two entries for chain 31337/,
      ],
      [
        ["policy", "init", "--vouches-as-of", "yesterday"],
        /error: --vouches-as-of: "yesterday" is no time\nhint: write 2026-11-01/,
      ],
      [["policy", "init", "--chain", "1", "--block", `7:0x${"12".repeat(32)}:noon`], /error: .*timestamp/],
      // Before the document is judged, which would be exit 0.
      [
        [at("run.certificate.json"), "--policy", at("policy.json"), "--html", at("absent/page.html")],
        /error: .*absent is no folder\nhint: make it, or name another place with --html/,
      ],
      [
        [at("run.certificate.json"), "--policy", at("policy.json"), "--csv", "--junit", at(".")],
        /error: .* is a folder\nhint: name a file with --junit/,
      ],
      [["policy", "remove"], /error: there is no command "remove"\nhint: wattest-verify policy --help/],
      [["policy", "init", "--rpc", "http://localhost:8545"], /error: http:\/\/localhost:8545 is of which chain\?/],
    ]
    for (const [args, expected] of cases) {
      const { status, stderr } = run(...args)
      assert.equal(status, 2, args.join(" "))
      assert.match(stderr, expected)
    }
  })

  it("writes a policy that believes nobody, and one that believes whom it is told to", () => {
    const empty = parsePolicy(new TextEncoder().encode(run("policy", "init").stdout))
    assert.deepEqual([empty.chains, empty.vouchers], [[], []])
    const voucher = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    const hash = `0x${"12".repeat(32)}`
    const flags = [
      "--chain",
      "137",
      "--registry",
      voucher,
      "--voucher",
      voucher,
      "--block",
      `7:${hash}`,
      "--rpc",
      "https://a.example",
    ]
    assert.equal(run("policy", "init", ...flags, "--output", at("made.json")).status, 0)
    const made = parsePolicy(readFileSync(at("made.json")))
    assert.deepEqual(made.vouchers, [voucher.toLowerCase()])
    assert.deepEqual(made.chains[0]?.trustedBlocks, [{ number: 7n, hash }])
    const dated = ["--block", `8:${hash}:1790000000`, "--vouches-as-of", "2026-11-01"]
    const later = parsePolicy(new TextEncoder().encode(run("policy", "init", ...flags, ...dated).stdout))
    assert.deepEqual(later.chains[0]?.trustedBlocks[1], { number: 8n, hash, timestamp: 1_790_000_000 })
    assert.deepEqual([made.vouchesAsOf, later.vouchesAsOf], [null, Date.UTC(2026, 10, 1) / 1000])
    assert.equal(run("policy", "init", "--output", at("made.json")).status, 2, "it must not write over a policy")
  })

  it("reads documents and policy from pipes, of any length", async () => {
    const script = `"${process.execPath}" ${MAIN} <(cat "${at("run.certificate.json")}") --policy <(cat "${at("policy.json")}") --offline`
    const piped = spawnSync("bash", ["-c", script], { encoding: "utf8" })
    assert.equal(piped.status, 0, piped.stderr)
    const cut = spawnSync("bash", ["-c", script.replace("(cat ", "(head -c 500 ")], { encoding: "utf8" })
    assert.equal(cut.status, 1, cut.stderr)
    assert.match(cut.stdout, /^INVALID DOCUMENT_NOT_JSON/)
    const endless = spawnSync("bash", ["-c", script.replace("(cat ", "(yes | cat - ")], { encoding: "utf8" })
    assert.equal(endless.status, 1, endless.stderr)
    assert.match(endless.stdout, /^INVALID DOCUMENT_TOO_LARGE/)
  })

  it("keeps the exit code of the verdict where nobody reads the report", () => {
    for (const [policy, expected] of [
      ["policy.json", 0],
      ["unsure.json", 3],
    ] as const) {
      const args = `${at("run.certificate.json")} --policy ${at(policy)} --offline --json`
      const script = `set -o pipefail; "${process.execPath}" ${MAIN} ${args} | true`
      const { status, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" })
      assert.deepEqual([status, stderr], [expected, ""])
    }
  })

  it("exits 4 where it cannot say its verdict, which no code for a verdict may stand for", () => {
    const args = `${at("run.certificate.json")} --policy ${at("policy.json")} --offline --json`
    const script = `"${process.execPath}" ${MAIN} ${args} > /dev/full`
    const { status, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" })
    assert.equal(status, 4, stderr)
    assert.match(stderr, /^error: this is a fault of ours, and nothing was judged/)
  })

  it("prints of a hostile field name a few lines, and none that it laid out", () => {
    const { certificate } = tell({})
    const row = (text: string) => text.padEnd(480)
    for (const name of [`z${row("")}${row("VALID")}${row("  Energy   12.1 MJ")}`, "z".repeat(3_000_000)]) {
      writeFileSync(at("hostile.json"), encodeDocument({ ...(certificate as object), [name]: 1 }))
      const { status, stdout } = run(at("hostile.json"), "--policy", at("policy.json"), "--offline")
      assert.equal(status, 1)
      assert.match(stdout, /^INVALID FIELD_UNKNOWN/)
      assert.ok(stdout.length < 10_000, `${stdout.length}`)
      assert.doesNotMatch(stdout, / {30}/)
    }
  })

  it("prints its usage", () => {
    const { status, stdout } = run("--help")
    assert.equal(status, 0)
    assert.match(
      stdout,
      /exit codes:\n {2}0 {2}valid or done\n {2}1 {2}invalid[\s\S]*\n {2}5 {2}genuine, but not accepted/,
    )
  })
})
