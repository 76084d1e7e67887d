import assert from "node:assert/strict"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { deviceIdOf, fromHex, parseDocument, submission, submissionMessage } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { attest, checkArchive } from "@wattest/testkit/attester/program"
import { SAMPLE_PATH, sampleTrace } from "../../scripts/generate/sample-trace.ts"

const DATA = join(import.meta.dirname, "../../../shared/data")
const SMC = "mlperf-training-v4.0-smc-8xH100-ac-vs-dc"

describe("wattest-attest replay", () => {
  let home: string
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-"))
    home = join(folder, "device")
    assert.equal(attest("init", "--home", home).status, 0)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const replay = (...args: string[]) => attest("replay", ...args, "--home", home, "--json")
  const energyOf = (stdout: string) => Number(JSON.parse(stdout).registers.energyMillijoules) / 1000

  it("makes the shipped sample into a simulated run that holds together", () => {
    const { status, stdout, stderr } = replay(
      SAMPLE_PATH,
      "--utc-offset",
      "Z",
      "--grade",
      "simulated",
      "--work",
      "5400",
      "--accepted",
      "5300",
      "--unit",
      "token",
      "--model",
      "llama",
      "--zone",
      "GB",
      "--carbon-intensity",
      "180",
      "--water-intensity",
      "1.8",
      "--interval",
      "5s",
    )
    assert.equal(status, 0, stderr)
    const record = checkArchive(JSON.parse(stdout).folder)
    const { registers: r, energyGrade, workGrade } = record.statement
    assert.equal(energyGrade, "simulated")
    assert.equal(workGrade, "declared")
    assert.equal(r.workUnits, 5400n)
    assert.equal(r.acceptedUnits, 5300n)
    assert.ok(r.idleMillijoules > 0n && r.idleMillijoules < r.energyMillijoules / 5n)
    assert.equal(r.carbonMilligrams, (r.energyMillijoules * 180n) / 3_600_000n)
    assert.equal(statSync(join(JSON.parse(stdout).folder, "run.json")).mode & 0o777, 0o600)
  })

  it("ships the sample that its script makes", () => {
    assert.equal(readFileSync(SAMPLE_PATH, "utf8"), sampleTrace())
  })

  const EXPECTED: readonly (readonly [string, number, string[]])[] = [
    ["SMC 8×H100, AC side", 12.115e6, [`${SMC}/ac/node_0.txt`, "--from", "1715257378825", "--to", "1715259073345"]],
    ["SMC 8×H100, DC side", 11.802e6, [`${SMC}/dc/node_0.txt`, "--from", "1715257378825", "--to", "1715259073345"]],
    [
      "DGX A100 MaxQ",
      2.2402e6,
      [
        "mlperf-inference-v2.0-nvidia-dgx-a100-maxq/run_1/spl.txt",
        "--from",
        "02-16-2022 14:10:33.448",
        "--to",
        "02-16-2022 14:23:29.911",
        "--time-zone",
        "America/Los_Angeles",
        "--work",
        "194304000",
      ],
    ],
    [
      "A100",
      1112.58,
      [
        "gpu-power-benchmark/5050/A100/gpudata.csv",
        "--from",
        "1689325967233",
        "--to",
        "1689325976612",
        "--utc-offset",
        "+01:00",
      ],
    ],
    [
      "RTX 3090, average",
      2439.5,
      [
        "gpu-power-benchmark/5050/3090/gpudata.csv",
        "--from",
        "1688840907717",
        "--to",
        "1688840917150",
        "--utc-offset",
        "+01:00",
        "--power-column",
        "power.draw.average",
      ],
    ],
    [
      "RTX 3090, instant",
      2461.7,
      [
        "gpu-power-benchmark/5050/3090/gpudata.csv",
        "--from",
        "1688840907717",
        "--to",
        "1688840917150",
        "--time-zone",
        "Europe/London",
      ],
    ],
  ]
  for (const [name, joules, [trace = "", ...args]] of EXPECTED)
    it(`meters ${name} at ${joules} J within 0.1 %`, function () {
      if (!existsSync(DATA)) {
        console.log(`      skipped: ${DATA} is absent`)
        this.skip()
      }
      const { status, stdout, stderr } = replay(join(DATA, trace), ...args)
      assert.equal(status, 0, stderr)
      const energy = energyOf(stdout)
      assert.ok(Math.abs(energy / joules - 1) < 0.001, `${energy} J`)
      checkArchive(JSON.parse(stdout).folder)
      if (args.includes("--work")) assert.equal(((energy / 194_304_000) * 1000).toFixed(2), "11.53")
    })

  const CARBON = join(DATA, "codecarbon-emissions/ai-care-emissions.csv")
  it("imports each row of CodeCarbon's file as an estimated run", function () {
    if (!existsSync(CARBON)) {
      console.log(`      skipped: ${CARBON} is absent`)
      this.skip()
    }
    const zone = ["--time-zone", "America/Chicago"]
    const all = replay(CARBON, ...zone)
    assert.equal(all.status, 1)
    assert.match(all.stderr, /the file holds [0-9]+ runs/)
    const rows = Number(/holds ([0-9]+) runs/.exec(all.stderr)?.[1])
    const [header = "", ...lines] = readFileSync(CARBON, "utf8").trimEnd().split("\n")
    assert.equal(lines.length, rows)
    for (const row of [1, 3, rows]) {
      const { status, stdout, stderr } = replay(CARBON, ...zone, "--record", String(row))
      assert.equal(status, 0, stderr)
      const { statement } = checkArchive(JSON.parse(stdout).folder)
      assert.equal(statement.energyGrade, "estimated")
      const fields = lines[row - 1]?.split(",") ?? []
      const kWh = Number(fields[header.split(",").indexOf("energy_consumed")])
      assert.ok(Math.abs(Number(statement.registers.energyMillijoules) / (kWh * 3.6e9) - 1) < 0.001)
    }
    assert.equal(replay(CARBON, ...zone, "--record", String(rows + 1)).status, 1)
  })

  it("imports a Zeus measurement, whose start the caller gives", () => {
    const zeus = write(
      JSON.stringify({ time: 12.5, gpu_energy: { 0: 1000.25, 1: 999.75 }, cpu_energy: { 0: 55 }, dram_energy: null }),
    )
    assert.match(replay(zeus).stderr, /does not say when it began/)
    const { status, stdout, stderr } = replay(zeus, "--from", "2026-01-05T09:00:00Z")
    assert.equal(status, 0, stderr)
    const { statement } = checkArchive(JSON.parse(stdout).folder)
    assert.equal(statement.registers.energyMillijoules, 2_000_000n)
    assert.equal(statement.registers.acceleratorMillijoules, 2_000_000n)
    assert.equal(statement.energyGrade, "measured")
    assert.equal(statement.endTimeMs - statement.startTimeMs, 12_500)
    assert.match(replay(write('{"time": 1, "gpu_energy": {"0": -1}}'), "--from", "0").stderr, /no Zeus measurement/)
  })

  const write = (text: string) => {
    const path = join(folder, "trace")
    writeFileSync(path, text)
    return path
  }
  const LOG = (time: number, value: unknown) =>
    `:::MLLOG ${JSON.stringify({ key: "power_reading", time_ms: time, value })}`
  const CSV = "timestamp, power.draw [W], utilization.gpu [%]\n"
  const BAD: readonly (readonly [string, string, string[], RegExp])[] = [
    ["an unknown format", "hello\n", [], /trace:1: no trace of a known format/],
    ["a line that is not JSON", `${LOG(1, 5)}\n:::MLLOG {nope\n`, [], /trace:2: .*not JSON/],
    ["a value that is no number", `${LOG(1, 5)}\n${LOG(2, "5x")}\n`, [], /trace:2: power_reading is "5x"/],
    ["a power below zero", `${LOG(1, 5)}\n${LOG(2, -5)}\n`, [], /trace:2: .*below zero/],
    ["time that goes back", `${LOG(5, 5)}\n${LOG(2, 5)}\n`, [], /trace:2: time goes back by 3 ms/],
    ["a single reading", `${LOG(5, 5)}\n`, [], /1 power readings/],
    ["times without a zone", `${CSV}2026/01/05 09:00:00.000, 70 W, 0 %\n`, [], /trace:2: the times have no zone/],
    ["a row of another length", `${CSV}2026/01/05 09:00:00.000, 70 W\n`, ["--utc-offset", "Z"], /trace:2: 2 fields/],
    ["a power column that is not there", CSV, ["--utc-offset", "Z", "--power-column", "x"], /trace:1: no column x/],
    [
      "a date that is none",
      `${CSV}2026/02/30 09:00:00.000, 70 W, 0 %\n`,
      ["--utc-offset", "Z"],
      /trace:2: .*no time of the calendar/,
    ],
    [
      "a local time that is there twice",
      `${CSV}2025/10/26 01:30:00.000, 70 W, 0 %\n`,
      ["--time-zone", "Europe/London"],
      /trace:2: .*there twice/,
    ],
    ["a window outside the trace", `${LOG(1000, 5)}\n${LOG(2000, 5)}\n`, ["--from", "500"], /does not lie within/],
    [
      "PTDaemon's lines with a field missing",
      "Time,02-16-2022 14:09:58.969,Watts,1480.0,Volts,-1\n",
      ["--utc-offset", "Z"],
      /trace:1: expected Amps as field 7/,
    ],
  ]
  for (const [what, text, args, message] of BAD)
    it(`refuses ${what} and leaves no output`, () => {
      const { status, stdout, stderr } = replay(write(text), ...args)
      assert.equal(status, 1)
      assert.match(stderr, message)
      assert.equal(stdout, "")
      assert.deepEqual(readdirSync(home).sort(), ["device.journal", "key.pem", "lock"])
    })

  it("refuses a file that is not there", () => {
    const { status, stderr } = replay(join(folder, "absent"))
    assert.equal(status, 1)
    assert.match(stderr, /absent:1: ENOENT/)
  })

  it("signs a submission of all runs, and numbers runs upwards", () => {
    const args = [SAMPLE_PATH, "--utc-offset", "Z", "--grade", "simulated"]
    const roots = [replay(...args), replay(...args)].map(({ stdout }) => JSON.parse(stdout).root)
    const registry = `0x${"11".repeat(20)}` as const
    const { stdout } = attest("submit", "--home", home, "--chain", "31337", "--registry", registry)
    const signed = parseDocument(Buffer.from(stdout.trimEnd()), submission, 1 << 20)
    assert.deepEqual(signed.roots, roots)
    assert.equal(signed.firstRun, 0n)
    const message = submissionMessage({ chainId: 31337, registry }, deviceIdOf(signed.device), 0n, signed.roots)
    assert.ok(nodeSignatures(signed.device)(fromHex(signed.signature), message))
  })
})
