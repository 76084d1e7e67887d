import assert from "node:assert/strict"
import { createNotices } from "../../attester/src/agent/notices.ts"
import { Poller } from "../../attester/src/agent/poller.ts"
import { accuracy } from "../../attester/src/sources/accuracy.ts"
import { type SensorValue, type Source, SourceError } from "../../attester/src/sources/source.ts"
import { createDeviceClock } from "../../attester/src/time/clock.ts"

const board = (part: string): SensorValue => ({
  sensor: `${part}/power`,
  surface: "nvml",
  quantity: "power",
  unit: "W",
  value: "300",
  timeMs: Date.now(),
  grade: "measured",
  accuracy: accuracy({ origin: "test" }),
  covers: "accelerator",
  part,
})

const counter = (part: string, value: string, more: Partial<SensorValue> = {}): SensorValue => ({
  ...board(part),
  ...{ sensor: `${part}/energy`, quantity: "energy", unit: "mJ", value },
  ...more,
})

const source = (read: Source["read"]): Source => ({ id: "nvml", periodMs: 10_000, read, close: async () => undefined })

/** What one reading of a source leaves with the poller. */
async function pollOnce(read: Source["read"]) {
  const said: string[] = []
  const poller = new Poller(
    [source(read)],
    createDeviceClock(),
    createNotices((line) => said.push(line)),
  )
  await poller.start()
  const { buffers, faults } = poller.take()
  await poller.close()
  return { sensors: [...buffers.keys()], known: [...poller.known.keys()], faults: [...faults], said }
}

describe("the poller", () => {
  it("keeps the other boards' readings beside a lost board, and records the fault", async () => {
    const lost = new SourceError("nvml", "missing", "board 1: is lost", [board("GPU-0"), board("GPU-2")])
    const { sensors, known, faults, said } = await pollOnce(() => Promise.reject(lost))
    assert.deepEqual(sensors, ["nvml/GPU-0/power", "nvml/GPU-2/power"])
    assert.deepEqual(known, sensors)
    assert.deepEqual(faults, [["nvml/fault.missing", 1]])
    assert.deepEqual(said, ["nvml: missing: board 1: is lost"])
  })

  it("keeps nothing of a source that fails whole", async () => {
    const { sensors, faults } = await pollOnce(() => Promise.reject(new SourceError("nvml", "timeout", "no answer")))
    assert.deepEqual(sensors, [])
    assert.deepEqual(faults, [["nvml/fault.timeout", 1]])
  })

  it("refuses what the world could not give as a fault of its sensor, and keeps the others", async () => {
    const poll = (value: string) => pollOnce(async () => [{ ...board("GPU-0"), value }, board("GPU-1")])
    for (const value of ["10000000001", "1".padEnd(40, "0"), "-1"]) {
      const { sensors, faults } = await poll(value)
      assert.deepEqual(sensors, ["nvml/GPU-1/power"], value)
      assert.deepEqual(faults, [["nvml/GPU-0/power/fault.malformed", 1]])
    }
    for (const value of ["10000000000", "0"]) assert.deepEqual((await poll(value)).faults, [])
  })

  /** Whether a counter was seen to go, after each of a source's answers in turn. */
  async function goings(answers: readonly (readonly SensorValue[] | SourceError)[]): Promise<readonly boolean[]> {
    let [at, timeMs] = [0, 1000]
    const next = async () => {
      const answer = answers[at++] ?? []
      timeMs += 1000
      if (answer instanceof SourceError) throw answer
      return answer.map((value) => ({ ...value, timeMs }))
    }
    const poller = new Poller(
      [source(next)],
      createDeviceClock(),
      createNotices(() => undefined),
    )
    const seen: boolean[] = []
    await poller.start()
    for (const _ of answers) {
      seen.push(poller.take().isCounterGone)
      await poller.refresh()
    }
    await poller.close()
    return seen
  }

  it("says once that a counter's driver or board went away, and not that it was late", async () => {
    const [both, gone, late] = [
      [counter("GPU-0", "5"), counter("GPU-1", "5")],
      new SourceError("nvml", "missing", "driver not loaded"),
      new SourceError("nvml", "timeout", "no answer"),
    ]
    assert.deepEqual(await goings([both, both, both]), [false, false, false])
    assert.deepEqual(await goings([both, gone, gone, both, gone]), [false, true, false, false, true])
    assert.deepEqual(await goings([both, late, both]), [false, false, false])
    const one = new SourceError("nvml", "missing", "GPU-1 has fallen off the bus", [counter("GPU-0", "6")])
    assert.deepEqual(await goings([both, one, one]), [false, true, false])
    assert.deepEqual(await goings([[board("GPU-0")], gone]), [false, false], "power does not begin anew")
    assert.deepEqual(await goings([gone, both]), [false, false], "what was never there is not gone")
  })

  it("says a fault once until it is another, and that it is over", async () => {
    const answers = ["dead", "dead", "lost", "lost", "well", "well", "dead"]
    const said: string[] = []
    let at = 0
    const read = async () => {
      const answer = answers[at++]
      if (answer === "well") return [board("GPU-0")]
      // What counts up in a fault's words makes it no other.
      throw new SourceError("nvml", answer === "dead" ? "failed" : "missing", `${answer} for the time ${at}`)
    }
    const poller = new Poller(
      [source(read)],
      createDeviceClock(),
      createNotices((line) => said.push(line)),
    )
    await poller.start()
    for (let i = 1; i < answers.length; i++) await poller.refresh()
    assert.deepEqual(
      [...poller.take().faults],
      [
        ["nvml/fault.failed", 3],
        ["nvml/fault.missing", 2],
      ],
    )
    await poller.close()
    assert.deepEqual(said, [
      "nvml: failed: dead for the time 1",
      "nvml: missing: lost for the time 3",
      "nvml: is well again",
      "nvml: failed: dead for the time 7",
    ])
  })

  it("keeps 256 readings of a sensor between two captures, and of more every other one, the first and the last with them", async () => {
    let count = 0
    const read = async () => [{ ...board("GPU-0"), timeMs: 1000 * ++count, value: String(count) }]
    const poller = new Poller([source(read)], createDeviceClock(), createNotices(assert.fail))
    const kept = async (readings: number) => {
      for (let i = 0; i < readings; i++) await poller.refresh()
      const values =
        poller
          .take()
          .buffers.get("nvml/GPU-0/power")
          ?.map(({ value }) => Number(value)) ?? []
      const [first = 0, second = 0] = values
      return { readings: values.length, apart: second - first, span: (values.at(-1) ?? 0) - first }
    }
    await poller.start()
    poller.take()
    assert.deepEqual(await kept(256), { readings: 256, apart: 1, span: 255 })
    assert.deepEqual(await kept(257), { readings: 129, apart: 2, span: 256 })
    await poller.close()
  })

  it("reads the fast sources again for a run's end, and leaves slower ones to their turn", async () => {
    let reads = 0
    const read = async () => {
      reads++
      return [board("GPU-0")]
    }
    for (const [periodMs, times] of [
      [10_000, 2],
      [10_001, 1],
    ] as const) {
      reads = 0
      const slow = { ...source(read), periodMs }
      const poller = new Poller([slow], createDeviceClock(), createNotices(assert.fail))
      await poller.start()
      await poller.refresh()
      await poller.close()
      assert.equal(reads, times)
    }
  })

  it("records no fault of a source that answers", async () => {
    const { sensors, faults } = await pollOnce(async () => [board("GPU-0")])
    assert.deepEqual(sensors, ["nvml/GPU-0/power"])
    assert.deepEqual(faults, [])
  })
})
