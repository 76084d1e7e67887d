import assert from "node:assert/strict"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { deviceIdOf, fromHex, parseDocument, submission, submissionMessage } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { archivedRuns, attest, checkArchive } from "@wattest/testkit/attester/program"
import { SAMPLE_PATH, sampleTrace } from "../../../scripts/generate/sample-trace.ts"

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
    [
      "time that goes back",
      `${LOG(1, 5)}\n${LOG(3, 5)}\n${LOG(5, 5)}\n${LOG(2, 5)}\n`,
      [],
      /trace:4: time goes back by 3 ms/,
    ],
    ["a single reading", `${LOG(5, 5)}\n`, [], /1 readings of trace.power: a trace needs two/],
    ["times without a zone", `${CSV}2026/01/05 09:00:00.000, 70 W, 0 %\n`, [], /trace:2: the times have no zone/],
    ["a row of another length", `${CSV}2026/01/05 09:00:00.000, 70 W\n`, ["--utc-offset", "Z"], /trace:2: 2 fields/],
    [
      "a power column that is not there",
      CSV,
      ["--utc-offset", "Z", "--power-column", "x"],
      /trace:1: no column x\nhint: choose by --power-column: power\.draw\n/,
    ],
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
      "Time,02-16-2022 14:09:58.969,Watts,1480.0,Volts\n",
      ["--utc-offset", "Z"],
      /trace:1: Volts has no value/,
    ],
  ]
  for (const [what, text, args, message] of BAD)
    it(`refuses ${what} and leaves no output`, () => {
      const { status, stdout, stderr } = replay(write(text), ...args)
      assert.equal(status, 2)
      assert.match(stderr, message)
      assert.equal(stdout, "")
      assert.deepEqual(readdirSync(home).sort(), ["device.journal", "key.pem"])
    })

  it("refuses a file that is not there", () => {
    const { status, stderr } = replay(join(folder, "absent"))
    assert.equal(status, 2)
    assert.match(stderr, /absent: there is no such file or folder\nhint: /)
  })

  it("takes no trace twice over the same time", () => {
    const args = [SAMPLE_PATH, "--utc-offset", "Z"]
    assert.equal(replay(...args).status, 0)
    const { status, stderr } = replay(...args)
    assert.equal(status, 2)
    assert.match(stderr, /the recording begins at .*, the device's last run ended at/)
  })

  it("says that its run is recorded, with the worse grade that is asked for", () => {
    assert.equal(
      JSON.parse(replay(SAMPLE_PATH, "--utc-offset", "Z", "--grade", "declared").stdout).energyGrade,
      "declared",
    )
    assert.deepEqual(
      archivedRuns(home).map(({ statement }) => statement.origin),
      ["recorded"],
    )
  })

  it("refuses totals that contradict each other or that no register holds", () => {
    const refused = (...args: readonly string[]) => {
      const { status, stderr } = replay(SAMPLE_PATH, "--utc-offset", "Z", ...args)
      assert.equal(status, 2, stderr)
      return stderr
    }
    assert.match(refused("--work", "10", "--accepted", "11"), /11 units are accepted of 10/)
    assert.match(refused("--accepted", "1"), /1 units are accepted of 0/)
    assert.match(refused("--work", (10n ** 18n).toString()), /--work/)
    const most = (10n ** 18n - 1n).toString()
    const { stdout, stderr } = replay(
      SAMPLE_PATH,
      "--utc-offset",
      "Z",
      "--work",
      most,
      "--accepted",
      most,
      "--input",
      "7",
    )
    const { registers } = JSON.parse(stdout || stderr)
    assert.deepEqual([registers.workUnits, registers.acceptedUnits, registers.inputUnits], [most, most, "7"])
  })

  it("refuses labels that no document holds before the run takes its number", () => {
    const labels = [
      ["--model", "x".repeat(257), /model: expected text of at most 256 bytes of UTF-8, not 257/],
      ["--party", "ß".repeat(129), /party: expected text of at most 256 bytes/],
      ["--site", "e\u0301", /site: write it as é/],
      ["--workload", "e\u0301", /workload: write it as é/],
    ] as const
    for (const [flag, value, message] of labels) {
      const { status, stderr } = replay(SAMPLE_PATH, "--utc-offset", "Z", flag, value)
      assert.equal(status, 2)
      assert.match(stderr, message)
    }
    const { stdout } = replay(SAMPLE_PATH, "--utc-offset", "Z", "--model", "x".repeat(256))
    assert.equal(JSON.parse(stdout).run, "0")
  })

  it("signs a submission of all runs, and numbers runs upwards", () => {
    const args = [SAMPLE_PATH, "--utc-offset", "Z", "--grade", "simulated"]
    const roots = [replay(...args), replay(...args, "--shift", "1h")].map(({ stdout }) => JSON.parse(stdout).root)
    const registry = `0x${"11".repeat(20)}` as const
    const { stdout } = attest("submit", "--home", home, "--chain", "31337", "--registry", registry)
    const signed = parseDocument(Buffer.from(stdout.trimEnd()), submission, 1 << 20)
    assert.deepEqual(signed.roots, roots)
    assert.equal(signed.firstRun, 0n)
    assert.equal(signed.through % 60, 0)
    const message = submissionMessage({ chainId: 31337, registry }, deviceIdOf(signed.device), signed)
    assert.ok(nodeSignatures(signed.device)(fromHex(signed.signature), message))
  })
})
