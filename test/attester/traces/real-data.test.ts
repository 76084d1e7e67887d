import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { createReplayer, needsData, type Replayer } from "./support.ts"

const SMC = "mlperf-training-v4.0-smc-8xH100-ac-vs-dc"
/** Its logs are silent for more than three periods now and then; six supplies of 3 kW feed a node. */
const SMC_WINDOW = ["--from", "1715257378825", "--to", "1715259073345", "--rating", "18000"]
const BENCHMARK = "gpu-power-benchmark/5050"

/** What others' logs hold, by their own reckoning or by trapezoid, with the options that a person would give. */
const EXPECTED: readonly (readonly [name: string, joules: number, trace: string, args: readonly string[]])[] = [
  ["SMC 8×H100, AC side", 12.1147e6, `${SMC}/ac/node_0.txt`, SMC_WINDOW],
  ["SMC 8×H100, DC side", 11.8018e6, `${SMC}/dc/node_0.txt`, SMC_WINDOW],
  [
    "DGX A100 MaxQ",
    2.24015e6,
    "mlperf-inference-v2.0-nvidia-dgx-a100-maxq/run_1/spl.txt",
    ["--from", "02-16-2022 14:10:33.448", "--to", "02-16-2022 14:23:29.911", "--time-zone", "America/Los_Angeles"],
  ],
  [
    "Lenovo 8×B200",
    32.84e6,
    "mlperf-inference-v5.1-lenovo-8xB200/llama3.1-405b-offline/spl.txt",
    ["--from", "07-29-2025 00:18:39.908", "--to", "07-29-2025 01:13:59.509", "--time-zone", "America/New_York"],
  ],
  [
    "A100",
    1112.58,
    `${BENCHMARK}/A100/gpudata.csv`,
    ["--from", "1689325967233", "--to", "1689325976612", "--utc-offset", "+01:00"],
  ],
  [
    "RTX 3090, average",
    2439.5,
    `${BENCHMARK}/3090/gpudata.csv`,
    [
      ...["--from", "1688840907717", "--to", "1688840917150", "--utc-offset", "+01:00"],
      ...["--power-column", "power.draw.average"],
    ],
  ],
  [
    "RTX 3090, instant",
    2461.7,
    `${BENCHMARK}/3090/gpudata.csv`,
    ["--from", "1688840907717", "--to", "1688840917150", "--time-zone", "Europe/London"],
  ],
]

describe("traces that others published", () => {
  let replayer: Replayer
  before(() => {
    replayer = createReplayer()
  })
  after(() => replayer.discard())

  for (const [name, joules, trace, args] of EXPECTED)
    it(`meters ${name} at ${joules} J within 0.1 %`, function () {
      const run = replayer.run(needsData(this, trace), ...args)
      assert.ok(Math.abs(run.joules / joules - 1) < 0.001, `${run.joules} J`)
      assert.equal(run.grade, "measured")
    })

  it("gives the energies of a sample and of a token that the submissions have", function () {
    const perUnit = (name: string, units: number) => {
      const [, , trace = "", args = []] = EXPECTED.find(([found]) => found === name) ?? []
      return replayer.run(needsData(this, trace), ...args).joules / units
    }
    assert.equal((perUnit("DGX A100 MaxQ", 194_304_000) * 1000).toFixed(2), "11.53")
    assert.equal(perUnit("Lenovo 8×B200", 1637.11 * 3319.601).toFixed(2), "6.04")
  })

  describe("a job of 64 nodes", () => {
    const JOB = "mlperf-training-v4.0-smc-64x8xH100"
    const WINDOW = ["--from", "1715880103097", "--to", "1715880220313"]
    const SUM = ["--sum", "--boundary", "facility", "--rating", "18000", ...WINDOW]

    it("meters 37.154 MJ clipped to the readings inside the window, and says what is not counted", function () {
      const { joules, remarks, notes } = replayer.run(needsData(this, JOB), ...SUM, "--clip")
      assert.ok(Math.abs(joules / 37.154e6 - 1) < 0.001, `${joules} J`)
      const clipped = remarks.filter(({ quantity }) => quantity === "clipped")
      assert.equal(clipped.length, 64)
      assert.match(notes, /left out: LICENSE\.md, result\.txt, sw_0\.txt, total_power\.txt/)
      // The published folder holds 18 logs that repeat another to the last byte.
      assert.equal(remarks.filter(({ quantity }) => quantity === "copyOf").length, 18)
      assert.match(notes, /18 traces are copies to the last digit: node_9\.txt of node_2\.txt/)
    })

    it("meters 38.063 MJ where the first and last values are held, as an estimate", function () {
      const { joules, grade } = replayer.run(needsData(this, JOB), ...SUM, "--hold")
      assert.ok(Math.abs(joules / 38.063e6 - 1) < 0.001, `${joules} J`)
      assert.equal(grade, "estimated")
    })

    it("asks what the 64 nodes are together, and what to do where their logs end early", function () {
      const job = needsData(this, JOB)
      assert.match(replayer.refuse(job, ...SUM), /node_1\.txt .* and 63 sensors more\nhint: .*--clip.*--hold/)
      assert.match(replayer.refuse(job, "--sum", ...WINDOW), /64 traces of nodes add up to another boundary/)
      const unsaid = replayer.replay(job, ...WINDOW)
      assert.equal(unsaid.status, 2)
      assert.match(unsaid.stderr, /64 traces, and nothing says how they belong together\nhint: .*--sum.*--each/)
    })

    it("names the estimate for its switches", function () {
      assert.match(replayer.refuse(needsData(this, `${JOB}/sw_0.txt`)), /interconnect_power_est/)
    })
  })

  it("imports each run of CodeCarbon's file as an estimate", function () {
    const file = needsData(this, "codecarbon-emissions/ai-care-emissions.csv")
    const [header = "", ...rows] = readFileSync(file, "utf8").trimEnd().split("\n")
    const zone = ["--time-zone", "America/Chicago"]
    assert.match(replayer.refuse(file, ...zone), new RegExp(`holds ${rows.length} runs`))
    for (const row of [1, 3, rows.length]) {
      const { joules, grade } = replayer.run(file, ...zone, "--record", String(row))
      assert.equal(grade, "estimated")
      const fields = rows[row - 1]?.split(",") ?? []
      const kWh = Number(fields[header.split(",").indexOf("energy_consumed")])
      assert.ok(Math.abs(joules / (kWh * 3.6e6) - 1) < 0.001)
    }
    assert.match(replayer.refuse(file, ...zone, "--record", String(rows.length + 1)), /holds [0-9]+ runs/)
  })
})
