import assert from "node:assert/strict"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { archivedRuns, attest } from "@wattest/testkit/attester/program"
import { createReplayer, lines, type Replayer, reading, smiTime, twoBoards } from "./support.ts"

const START = 1_700_000_000_000
const at = (ms: number) => String(START + ms)

describe("windows, clocks and devices of traces", () => {
  let replayer: Replayer
  let node: string
  before(() => {
    replayer = createReplayer()
    node = replayer.write("node_0.txt", lines(...[0, 1, 2, 3, 4].map((s) => reading(START + s * 1000, 100))))
  })
  after(() => replayer.discard())

  describe("clocks", () => {
    it("shifts a log on another clock, and the run says so", () => {
      const { remarks, joules, ms } = replayer.run(node, "--shift=-1500ms", "--from", at(-1500), "--to", at(2500))
      assert.equal(joules, 400)
      assert.equal(ms, 4000)
      assert.deepEqual(
        remarks.map(({ sensor, value, unit }) => [sensor, value, unit]),
        [["trace/shift", "-1500", "ms"]],
      )
      assert.match(replayer.refuse(node, "--from", at(-1500), "--to", at(2500)), /does not lie within/)
      assert.equal(replayer.replay(node, "--shift", "soon").status, 2)
    })

    it("refuses a zone that is none, and says how to write one", () => {
      assert.match(replayer.refuse(node, "--time-zone", "Nowhere"), /Nowhere is no time zone\nhint: .*Europe\/London/)
      assert.match(replayer.refuse(node, "--utc-offset", "1"), /1 is no offset from UTC\nhint: .*\+01:00/)
    })

    it("gives each trace a clock of its own", () => {
      const power = "timestamp, index, power.draw [W]"
      const rows = twoBoards((at) => `${smiTime(at)}, ${at.board}, ${at.watts}.00 W`)
      const a = replayer.write("a.csv", lines(power, ...rows))
      const b = replayer.write("b.csv", lines(power, ...rows.map((row) => row.replace("00:00:", "06:00:"))))
      const both = [a, b, "--sum", "--utc-offset", "Z"]
      assert.match(replayer.refuse(...both), /holds nothing of the traces/)
      assert.equal(replayer.run(...both, "--utc-offset", "b.csv=+06:00").joules, 8000)
      assert.equal(replayer.run(...both, "--time-zone", "b.csv=Asia/Almaty", "--shift", "b.csv=-1h").joules, 8000)
      assert.equal(replayer.run(...both, "--shift", "b.csv=-6h").joules, 8000)
      const unknown = replayer.replay(...both, "--shift", "c.csv=-6h")
      assert.equal(unknown.status, 2)
      assert.match(unknown.stderr, /no trace is called c\.csv/)
    })
  })

  describe("several traces", () => {
    const jobs = () => {
      const folder = join(replayer.folder, "job")
      mkdirSync(folder, { recursive: true })
      for (const n of [1, 2, 10])
        replayer.write(`job/node_${n}.txt`, lines(...[0, 1, 2].map((s) => reading(START + s * 1000, n * 100))))
      replayer.write("job/sw_0.txt", lines(reading(START, 59_570, "interconnect_power_est")))
      return folder
    }

    it("adds up a folder of node logs as parts of one device, and names what it leaves out", () => {
      const job = jobs()
      assert.match(replayer.refuse(job, "--sum"), /3 traces of nodes add up to another boundary\nhint: .*--boundary/)
      const { joules, notes } = replayer.run(job, "--sum", "--boundary", "rack")
      assert.equal(joules, 2600)
      assert.match(notes, /note: .*job: 3 node logs; left out: sw_0\.txt/)
    })

    it("makes each node of a folder a device of its own", () => {
      const job = jobs()
      const fleet = join(replayer.folder, "fleet")
      mkdirSync(fleet)
      const each = (...args: string[]) => attest("replay", job, "--each", "--home", fleet, "--json", ...args)
      assert.match(each().stderr, /3 devices are not there: .*node_1.*\nhint: make each by wattest-attest init --home/)
      for (const n of [1, 2, 10]) replayer.init(`fleet/node_${n}`)
      assert.equal(each("--work", "10").status, 2)
      const { status, stdout, stderr } = each()
      assert.equal(status, 0, stderr)
      assert.equal(JSON.parse(stdout).length, 3)
      for (const n of [1, 2, 10]) {
        const [run, ...more] = archivedRuns(join(fleet, `node_${n}`))
        assert.deepEqual(more, [])
        assert.equal(run?.statement.registers.energyMillijoules, BigInt(n * 200_000))
      }
    })

    it("makes no run of any node where one cannot be read", () => {
      const job = jobs()
      replayer.write("job/node_2.txt", lines(reading(START, 1), reading(START + 1000, "x"), reading(START + 2000, 1)))
      const fleet = join(replayer.folder, "sound")
      mkdirSync(fleet)
      for (const n of [1, 2, 10]) replayer.init(`sound/node_${n}`)
      const { status, stderr } = attest("replay", job, "--each", "--home", fleet)
      assert.equal(status, 2)
      assert.match(stderr, /node_2\.txt:2: power_reading is "x"/)
      for (const n of [1, 2, 10]) assert.deepEqual(archivedRuns(join(fleet, `node_${n}`)), [])
    })

    it("asks how several traces belong together, and adds up no boards with their node", () => {
      const other = replayer.write("node_7.txt", lines(...[0, 1].map((s) => reading(START + s * 1000, 5))))
      assert.equal(replayer.replay(node, other).status, 2)
      assert.equal(replayer.replay(node, other, "--sum", "--each").status, 2)
      const gpu = replayer.write(
        "gpu.csv",
        lines("timestamp, index, power.draw [W]", ...twoBoards((at) => `${smiTime(at)}, ${at.board}, 5 W`)),
      )
      assert.match(replayer.refuse(node, gpu, "--sum", "--utc-offset", "Z"), /boards are part of their node/)
    })
  })

  describe("what a device signs", () => {
    const device = (name: string) => {
      const home = replayer.init(name)
      return (...args: string[]) => attest("replay", node, "--home", home, "--json", ...args)
    }

    it("refuses to replay minutes that the device has signed already", () => {
      const replay = device("twice")
      assert.equal(replay("--from", at(1000), "--to", at(3000)).status, 0)
      for (const window of [
        ["--from", at(1000), "--to", at(3000)],
        ["--from", at(2999), "--to", at(4000)],
        ["--from", at(0), "--to", at(1000)],
      ]) {
        const { status, stderr } = replay(...window)
        assert.equal(status, 2)
        assert.match(stderr, /the device's last run ended at .*\nhint: .*order of their time/)
      }
      assert.equal(replay("--from", at(3000), "--to", at(4000)).status, 0)
    })

    it("lets a grade be made worse, never better", () => {
      const replay = device("graded")
      const refused = replay("--grade", "calibrated")
      assert.equal(refused.status, 2)
      assert.match(
        refused.stderr,
        /the trace is measured: a grade can be made worse, not calibrated\nhint: use --grade/,
      )
      assert.equal(JSON.parse(replay("--grade", "estimated").stdout).energyGrade, "estimated")
      const missed = replayer.write(
        "node_3.txt",
        lines(...[0, 1, 2, 3].map((s) => reading(START + s * 1000, s === 1 ? null : 100))),
      )
      assert.match(replayer.refuse(missed, "--grade", "measured"), /the trace is estimated/)
      assert.equal(replayer.run(missed, "--grade", "declared").grade, "declared")
    })

    it("refuses more accepted than work, and counts that no register holds", () => {
      const replay = device("counted")
      const { status, stderr } = replay("--work", "10", "--accepted", "1000000")
      assert.equal(status, 2)
      assert.match(stderr, /1000000 units are accepted of 10/)
      assert.equal(replay("--accepted", "1").status, 2)
      assert.equal(replay("--work", "1000000000000000000").status, 2)
      assert.equal(replay("--work", "10", "--accepted", "10").status, 0)
    })
  })
})
