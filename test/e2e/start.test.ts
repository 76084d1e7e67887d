import assert from "node:assert/strict"
import { exec, execFile } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { parseCertificate } from "@wattest/protocol"
import { skip } from "@wattest/testkit/skip"
import { renderPage } from "../../scripts/page/render.ts"
import { NO_BROWSER, openBrowser, openPage, verify } from "../page/browser.ts"

const DATA = "../shared/data"
const MLPERF_TRAINING = `${DATA}/mlperf-training-v4.0-smc-8xH100-ac-vs-dc`
const RUN_WINDOW = ["--from", "1715257378825", "--to", "1715259073345"]

/** Public traces, and the energy in joules that their own sources give for them. */
const TRACES: readonly (readonly [name: string, words: readonly string[], joules: number])[] = [
  ["8×H100 metered at AC", [`${MLPERF_TRAINING}/ac/node_0.txt`, ...RUN_WINDOW], 12.115e6],
  ["8×H100 metered at DC", [`${MLPERF_TRAINING}/dc/node_0.txt`, ...RUN_WINDOW], 11.802e6],
  [
    "DGX A100",
    [
      `${DATA}/mlperf-inference-v2.0-nvidia-dgx-a100-maxq/run_1/spl.txt`,
      ...["--utc-offset=-08:00", "--from", "02-16-2022 14:10:33.448", "--to", "02-16-2022 14:23:29.911"],
      ...["--unit", "sample", "--work", "194304000"],
    ],
    2.2402e6,
  ],
  [
    "A100 by nvidia-smi",
    [
      `${DATA}/gpu-power-benchmark/5050/A100/gpudata.csv`,
      ...["--utc-offset", "+01:00", "--from", "1689325967233", "--to", "1689325976612", "--interval", "100ms"],
    ],
    1112.58,
  ],
]

/** Runs the demonstration into an empty folder and answers what it printed and the energy that it certified. */
async function demonstrate(folder: string, words: readonly string[]) {
  const { stdout } = await promisify(execFile)(process.execPath, ["scripts/demo.ts", "--out", folder, ...words])
  const [run] = parseCertificate(readFileSync(join(folder, "run-0.certificate.json"))).runs
  return { stdout, joules: Number(run?.statement.registers.energyMillijoules) / 1000 }
}

describe("npm start", function () {
  this.timeout(180_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-start-"))
  after(() => rmSync(folder, { recursive: true, force: true }))

  describe("with the sample", () => {
    let stdout = ""
    before(async () => {
      const startedAt = Date.now()
      const demonstrated = await demonstrate("build/demo", [])
      stdout = demonstrated.stdout
      assert.ok(demonstrated.joules > 0)
      assert.ok(Date.now() - startedAt < 90_000, `${Date.now() - startedAt} ms`)
    })

    it("makes a valid certificate and sees both forgeries refused", () => {
      assert.match(stdout, /\bvalid\b/i)
      assert.equal(stdout.match(/invalid: [A-Z_]+/g)?.length, 2)
      for (const file of ["policy.json", "report.html", "forged.certificate.json"])
        assert.ok(existsSync(join("build/demo", file)), file)
    })

    it("gets to its second act within a minute", () => {
      const [, seconds = ""] = /\n\d+\. Three days of a simulated fleet.* \((\d+\.\d) s\)/.exec(stdout) ?? []
      assert.ok(seconds !== "" && Number(seconds) < 60, `${seconds} s`)
    })

    it("proves a number over three days of five devices, and says that one was off for a night", () => {
      const [, claimed = ""] = stdout.split("VALID\n   \n   All runs ")
      assert.match(claimed, /^\(model "sample-8b", metered at the node\) .* among the 44 anchored /)
      assert.match(claimed, /, at most 0\.1 J per token \(energy graded simulated or better/)
      assert.match(
        claimed,
        /14\.67 device-days of 15 device-days expected \(0\.3333 device-days missing, as if 0\.11 devices/,
      )
      assert.match(claimed, /blind for at most 0\.1 % of the metered time/)
      assert.match(claimed, /5 devices at this boundary, of which 0 joined/)
    })

    it("sees the claim refused where nothing but a full fleet will do", () => {
      assert.match(stdout, /\n {3}unaccepted: TIME_MISSING \(tally 1: 2\.2222 % of the expected time/)
    })

    it("lists the blocks in its policy, and no node, so that nothing hangs on a chain that is gone", () => {
      const { chains } = JSON.parse(readFileSync("build/demo/policy.json", "utf8"))
      assert.ok(chains[0].trustedBlocks.length >= 3)
      assert.equal(chains[0].rpcs?.length ?? 0, 0)
    })

    it("says in three lines what to try next, and each works as typed", async () => {
      const lines = (stdout.split("\nTry next, without any chain:\n")[1] ?? "").trimEnd().split("\n")
      assert.equal(lines.length, 3)
      // one after the other, as a person would: npm start may install anew what the others load
      const said = []
      for (const line of lines) said.push(await promisify(exec)(line))
      assert.match(said[0]?.stdout ?? "", /run-0\.certificate\.json: valid[\s\S]*run-0\.evidence\.ndjson: valid/)
      assert.match(said[1]?.stdout ?? "", /build\/page\/index\.html/)
      assert.match(said[2]?.stdout ?? "", /usage: npm start/)
    })

    it("makes the first commands for auditors work as typed", async () => {
      const [block = ""] = /(?<=```sh\n)[\s\S]*?(?=```)/.exec(readFileSync("docs/verifying.md", "utf8")) ?? []
      const [first, ...commands] = block.trimEnd().split("\n")
      assert.equal(first, "npm start")
      assert.equal(commands.length, 2)
      for (const command of commands) assert.match((await promisify(exec)(command)).stdout, /\bvalid\b/)
    })

    it("is refused where one listed block is another: validity hangs on the policy's blocks", async () => {
      const policy = JSON.parse(readFileSync("build/demo/policy.json", "utf8"))
      for (const block of policy.chains[0].trustedBlocks) block.hash = `0x${"11".repeat(32)}`
      writeFileSync(join(folder, "policy.json"), JSON.stringify(policy))
      const words = ["build/demo/run-0.certificate.json", "--policy", join(folder, "policy.json")]
      await assert.rejects(promisify(execFile)(process.execPath, ["verifier/src/main.ts", ...words]))
    })

    it("is valid on the page too", async function () {
      if (NO_BROWSER !== null) return skip(this, NO_BROWSER)
      const file = join(folder, "page.html")
      writeFileSync(file, await renderPage())
      const { page } = await openPage(await openBrowser(), `file://${file}`)
      const names = ["run-0.certificate.json", "run-0.evidence.ndjson", "policy.json"]
      const files = names.map((name) => resolve("build/demo", name))
      assert.equal(await verify(page, files), "The verdict is valid.")
    })
  })

  for (const [name, words, expected] of TRACES)
    it(`certifies the energy of ${name} within 0.1 %`, async function () {
      const [trace = "", ...options] = words
      if (!existsSync(trace)) skip(this, `${trace} is absent`)
      const { joules } = await demonstrate(join(folder, name.replaceAll(/\W/g, "-")), ["--trace", trace, ...options])
      assert.ok(Math.abs(joules / expected - 1) < 0.001, `${joules} J, expected ${expected} J`)
    })

  it("refuses a trace that it cannot read, and leaves no certificate", async () => {
    const out = join(folder, "unreadable")
    await assert.rejects(demonstrate(out, ["--trace", "README.md"]), /README\.md/)
    assert.ok(!existsSync(join(out, "run-0.certificate.json")))
  })
})
