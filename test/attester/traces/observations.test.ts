import assert from "node:assert/strict"
import { prepareReplay, TraceError } from "../../../attester/src/index.ts"
import { createReplayer, lines, type Replayer, reading } from "./support.ts"

const START = 1_700_000_000_000
const tags = { model: "", unit: "", zone: "", site: "", party: "" }

describe("what a recording observes", () => {
  let replayer: Replayer
  before(() => {
    replayer = createReplayer()
  })
  after(() => replayer.discard())

  /** When each capture is, in ms, and how many readings it holds, of points at these times. */
  async function observed(times: readonly number[], intervalMs: number) {
    const traces = [replayer.write("trace", lines(...times.map((ms) => reading(START + ms, 100))))]
    const { opening, rest } = await prepareReplay({ traces, intervalMs, utcOffset: "Z", tags })
    return [opening, ...rest].map(({ timeMs, readings }) => [timeMs - START, readings.length])
  }

  it("is what came up to the end of each interval, the end included, and nothing where nothing came", async () => {
    assert.deepEqual(await observed([0, 500, 1000, 1001, 2000], 1000), [
      [0, 1],
      [1000, 2],
      [2000, 2],
    ])
    assert.deepEqual(await observed([0, 5500, 6000], 1000), [
      [0, 1],
      [6000, 2],
    ])
    assert.deepEqual(await observed([0, 500, 5500, 6000], 1000), [
      [0, 1],
      [500, 1],
      [6000, 2],
    ])
  })

  it("is at most 4,000 readings and those of one more point", async () => {
    const times = Array.from({ length: 8010 }, (_, i) => i)
    assert.deepEqual(await observed(times, 60_000), [
      [0, 1],
      [4001, 4001],
      [8002, 4001],
      [8009, 7],
    ])
  })

  it("is of PTDaemon the sum channel, up to the first of the others, whatever a value is called", async () => {
    const wattsIn = async (fields: string) => {
      const log = [0, 1, 2].map((s) => `Time,07-12-2025 10:00:0${s}.000,${fields}`)
      const traces = [replayer.write("power", lines(...log))]
      const { opening } = await prepareReplay({ traces, intervalMs: 1000, utcOffset: "Z", tags })
      return opening.readings.map(({ value }) => value)
    }
    assert.deepEqual(await wattsIn("Watts,30.0,Ch1,Watts,10.0,Ch2,Watts,20.0"), ["30.0"])
    assert.deepEqual(await wattsIn("Mark,Ch1,Watts,30.0"), ["30.0"])
    await assert.rejects(wattsIn("Ch1,Watts,10.0"), TraceError)
  })
})
