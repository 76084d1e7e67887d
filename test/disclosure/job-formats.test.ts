import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { skip } from "@wattest/testkit/skip"
import { parse } from "yaml"
import { createReportJudge, exampleReport, missingSchemas } from "./boamps.ts"
import { computed, isVerified, missingFramework } from "./impact-framework.ts"
import { type Desk, jobDesk } from "./job-scene.ts"

const ROOT = join(import.meta.dirname, "../..")
const JOB = ["--job", "train-7"]
/** The node's job: 66.1 kJ by trapezoid over 70 s, 400 g/kWh, 1500 tokens in each of seven intervals. */
const KILOWATT_HOURS = 66_100 / 3_600_000
const TOKENS = 10_500

describe("a job's certificate, filed for other tools", function () {
  this.timeout(120_000)
  let desk: Desk
  before(async () => {
    desk = await jobDesk()
  })
  after(() => desk.clear())

  /** Standard output of the command in a format. */
  const printed = (standard: string, format: string): string => {
    const { status, stdout, stderr } = desk.file(standard, ...JOB, "--format", format)
    assert.equal(status, 0, stderr)
    return stdout
  }

  describe("BoAmps's schemas", () => {
    before(function () {
      const missing = missingSchemas()
      if (missing !== null) skip(this, missing)
    })

    it("accept the report, with the certificate's energy, and their own example", () => {
      const judge = createReportJudge()
      const report = JSON.parse(printed("boamps-1", "boamps"))
      assert.deepEqual(judge(report), [])
      assert.deepEqual(judge(exampleReport()), [])
      const [measure] = report.measures
      assert.equal(measure.powerConsumption, Number(KILOWATT_HOURS.toPrecision(6)))
      assert.deepEqual([measure.measurementDuration, measure.measurementDateTime], [70, "2026-05-16 17:00:00"])
    })

    it("refuse the report without its energy, with a text for it, and with a component of no number", () => {
      const judge = createReportJudge()
      const whole = printed("boamps-1", "boamps")
      const wrong = (change: (report: ReturnType<typeof JSON.parse>) => void) => {
        const report = JSON.parse(whole)
        change(report)
        return judge(report).join()
      }
      assert.match(
        wrong((report) => delete report.measures[0].powerConsumption),
        /measures\/0.*powerConsumption/,
      )
      assert.match(
        wrong((report) => Object.assign(report.measures[0], { powerConsumption: "much" })),
        /must be number/,
      )
      assert.match(
        wrong((report) => Object.assign(report.infrastructure.components[0], { nbComponent: 0.5 })),
        /must be integer/,
      )
    })
  })

  describe("the Impact Framework", () => {
    before(function () {
      const missing = missingFramework()
      if (missing !== null) skip(this, missing)
    })

    it("computes the manifest's carbon a unit of work, and finds the same again", () => {
      const { written, log } = computed(printed("gsf-if-1.1", "gsf-if"))
      assert.ok(written !== null, log)
      const { execution, tree } = parse(written)
      assert.equal(execution.status, "success", log)
      const [output] = tree.children.job.outputs
      assert.equal(output.work, TOKENS)
      assert.ok(Math.abs(output.carbon - KILOWATT_HOURS * 400) < 0.001, `${output.carbon}`)
      assert.equal(output.sci, output.carbon / TOKENS)
      assert.equal(isVerified(written), true)
      assert.equal(isVerified(written.replace(/sci: .*/, "sci: 0.0001")), false)
    })

    it("fails on a manifest without carbon", () => {
      const manifest = printed("gsf-if-1.1", "gsf-if").replace(/carbon-operational: .*/, "carbon-embodied: 1")
      const { written } = computed(manifest)
      assert.notEqual(written === null ? "refused" : parse(written).execution.status, "success")
    })
  })

  describe("CodeCarbon", () => {
    const python = join(ROOT, "build/wattest-python/bin/python3")
    const SCRIPT = `
import json, sys, pandas
from codecarbon.output_methods.file import FileOutput
from codecarbon.output_methods.emissions_data import EmissionsData
name = sys.argv[1] + "/emissions.csv"
row = pandas.read_csv(name, keep_default_na=False).iloc[0].to_dict()
FileOutput("emissions.csv", sys.argv[1]).out(EmissionsData(**row), None)
print(json.dumps([pandas.read_csv(name)[column].tolist() for column in ("energy_consumed", "duration", "emissions", "timestamp")]))`

    /** CodeCarbon itself takes the file's row and appends it to the file. */
    const appended = (csv: string, name: string) => {
      const folder = join(desk.folder, name)
      mkdirSync(folder)
      writeFileSync(join(folder, "emissions.csv"), csv)
      const { status, stdout, stderr } = spawnSync(python, ["-c", SCRIPT, folder], { encoding: "utf8" })
      return { status, stdout, stderr, files: readdirSync(folder) }
    }

    before(function () {
      if (!existsSync(python)) skip(this, "no environment with CodeCarbon: .ci/run makes it")
    })

    it("takes the row as one of its own, with every column, and goes on writing below it", () => {
      const { status, stdout, stderr, files } = appended(printed("codecarbon-3", "codecarbon"), "whole")
      assert.equal(status, 0, stderr)
      assert.deepEqual(files, ["emissions.csv"])
      const [energies, durations, emissions, times] = JSON.parse(stdout.trim().split("\n").at(-1) ?? "")
      assert.deepEqual(energies, Array(2).fill(Number(KILOWATT_HOURS.toPrecision(9))))
      assert.deepEqual(durations, [70, 70])
      assert.ok(Math.abs(emissions[0] - KILOWATT_HOURS * 0.4) < 1e-6)
      assert.equal(times[0], "2026-05-16T17:01:10")
    })

    it("does not take a row with another column", () => {
      const lacking = printed("codecarbon-3", "codecarbon").replace(",wue\r\n", ",water\r\n")
      assert.match(appended(lacking, "lacking").stderr, /unexpected keyword argument 'water'/)
    })

    it("states emissions for a second", () => {
      const [head = "", row = ""] = printed("codecarbon-3", "codecarbon").split("\r\n")
      const of = (name: string) => Number(row.split(",")[head.split(",").indexOf(name)])
      assert.ok(Math.abs(of("emissions_rate") * of("duration") - of("emissions")) < 1e-12)
    })

    it("has the columns of real files", function () {
      const real = join(ROOT, "../shared/data/codecarbon-emissions/ai-care-emissions.csv")
      if (!existsSync(real)) skip(this, "no CodeCarbon files in ../shared/data")
      const columns = (csv: string) => (csv.split(/\r?\n/, 1)[0] ?? "").split(",").sort()
      assert.deepEqual(columns(printed("codecarbon-3", "codecarbon")), columns(readFileSync(real, "utf8")))
    })
  })

  describe("the command", () => {
    it("writes a workbook into a file, and prints nothing beside", () => {
      const { status, stdout } = desk.file("boamps-1", ...JOB, "--format", "xlsx", "--into", "job.xlsx")
      assert.deepEqual([status, stdout], [0, ""])
      assert.equal(readFileSync(join(desk.folder, "job.xlsx")).subarray(0, 2).toString(), "PK")
    })

    it("writes a text into a file, the same as it prints", () => {
      assert.equal(desk.file("boamps-1", ...JOB, "--format", "csv", "--into", "job.csv").status, 0)
      assert.equal(readFileSync(join(desk.folder, "job.csv"), "utf8"), printed("boamps-1", "csv"))
    })

    const refusals: readonly (readonly [string, readonly string[], RegExp])[] = [
      ["a workbook for the terminal", ["--format", "xlsx"], /xlsx is no text\nhint: .*--into FILE.xlsx/],
      ["a place for no format", ["--into", "job.csv"], /--into is where --format goes/],
      [
        "a filing in the name of its format",
        ["--format", "csv", "--out", "no.csv"],
        /--out no\.csv would hold the filing, not its csv\nhint: --format csv --into no\.csv/,
      ],
      [
        "one file for the filing and its format",
        ["--format", "csv", "--into", "no", "--out", "./no"],
        /--out and --into name one file/,
      ],
      [
        "a format of another standard",
        ["--format", "gsf-if", "--into", "no.yaml"],
        /gsf-if is for gsf-if-…, not boamps-1/,
      ],
      ["a format that nobody knows", ["--format", "pdf"], /pdf/],
    ]
    for (const [what, options, said] of refusals)
      it(`refuses ${what}, and leaves no file`, () => {
        const out = options.includes("--out") ? [] : ["--out", "no.json"]
        const { status, stderr } = desk.file("boamps-1", ...JOB, ...out, ...options)
        assert.equal(status, 2, stderr)
        assert.match(stderr, said)
        assert.equal(
          ["no.json", "no.yaml", "no.csv", "no"].some((name) => existsSync(join(desk.folder, name))),
          false,
        )
      })
  })
})
