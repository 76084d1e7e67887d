import assert from "node:assert/strict"
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

const source = (read: Source["read"]): Source => ({ id: "nvml", periodMs: 60_000, read, close: async () => undefined })

/** What one reading of a source leaves with the poller. */
async function pollOnce(read: Source["read"]) {
  const said: string[] = []
  const poller = new Poller([source(read)], createDeviceClock(), (id, fault) => said.push(`${id} ${fault}`))
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
    assert.deepEqual(said, ["nvml missing"])
  })

  it("keeps nothing of a source that fails whole", async () => {
    const { sensors, faults } = await pollOnce(() => Promise.reject(new SourceError("nvml", "timeout", "no answer")))
    assert.deepEqual(sensors, [])
    assert.deepEqual(faults, [["nvml/fault.timeout", 1]])
  })

  it("records no fault of a source that answers", async () => {
    const { sensors, faults } = await pollOnce(async () => [board("GPU-0")])
    assert.deepEqual(sensors, ["nvml/GPU-0/power"])
    assert.deepEqual(faults, [])
  })
})
