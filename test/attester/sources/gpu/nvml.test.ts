import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { type SensorValue, type Source, SourceError } from "../../../../attester/src/sources/source.ts"
import { buildShared, only, readOnce, rejectsWith, requireAll } from "../bench.ts"

const H100 = {
  uuid: "GPU-h100",
  name: "NVIDIA H100 80GB HBM3",
  time: 1_784_000_000_123,
  instant: 588_390,
  average: 629_450,
  field_energy: 9_007_199_254_740,
  memory_temperature: 60,
  temperature: 55,
  kernel: 99,
  memory: 41,
  mig: 0,
}
const GPM = { "gpm.active": 97.5, "gpm.occupancy": 61.25, "gpm.dram": 33, "gpm.tensor": 80.125 }
const V100 = {
  uuid: "GPU-v100",
  name: "Tesla V100-SXM2-16GB",
  power: 55_120,
  energy: 123_456,
  temperature: 31,
  kernel: 0,
  memory: 0,
}

type Board = Record<string, string | number>

describe("NVML (against a stand-in for libnvidia-ml)", function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-nvml-"))
  const library = join(folder, "libnvidia-ml.so.1")
  const state = join(folder, "state")
  const sources: Source[] = []

  before(function () {
    requireAll(this, { programs: ["gcc"] })
    buildShared(join(import.meta.dirname, "fake-nvml.c"), library)
    process.env.FAKE_NVML_STATE = state
  })
  afterEach(() => Promise.all(sources.splice(0).map((source) => source.close())))
  after(() => {
    delete process.env.FAKE_NVML_STATE
    rmSync(folder, { recursive: true, force: true })
  })

  const setBoards = (...boards: Board[]) => {
    const lines = boards.flatMap((board, index) =>
      Object.entries(board).map(([key, value]) => `${index}.${key} ${value}`),
    )
    writeFileSync(state, [`count ${boards.length}`, ...lines, ""].join("\n"))
  }
  const open = (options: Record<string, unknown> = {}) => {
    const source = createSource({ kind: "nvml", library, ...options })
    sources.push(source)
    return source
  }

  it("reads power, energy, use and temperatures of a board with field values", async () => {
    setBoards(H100)
    const values = await readOnce(open())
    const powers = values
      .filter(({ quantity }) => quantity === "power")
      .map(({ sensor, value, unit }) => [sensor, value, unit])
    assert.deepEqual(powers, [
      ["GPU-h100/power.instant", "588390", "mW"],
      ["GPU-h100/power.average", "629450", "mW"],
    ])
    const energy = only(values, "energy")
    assert.equal(energy.value, "9007199254740")
    assert.equal(energy.timeMs, 1_784_000_000_123)
    assert.equal(energy.grade, "measured")
    assert.equal(only(values, "acceleratorTemperature").value, "55")
    assert.equal(only(values, "memoryTemperature").value, "60")
    assert.equal(only(values, "kernelTime").value, "99")
  })

  it("states the blind time of an H100's sensor, and none for a V100", async () => {
    setBoards(H100, V100)
    const values = await readOnce(open())
    const [instant, average, older] = values.filter(({ quantity }) => quantity === "power")
    assert.deepEqual([instant?.accuracy.windowMs, instant?.accuracy.gapMs, instant?.accuracy.updateMs], [25, 75, 100])
    assert.deepEqual([average?.accuracy.windowMs, average?.accuracy.gapMs], [1000, 75])
    assert.deepEqual([older?.accuracy.gapMs, older?.accuracy.gainLimit], [0, 0.05])
  })

  it("keeps seven good boards where the driver opens one no more, and says which", async () => {
    const boards = Array.from({ length: 8 }, (_, i) => ({ ...V100, uuid: `GPU-${i}` }))
    setBoards(...boards.slice(0, 3), { ...V100, lost: 15 }, ...boards.slice(4))
    const error = await rejectsWith("missing", readOnce(open()), /board 3/)
    assert.equal(error.values.filter(({ quantity }) => quantity === "power").length, 7)
  })

  it("reads the chosen boards alone, by UUID or number", async () => {
    setBoards(H100, V100)
    for (const boards of [["GPU-v100"], [1]])
      assert.equal(only(await readOnce(open({ boards })), "energy").part, "GPU-v100")
    const error = await rejectsWith("missing", readOnce(open({ boards: ["GPU-v100", 7] })), /board 7 is not there/)
    assert.equal(only(error.values, "energy").part, "GPU-v100")
  })

  it("falls back to the older calls on a board without field values", async () => {
    setBoards(V100)
    const values = await readOnce(open())
    assert.equal(only(values, "power").value, "55120")
    assert.equal(only(values, "energy").value, "123456")
    assert.equal(
      values.some(({ quantity }) => quantity === "memoryTemperature"),
      false,
    )
  })

  it("leaves out what a board does not give, and reads the rest: none of it from the answer before", async () => {
    const quantities = async (board: Board) => {
      setBoards(board)
      return new Set((await readOnce(open())).map(({ quantity }) => quantity))
    }
    const all = await quantities(V100)
    for (const [call, lost] of [
      ["power", ["power"]],
      ["energy", ["energy"]],
      ["temperature", ["acceleratorTemperature"]],
      ["kernel", ["kernelTime", "memoryTime"]],
    ] as const) {
      const { [call]: _, ...rest } = V100
      const left = await quantities(rest)
      assert.deepEqual(
        [...all].filter((quantity) => !left.has(quantity)),
        lost,
        call,
      )
    }
  })

  it("tells by NVML's result code what a board does not offer from what is refused, late, gone and broken", async () => {
    const codesOf = new Map<string, number[]>()
    for (let code = 1; code <= 30; code++) {
      setBoards({ ...V100, fail: code })
      const outcome = await readOnce(open()).then(
        () => "absent",
        (error: unknown) => {
          assert.ok(error instanceof SourceError)
          return error.fault
        },
      )
      codesOf.set(outcome, [...(codesOf.get(outcome) ?? []), code])
    }
    const { failed: _, ...told } = Object.fromEntries(codesOf)
    const absent = [3, 6, 13, 21, 25, 26]
    assert.deepEqual(told, { absent, denied: [4], timeout: [10], missing: [9, 12, 15, 17, 18] })
  })

  it("reads activities between two readings where the board has GPM", async () => {
    setBoards({ ...H100, ...GPM })
    const source = open()
    assert.equal(
      (await readOnce(source)).some(({ quantity }) => quantity === "smOccupancy"),
      false,
    )
    const values = await readOnce(source)
    assert.equal(only(values, "smOccupancy").value, "61.25")
    assert.equal(only(values, "smActivity").value, "97.50")
    assert.equal(only(values, "dramActivity").value, "33")
    assert.ok(only(values, "dramActivity").accuracy.windowMs > 0)
    const { "gpm.dram": _, ...lesser } = GPM
    setBoards({ ...H100, ...lesser })
    const without = (await readOnce(source)).filter(({ quantity }) => quantity.endsWith("Activity"))
    assert.deepEqual(
      without.map(({ quantity }) => quantity),
      ["smActivity", "computeActivity"],
    )
  })

  it("flags what a MIG board gives as allocated and leaves its missing utilisation out", async () => {
    const { kernel, memory, ...rest } = H100
    setBoards({ ...rest, mig: 1 })
    const values = await readOnce(open())
    assert.ok(values.length > 0 && values.every(({ grade }) => grade === "allocated"))
    assert.equal(
      values.some(({ quantity }) => quantity === "kernelTime"),
      false,
    )
  })

  it("keeps the values of the other boards when one falls off the bus", async () => {
    setBoards({ ...H100, fail: 15 }, V100)
    const error = await rejectsWith("missing", readOnce(open()), /fallen off the bus/)
    assert.equal(only(error.values, "power").part, "GPU-v100")
  })

  it("goes on reading activities of the other boards beside a lost one", async () => {
    setBoards({ ...H100, fail: 15 }, { ...H100, ...GPM, uuid: "GPU-2" })
    const source = open()
    await rejectsWith("missing", readOnce(source))
    const error = await rejectsWith("missing", readOnce(source))
    assert.equal(only(error.values, "smOccupancy").part, "GPU-2")
  })

  it("recovers when a board comes back", async () => {
    setBoards({ ...H100, fail: 999 })
    const source = open()
    await rejectsWith("failed", readOnce(source))
    setBoards(H100)
    assert.equal(only(await readOnce(source), "energy").value, "9007199254740")
  })

  it("asks anew which boards there are where none answered, and not for the sake of one beside others", async () => {
    const source = open()
    const partsOf = (values: readonly SensorValue[]) => new Set(values.map(({ part }) => part))
    setBoards(H100, V100)
    await readOnce(source)
    setBoards({ ...H100, fail: 15 }, V100)
    await rejectsWith("missing", readOnce(source))
    setBoards({ ...H100, uuid: "GPU-new" }, V100)
    assert.deepEqual(partsOf(await readOnce(source)), new Set(["GPU-h100", "GPU-v100"]))
    setBoards({ ...H100, fail: 15 }, { ...V100, fail: 15 })
    await rejectsWith("missing", readOnce(source))
    setBoards({ ...H100, uuid: "GPU-new" }, V100)
    const { values } = await rejectsWith("missing", readOnce(source), /GPU-h100 gives neither power nor energy/)
    assert.deepEqual(partsOf(values), new Set(["GPU-new", "GPU-v100"]))
  })

  it("asks by the older calls for what the fields did not give, and for nothing else", async () => {
    const { uuid, name, instant, field_energy } = H100
    const have = async (board: Board) => {
      setBoards({ uuid, name, power: 1, energy: 2, ...board })
      return (await readOnce(open())).map(({ sensor, value }) => [sensor.split("/")[1], value])
    }
    assert.deepEqual(await have({ instant }), [
      ["power.instant", "588390"],
      ["energy", "2"],
    ])
    assert.deepEqual(await have({ field_energy }), [
      ["energy", "9007199254740"],
      ["power.average", "1"],
    ])
    assert.deepEqual(await have({ instant, field_energy }), [
      ["power.instant", "588390"],
      ["energy", "9007199254740"],
    ])
  })

  it("times out on a hung driver, refuses to pile up calls, and recovers", async () => {
    setBoards(H100)
    const source = open({ timeoutMs: 150 })
    await readOnce(source)
    setBoards({ ...H100, hang: 400 })
    await rejectsWith("timeout", readOnce(source), /150 ms/)
    await rejectsWith("timeout", readOnce(source), /not returned yet/)
    setBoards(H100)
    for (let tries = 0; tries < 100; tries++) {
      const values = await readOnce(source).catch((error: unknown) => {
        if (!(error instanceof SourceError)) throw error
        return null
      })
      if (values) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.fail("the source never recovered")
  })

  it("reports a missing library, a driver that is not loaded, and no board as missing", async () => {
    await rejectsWith("missing", readOnce(open({ library: join(folder, "none.so") })), /cannot load/)
    writeFileSync(state, "init 9\n")
    await rejectsWith("missing", readOnce(open()), /driver not loaded/)
    setBoards()
    await rejectsWith("missing", readOnce(open()), /sees no GPU/)
  })

  it("reports refused permission as denied", async () => {
    writeFileSync(state, "init 4\n")
    await rejectsWith("denied", readOnce(open()))
  })

  it("is used before nvidia-smi, which stands in while the library is missing", async () => {
    setBoards(V100)
    const command = join(folder, "nvidia-smi")
    const answer = "timestamp, uuid, name, power.draw [W]\n2026/07/14 08:12:38.696, GPU-v100, Tesla V100, 55.00 W"
    writeFileSync(command, `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 })
    const surface = async (options: Record<string, unknown>) => {
      const source = createSource({ kind: "nvidia", command, ...options })
      sources.push(source)
      return only(await readOnce(source), "power").surface
    }
    assert.equal(await surface({ library }), "nvml")
    assert.equal(await surface({ library: join(folder, "none.so") }), "nvidia-smi")
    const neither = surface({ library: join(folder, "none.so"), command: join(folder, "none") })
    await rejectsWith("missing", neither, /cannot load .*; .* is not installed/)
    setBoards({ ...V100, fail: 999 })
    await rejectsWith("failed", surface({ library }))
  })
})
