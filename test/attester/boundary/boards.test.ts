import assert from "node:assert/strict"
import { createSource } from "../../../attester/src/sources/create.ts"
import { ConfigError } from "../../../attester/src/sources/options.ts"
import { readOnce, rejectsWith, withServer } from "../sources/bench.ts"
import { board, dcgm, planned, refusal, sensorsOf, tenMinutesOf } from "./bench.ts"

describe("a boundary of boards", () => {
  const uuids = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => `GPU-${String(from + i).padStart(8, "0")}`)
  const boards = (ids: readonly string[], watts = 500) => ids.map((uuid) => board(uuid, watts))

  it("adds up the 72 boards of 18 exporter pages, and nobody has to say that", () => {
    const pages = Array.from({ length: 18 }, (_, i) => [`page-${i}`, boards(uuids(4 * i, 4))] as const)
    const config = { boundary: "gpu", sources: pages.map(([id]) => dcgm(id)), expect: { boards: 72 } }
    const answers = Object.fromEntries(pages)
    const plan = planned(config, answers)
    assert.equal(sensorsOf(plan).length, 72)
    assert.deepEqual(
      [tenMinutesOf(plan, answers).watts, tenMinutesOf(plan, answers).acceleratorWatts],
      [36_000, 36_000],
    )
  })

  it("counts a board once that two sources see, by the one that tells most", () => {
    const config = { boundary: "gpu", sources: [dcgm("page"), { kind: "nvml" }] }
    const ids = uuids(0, 8)
    const counters = ids.map((uuid) =>
      board(uuid, 500, { sensor: `${uuid}/energy`, quantity: "energy", unit: "mJ", surface: "nvml" }),
    )
    const plan = planned(config, { page: boards(ids), nvml: counters })
    assert.deepEqual(
      sensorsOf(plan),
      ids.map((uuid) => `nvml/${uuid}/energy`),
    )
  })

  it("counts by the other source a board that one has lost", () => {
    const config = { boundary: "gpu", sources: [dcgm("page"), { kind: "nvml" }], expect: { boards: 8 } }
    const ids = uuids(0, 8)
    const answers = { page: boards(ids), nvml: boards(ids.slice(0, 7)) }
    const plan = planned(config, answers)
    assert.deepEqual([sensorsOf(plan).length, tenMinutesOf(plan, answers).watts], [8, 4000])
  })

  it("keeps seven good boards and the lost one, which is blind by name or by number", () => {
    const ids = uuids(0, 8)
    const dark = { ...board(ids[7] ?? "", 0), quantity: "acceleratorTemperature", unit: "Cel", value: "40" } as const
    const config = { boundary: "gpu", sources: [dcgm("page")] }
    const named = planned(config, { page: [...boards(ids.slice(0, 7)), dark] })
    assert.equal(sensorsOf(named).at(-1), `page/${ids[7]}/silent`)
    const numbered = planned({ ...config, expect: { boards: 8 } }, { page: boards(ids.slice(0, 7)) })
    assert.equal(sensorsOf(numbered).at(-1), "expected board 8/silent")
    for (const plan of [named, numbered]) {
      const { watts, grade, uncertaintyWatts } = tenMinutesOf(plan, { page: boards(ids.slice(0, 7)) })
      assert.deepEqual([watts, grade], [3500, "declared"])
      // U = 2·700/√3 W of the dead board, at least.
      assert.ok(uncertaintyWatts > 808, String(uncertaintyWatts))
    }
    assert.deepEqual(sensorsOf(planned(config, { page: boards(ids.slice(0, 7)) })).length, 7)
  })

  it("takes a board that appears later into the next plan", () => {
    const ids = uuids(0, 2)
    const config = { boundary: "gpu", sources: [dcgm("page")] }
    const first = { page: boards(ids.slice(0, 1)) }
    assert.equal(sensorsOf(planned(config, first, { page: boards(ids) })).length, 2)
  })

  it("refuses boards whose names cannot be compared, and more boards than there are", () => {
    const config = { boundary: "gpu", sources: [{ kind: "hwmon" }, { kind: "amd-smi" }] }
    const answers = {
      hwmon: [board("0000:03:00.0", 300)],
      "amd-smi": [board("gpu/0", 301)],
    }
    assert.match(refusal(() => planned(config, answers)).message, /2 sources meter accelerator/)
    const plan = planned({ ...config, energy: { alternatives: ["hwmon", "amd-smi"] } }, answers)
    assert.deepEqual(
      [sensorsOf(plan), sensorsOf(plan, "accelerator")],
      [["hwmon/0000:03:00.0power"], ["hwmon/0000:03:00.0power"]],
    )
    const many = { boundary: "gpu", sources: [dcgm("page")], expect: { boards: 1 } }
    assert.match(refusal(() => planned(many, { page: boards(uuids(0, 2)) })).message, /2 boards answer.*says 1/)
  })

  it("selects boards of a page by UUID, each of which must be there", () => {
    const ids = uuids(0, 3)
    const parts = [ids[0], "GPU-missing"]
    const config = { boundary: "gpu", sources: [dcgm("page")], energy: { source: "page", parts } }
    assert.deepEqual(sensorsOf(planned(config, { page: boards(ids) })), [
      `page/${ids[0]}power`,
      "page/GPU-missing/silent",
    ])
  })
})

describe("boards that a process may use", () => {
  const VARIABLES = ["CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"] as const
  const kept = VARIABLES.map((name) => [name, process.env[name]] as const)
  afterEach(() => {
    for (const [name, value] of kept) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })

  const UUIDS = ["GPU-aaaa0000-1111", "GPU-aaaa2222-3333", "GPU-bbbb4444-5555"]
  const page = (models: readonly string[]) =>
    UUIDS.map(
      (uuid, i) =>
        `DCGM_FI_DEV_POWER_USAGE{gpu="${i}",UUID="${uuid}",modelName="${models[i] ?? models[0]}"} ${300 + i}\n`,
    ).join("")

  /** Powers of the boards that CUDA_VISIBLE_DEVICES leaves, read from a page of three. */
  function visible(devices: string | undefined, { order = "", models = ["NVIDIA H100 80GB HBM3"] } = {}) {
    if (devices !== undefined) process.env.CUDA_VISIBLE_DEVICES = devices
    if (order !== "") process.env.CUDA_DEVICE_ORDER = order
    return withServer(
      (_request, response) => response.end(page(models)),
      (url) => readOnce(createSource({ kind: "dcgm", url: url.href, boards: { env: "CUDA_VISIBLE_DEVICES" } })),
    )
  }
  const watts = async (...given: Parameters<typeof visible>) => (await visible(...given)).map(({ value }) => value)

  for (const [what, devices, expected] of [
    ["numbers", "2,0", ["300", "302"]],
    ["a whole UUID", UUIDS[1], ["301"]],
    ["the beginning of a UUID", "GPU-bbbb", ["302"]],
    ["several UUIDs", `${UUIDS[2]}, ${UUIDS[0]}`, ["300", "302"]],
    ["numbers up to the first that is none", "1,-1,0", ["301"]],
    ["one number twice", "1,1", ["301"]],
  ] as const)
    it(`are those of ${what}`, async () => assert.deepEqual(await watts(devices), expected))

  it("are the ones of the configuration as well, by UUID, slot or number", () =>
    withServer(
      (_request, response) => response.end(page(["NVIDIA H100 80GB HBM3"])),
      async (url) => {
        const values = await readOnce(createSource({ kind: "dcgm", url: url.href, boards: [UUIDS[1], 2] }))
        assert.deepEqual(
          values.map(({ value }) => value),
          ["301", "302"],
        )
      },
    ))

  for (const [what, devices, message] of [
    ["instances", "MIG-11112222-3333-4444-5555-666677778888", /is an instance.*nvidia-smi -L/],
    ["instances by their old names", `MIG-${UUIDS[0]}/1/0`, /is an instance.*name GPU-aaaa0000-1111/],
    ["nothing", "", /names no board/],
    ["no device at all", "-1", /names no board/],
    ["what is not set", undefined, /is not set for this process/],
  ] as const)
    it(`are refused where they are ${what}`, () => {
      delete process.env.CUDA_VISIBLE_DEVICES
      return assert.rejects(visible(devices), (error) => error instanceof ConfigError && message.test(error.message))
    })

  it("are refused where the beginning of a UUID is that of several", () =>
    rejectsWith("unsupported", visible("GPU-aaaa"), /beginning of several/))

  it("are a fault where one is not there, beside the others", async () => {
    const error = await rejectsWith("missing", visible("0,7"), /board 7 is not there/)
    assert.deepEqual(
      error.values.map(({ value }) => value),
      ["300"],
    )
  })

  it("are not told by numbers where boards differ, unless CUDA counts them by slot", async () => {
    const models = ["NVIDIA A100-SXM4-80GB", "NVIDIA H100 80GB HBM3"]
    await rejectsWith("unsupported", visible("0", { models }), /CUDA_DEVICE_ORDER=PCI_BUS_ID/)
    assert.deepEqual(await watts("0", { models, order: "PCI_BUS_ID" }), ["300"])
    delete process.env.CUDA_DEVICE_ORDER
    assert.deepEqual(await watts(UUIDS[0], { models }), ["300"])
  })
})
