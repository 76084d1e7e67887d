import assert from "node:assert/strict"
import { truncateSync } from "node:fs"
import fc from "fast-check"
import { type PreparedReplay, prepareReplay, TraceError, WindowError } from "../../../attester/src/index.ts"
import { createReplayer, lines, type Replayer, reading, smiTime, twoBoards } from "./support.ts"

const START = 1_700_000_000_000
const TAGS = { model: "", unit: "", zone: "", site: "", party: "" }

/** Whole logs of each format, which the fuzz spoils. */
const LOGS = [
  lines(...[0, 1, 2, 3].map((s) => reading(START + s * 1000, 100))),
  lines("timestamp, index, power.draw [W]", ...twoBoards((at) => `${smiTime(at)}, ${at.board}, ${at.watts}.00 W`)),
  lines("#Date Time gpu pwr", "#YYYYMMDD HH:MM:SS Idx W", ...[0, 1, 2].map((s) => ` 20250101 00:00:0${s} 0 300`)),
  lines(...[0, 1, 2].map((s) => `Time,07-12-2025 10:00:0${s}.000,Watts,100.0,Volts,230.0,Mark,notset`)),
  lines(
    "timestamp,run_id,duration,emissions,emissions_rate,gpu_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,gpu_model",
    "2025-01-01T00:01:00,a,60.0,1e-06,1e-08,1,1e-05,0,0,1e-05,",
  ),
  JSON.stringify({ time: 12.5, gpu_energy: { 0: 1000.25 } }),
]

describe("traces that nobody vouches for", () => {
  let replayer: Replayer
  before(() => {
    replayer = createReplayer()
  })
  after(() => replayer.discard())

  const prepare = (text: string | Uint8Array, more: object = {}): Promise<PreparedReplay> => {
    const options = { traces: [replayer.write("trace", text)], intervalMs: 1000, utcOffset: "Z", tags: TAGS, ...more }
    return prepareReplay({ from: String(START), to: String(START + 3000), ...options })
  }

  it("end in a run or in a refusal that says what to do, whatever is cut, doubled or overwritten", async () => {
    const spoil = fc.record({
      log: fc.nat(LOGS.length - 1),
      at: fc.nat(400),
      length: fc.nat(60),
      text: fc.oneof(
        fc.string({ maxLength: 12 }),
        fc.constantFrom("\n", ",", "-1", "1e999", "9".repeat(40), "\0", "{"),
      ),
      window: fc.boolean(),
      bridge: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(spoil, async ({ log, at, length, text, window, bridge }) => {
        const whole = LOGS[log] ?? ""
        const spoilt = whole.slice(0, at) + text + whole.slice(at + length)
        try {
          await prepare(spoilt, { bridge, ...(window ? {} : { from: undefined, to: undefined }) })
        } catch (error) {
          assert.ok(error instanceof TraceError || error instanceof WindowError, `${(error as Error).stack}`)
          assert.notEqual(error.hint, "")
        }
      }),
      { numRuns: 1500 },
    )
  })

  it("take no number where a run cannot hold them", async () => {
    const huge = lines(...[0, 1, 2, 3].map((s) => reading(START + s * 1000, `1${"0".repeat(20)}`)))
    await assert.rejects(prepare(huge), /energyMillijoules would be/)
    await assert.rejects(prepare(LOGS[0] ?? "", { tags: { ...TAGS, model: "m".repeat(5000) } }), WindowError)
    await assert.rejects(prepare(LOGS[0] ?? "", { job: "e\u0301" }), /a run cannot hold this/)
    assert.equal((await prepare(LOGS[0] ?? "", { tags: { ...TAGS, model: "m" } })).rest.length, 3)
  })

  it("are refused by their size before they are read", async () => {
    const huge = replayer.write("huge", LOGS[0] ?? "")
    truncateSync(huge, 512 * 1024 * 1024 + 1)
    await assert.rejects(prepare("", { traces: [huge] }), /536870913 bytes: a trace may have 536870912/)
  })

  it("do not hang over a silence of years", async () => {
    const years = lines(reading(0, 1), reading(START, 1), reading(START + 1000, 1))
    const { rest } = await prepare(years, { from: "0", to: String(START), intervalMs: 1 })
    assert.equal(rest.length, 1)
  })

  it("count as copies where times and values are those of another to the last digit", async () => {
    const log = (times: readonly number[], watts: number) => lines(...times.map((ms) => reading(START + ms, watts)))
    const own = [0, 1000, 2000, 3000]
    const notesOf = async (other: string) => {
      const traces = [replayer.write("one", log(own, 100)), replayer.write("other", other)]
      const { recording } = await prepare("", { traces, boundary: "rack" })
      return recording.notes.filter((note) => /copies/.test(note))
    }
    assert.match((await notesOf(log(own, 100))).join(), /copies to the last digit: other of one$/)
    assert.deepEqual([await notesOf(log([0, 1000, 2001, 3000], 100)), await notesOf(log(own, 101))], [[], []])
  })
})
