import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { parseCertificate } from "@wattest/protocol"

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

  it("turns the sample into a valid certificate and sees both forgeries refused", async () => {
    const { stdout, joules } = await demonstrate(join(folder, "sample"), [])
    assert.match(stdout, /\bvalid\b/i)
    assert.equal(stdout.match(/invalid: [A-Z_]+/g)?.length, 2)
    assert.ok(joules > 0)
    for (const name of ["policy.json", "report.html", "forged.certificate.json"])
      assert.ok(existsSync(join(folder, "sample", name)), name)
  })

  for (const [name, words, expected] of TRACES)
    it(`certifies the energy of ${name} within 0.1 %`, async function () {
      const [trace = "", ...options] = words
      if (!existsSync(trace)) this.skip()
      const { joules } = await demonstrate(join(folder, name.replaceAll(/\W/g, "-")), ["--trace", trace, ...options])
      assert.ok(Math.abs(joules / expected - 1) < 0.001, `${joules} J, expected ${expected} J`)
    })

  it("refuses a trace that it cannot read, and leaves no certificate", async () => {
    const out = join(folder, "unreadable")
    await assert.rejects(demonstrate(out, ["--trace", "README.md"]), /README\.md/)
    assert.ok(!existsSync(join(out, "run-0.certificate.json")))
  })
})
