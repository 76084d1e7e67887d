import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import { DuckDBInstance } from "@duckdb/node-api"
import {
  ARCHIVE_FILES,
  certificate as certificateShape,
  deviceIdOf,
  encodeDocument,
  type OpenedCapture,
  parseEvidenceCapture,
  runFolder,
  toJson,
} from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"

const MAIN = join(import.meta.dirname, "../../cli/src/main.ts")
const QUERIES = join(import.meta.dirname, "../../examples/queries")

type Outcome = { readonly exit: number; readonly stdout: string; readonly stderr: string }

describe("wattest export", function () {
  this.timeout(120_000)
  let folder = ""
  let captures: readonly OpenedCapture[]
  let device = ""
  const at = (name: string) => join(folder, name)
  const wattest = (...args: string[]) =>
    new Promise<Outcome>((resolve) => {
      execFile(process.execPath, [MAIN, ...args], { cwd: folder }, (error, stdout, stderr) =>
        resolve({ exit: Number(error?.code ?? 0), stdout, stderr }),
      )
    })
  const exported = (out: string) =>
    wattest("export", "run.certificate.json", "--policy", "policy.json", "--archive", "archive", "--out", out, "--json")

  /** Rows of a query that runs where the operator's files are. */
  async function query(sql: string): Promise<readonly Record<string, unknown>[]> {
    const instance = await DuckDBInstance.create(":memory:", { file_search_path: folder })
    const connection = await instance.connect()
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJS()
    connection.closeSync()
    instance.closeSync()
    return rows
  }
  const example = (name: string) => query(readFileSync(join(QUERIES, `${name}.sql`), "utf8"))

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "wattest-export-"))
    const { certificate, policy, evidence } = tell({})
    const parsed = certificateShape(toJson(certificate), "certificate")
    device = deviceIdOf(parsed.device)
    for (const [i, { run }] of parsed.runs.entries()) {
      const path = at(join("archive", runFolder(deviceIdOf(parsed.device), run), ARCHIVE_FILES.evidence))
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, gzipSync((evidence[i] ?? []).join("")))
    }
    captures = evidence.flatMap((lines) => lines.slice(1).map((line) => parseEvidenceCapture(line.trimEnd())))
    writeFileSync(at("run.certificate.json"), encodeDocument(certificate))
    writeFileSync(at("policy.json"), JSON.stringify(toJson(policy)))
    writeFileSync(at("racks.csv"), `device,rack\n${device},rack 7\n`)
    const { exit, stderr, stdout } = await exported("captures.parquet")
    assert.equal(exit, 0, stderr)
    assert.equal(JSON.parse(stdout).runs, parsed.runs.length)
  })
  after(() => rmSync(folder, { recursive: true }))

  it("makes a row of each capture, whose registers add up to the run's", async () => {
    const [row] = await query(
      "SELECT count(*) AS n, sum(energy_millijoules)::HUGEINT AS energy, sum(work_units)::HUGEINT AS work FROM 'captures.parquet'",
    )
    const last = captures.at(-1)?.registers
    assert.deepEqual(row, { n: BigInt(captures.length), energy: last?.energyMillijoules, work: last?.workUnits })
  })

  it("keeps times, gauges and labels as they were signed", async () => {
    const rows = await query(
      "SELECT epoch_ms(time) AS ms, phase, mean_power_milliwatts AS mw, sm_occupancy AS sm, inlet_celsius AS inlet, device FROM 'captures.parquet' ORDER BY sequence",
    )
    for (const [i, { timeMs, gauges }] of captures.entries())
      assert.deepEqual(rows[i], {
        ms: BigInt(timeMs),
        phase: gauges.phase,
        mw: gauges.meanPowerMilliwatts === null ? null : BigInt(gauges.meanPowerMilliwatts),
        sm: gauges.smOccupancy === null ? null : gauges.smOccupancy / 10_000,
        inlet: gauges.inletCentikelvin === null ? null : (gauges.inletCentikelvin - 27_315) / 100,
        device,
      })
  })

  it("answers how much was idle, by model", async () => {
    const { energyMillijoules, idleMillijoules } = captures.at(-1)?.registers ?? assert.fail()
    const [row, ...others] = await example("idle-by-model")
    assert.equal(others.length, 0)
    assert.equal(row?.kwh, Math.round(Number(energyMillijoules) / 3600) / 1e6)
    assert.equal(row?.idle_percent, Math.round((1e4 * Number(idleMillijoules)) / Number(energyMillijoules)) / 100)
  })

  it("answers power by phase", async () => {
    const spans = captures.slice(1).map(({ gauges, registers, timeMs }, i) => {
      const before = captures[i] ?? assert.fail()
      const millijoules = Number(registers.energyMillijoules - before.registers.energyMillijoules)
      return { phase: gauges.phase, millijoules, milliseconds: timeMs - before.timeMs }
    })
    const rows = await example("power-by-phase")
    assert.deepEqual(
      rows.map(({ phase }) => phase),
      [...new Set(spans.map(({ phase }) => phase))].sort(),
    )
    for (const { phase, captures: count, mean_watts } of rows) {
      const of = spans.filter((span) => span.phase === phase)
      const sum = (name: "millijoules" | "milliseconds") => of.reduce((total, span) => total + span[name], 0)
      assert.equal(count, BigInt(of.length))
      assert.equal(mean_watts, Math.round((1000 * sum("millijoules")) / sum("milliseconds")) / 1000)
    }
  })

  it("answers the thermal envelope by rack, of devices that no rack is known of too", async () => {
    const warmest = Math.max(...captures.map(({ gauges }) => gauges.acceleratorCentikelvin ?? 0))
    const [row] = await example("thermal-envelope-by-rack")
    assert.equal(row?.rack, "rack 7")
    assert.equal(row?.most_accelerator, (warmest - 27_315) / 100)
    writeFileSync(at("racks.csv"), "device,rack\n")
    assert.equal((await example("thermal-envelope-by-rack"))[0]?.rack, "not in racks.csv")
  })

  it("writes over nothing, and leaves nothing behind beside it", async () => {
    const { exit, stderr } = await exported("captures.parquet")
    assert.equal(exit, 2, stderr)
    assert.equal(stderr.split("\n")[0], "error: captures.parquet is there already", "before anything is judged")
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith(".")),
      [],
    )
  })

  it("takes no run twice: sums would be of twice its energy", async () => {
    writeFileSync(at("again.json"), readFileSync(at("run.certificate.json")))
    const given = ["--policy", "policy.json", "--archive", "archive", "--out", "twice.parquet"]
    const { exit, stderr } = await wattest("export", "run.certificate.json", "again.json", ...given)
    assert.equal(exit, 2, stderr)
    assert.match(stderr, /^error: run \d+ of 0x[0-9a-f]{64} is in run\.certificate\.json and in again\.json$/m)
    assert.ok(!readdirSync(folder).some((name) => name.includes("twice")))
  })

  it("names the file, and nothing that lies beside it, where it cannot be written", async () => {
    for (const [out, said] of [
      ["nowhere/x.parquet", /^error: nowhere is no folder$/m],
      ["racks.csv/x.parquet", /^error: racks\.csv is no folder$/m],
      ["/proc/x.parquet", /^error: \/proc\/x\.parquet: /m],
    ] as const) {
      const { exit, stderr } = await exported(out)
      assert.notEqual(exit, 0)
      assert.match(stderr, said)
    }
  })

  it("leaves no file where one capture of the evidence was changed, or the evidence is missing", async () => {
    const [run] = readdirSync(at(`archive/${device.slice(2)}`)).slice(-1)
    const path = at(`archive/${device.slice(2)}/${run}/${ARCHIVE_FILES.evidence}`)
    const right = readFileSync(path)
    writeFileSync(path, gzipSync(gunzipSync(right).toString().replace('"smOccupancy":8200', '"smOccupancy":9200')))
    const changed = await exported("changed.parquet")
    assert.equal(changed.exit, 1, changed.stderr)
    assert.match(changed.stderr, /CAPTURE_SIGNATURE_INVALID/)
    rmSync(path)
    const missing = await exported("changed.parquet")
    assert.notEqual(missing.exit, 0)
    assert.match(missing.stderr, /is not there/)
    writeFileSync(path, right)
    assert.ok(!readdirSync(folder).some((name) => name.includes("changed")))
  })
})
