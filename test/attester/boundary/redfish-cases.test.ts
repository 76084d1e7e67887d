import assert from "node:assert/strict"
import type { RequestListener } from "node:http"
import { createSource } from "../../../attester/src/sources/create.ts"
import type { SensorValue } from "../../../attester/src/sources/source.ts"
import { readOnce, rejectsWith, withServer } from "../sources/bench.ts"
import { planned, sensorsOf, tenMinutesOf } from "./bench.ts"

type Resources = { readonly [path: string]: unknown }

const ROOT = "/redfish/v1/Chassis"
const link = (path: string) => ({ "@odata.id": path })

const answer =
  (resources: Resources): RequestListener =>
  (request, response) => {
    const resource = resources[request.url ?? ""]
    response.writeHead(resource === undefined ? 404 : 200).end(JSON.stringify(resource ?? {}))
  }

/** Sensors of a chassis as its collection and their own resources. */
function sensorsOfChassis(chassis: string, sensors: readonly { readonly Id: string }[]): Resources {
  const at = (id: string) => `${ROOT}/${chassis}/Sensors/${id}`
  return {
    [`${ROOT}/${chassis}`]: { Id: chassis, Sensors: link(`${ROOT}/${chassis}/Sensors`) },
    [`${ROOT}/${chassis}/Sensors`]: { Members: sensors.map(({ Id }) => link(at(Id))) },
    ...Object.fromEntries(sensors.map((sensor) => [at(sensor.Id), { Status: { State: "Enabled" }, ...sensor }])),
  }
}

const read = (resources: Resources, options: object): Promise<readonly SensorValue[]> =>
  withServer(answer(resources), (url) =>
    readOnce(createSource({ kind: "redfish", id: "bmc", url: url.href, ...options })),
  )

const sensor = (Id: string, Reading: number, PhysicalContext: string, ReadingType = "Power") => ({
  Id,
  Reading,
  ReadingType,
  PhysicalContext,
})

/** Readings of a Delta shelf as redfish_exporter's test data have them (LambdaLabs, collector/testdata/powershelf_delta). */
const INPUTS = [341, 249, 353, 258, 262, 290]
const DELTA = [
  sensor("hotswap_input_power", 3, "Chassis"),
  ...INPUTS.flatMap((watts, i) => [
    sensor(`ps${i + 1}_energy_in`, 100_001 + i, "PowerSupply", "EnergyJoules"),
    sensor(`ps${i + 1}_energy_out`, 90_001 + i, "PowerSupply", "EnergyJoules"),
    sensor(`ps${i + 1}_input_power`, watts, "PowerSupply"),
    sensor(`ps${i + 1}_output_power`, watts - 12, "PowerSupply"),
  ]),
  sensor("total_power_in", 1749, "Chassis"),
  sensor("total_power_in_A", 1749, "Chassis"),
  sensor("total_power_out", 1674, "Chassis"),
]

const configOf = (boundary: string, options: object) => ({
  boundary,
  sources: [{ kind: "redfish", id: "bmc", url: "https://bmc.example", ...options }],
})

async function meteredOf(resources: Resources, boundary: string, options: object) {
  const answers = { bmc: await read(resources, options) }
  const plan = planned(configOf(boundary, options), answers)
  return { plan, ...tenMinutesOf(plan, answers) }
}

describe("Redfish services of real machines", () => {
  describe("given a Delta power shelf", () => {
    const options = { chassis: "PowerShelf_0", covers: "rack", resources: ["sensors"] }
    const without = (...ids: readonly string[]) => DELTA.filter(({ Id }) => !ids.includes(Id))

    it("meters the total input, 1749 W, and neither the hot swap's 3 W nor any output", async () => {
      const { plan, watts } = await meteredOf(sensorsOfChassis("PowerShelf_0", DELTA), "rack", options)
      assert.deepEqual([sensorsOf(plan), watts], [["bmc/Sensors/total_power_in"], 1749])
    })

    it("adds up the six inputs where it has no total, within 0.3 % of it", async () => {
      const sensors = without("total_power_in", "total_power_in_A", "total_power_out", "hotswap_input_power").filter(
        ({ ReadingType }) => ReadingType === "Power",
      )
      const { plan, watts } = await meteredOf(sensorsOfChassis("PowerShelf_0", sensors), "rack", options)
      assert.deepEqual([sensorsOf(plan).length, watts], [6, 1753])
    })

    it("is refused with names where two sensors say as surely that they are the whole", async () => {
      const two = [
        ...without("total_power_in", "total_power_in_A"),
        sensor("chassis_power_a", 900, "Chassis"),
        sensor("chassis_power_b", 850, "Chassis"),
      ]
      const answers = { bmc: await read(sensorsOfChassis("PowerShelf_0", two), options) }
      assert.throws(
        () => planned(configOf("rack", options), answers),
        /chassis_power_a \(900 W\).*chassis_power_b \(850 W\)/,
      )
    })

    it("reads what the operator names, outputs too", async () => {
      const named = { ...options, sensors: ["total_power_out"] }
      const { watts } = await meteredOf(sensorsOfChassis("PowerShelf_0", DELTA), "rack", named)
      assert.equal(watts, 1674)
    })
  })

  it("takes the input of a Lite-On shelf, whose sensors have no context", async () => {
    const sensors = [
      { Id: "chassis_output_power", Reading: 1600, ReadingType: "Power" },
      { Id: "psu0_input_power", Reading: 860, ReadingType: "Power" },
      { Id: "chassis_input_power", Reading: 1720, ReadingType: "Power" },
    ]
    const options = { chassis: "PowerShelf_0", covers: "rack", resources: ["sensors"] }
    const { watts } = await meteredOf(sensorsOfChassis("PowerShelf_0", sensors), "rack", options)
    assert.equal(watts, 1720)
  })

  it("counts a board of an HGX baseboard once: not its counter, its power and its memory's power", async () => {
    const sensors = [
      sensor("HGX_GPU_0_Energy_0", 1_000_000, "GPU", "EnergyJoules"),
      sensor("HGX_GPU_0_Power_0", 232, "GPU"),
      sensor("HGX_GPU_0_DRAM_0_Power_0", 34, "GPU"),
    ]
    const options = { chassis: "HGX_GPU_0", covers: "accelerator", resources: ["sensors"] }
    const { plan } = await meteredOf(sensorsOfChassis("HGX_GPU_0", sensors), "gpu", options)
    const energy = plan.filter(({ role }) => role === "energy")
    assert.deepEqual(
      energy.map(({ sensor, witness }) => [sensor, witness]),
      [["bmc/Sensors/HGX_GPU_0_Energy_0", "bmc/Sensors/HGX_GPU_0_Power_0"]],
    )
    const { watts } = await meteredOf(sensorsOfChassis("HGX_GPU_0", sensors.slice(1)), "gpu", options)
    assert.equal(watts, 232)
  })

  it("adds up four GPU chassis of one BMC: 954 W", () => {
    const watts = [231.958, 238.549, 242.524, 241.242]
    const resources = Object.fromEntries(
      watts.flatMap((reading, i) => {
        const at = `${ROOT}/HGX_GPU_${i}`
        const metrics = { PowerWatts: { Reading: reading } }
        return [
          [at, { Id: `HGX_GPU_${i}`, EnvironmentMetrics: link(`${at}/EnvironmentMetrics`) }],
          [`${at}/EnvironmentMetrics`, metrics],
        ]
      }),
    )
    return withServer(answer(resources), async (url) => {
      const ids = watts.map((_, i) => `gpu-${i}`)
      const sources = ids.map((id, i) => ({
        kind: "redfish",
        id,
        url: url.href,
        chassis: `HGX_GPU_${i}`,
        covers: "accelerator",
      }))
      const read = await Promise.all(sources.map((source) => readOnce(createSource(source))))
      const answers = Object.fromEntries(ids.map((id, i) => [id, read[i] ?? []]))
      const plan = planned({ boundary: "gpu", sources, energy: { sum: ids }, expect: { boards: 4 } }, answers)
      const found = tenMinutesOf(plan, answers)
      assert.ok(Math.abs(found.watts - 954.273) < 0.001, String(found.watts))
      assert.equal(found.acceleratorWatts, found.watts)
    })
  })

  describe("given power controls", () => {
    const control = (MemberId: string, Name: string, PowerConsumedWatts: number, PhysicalContext?: string) => ({
      MemberId,
      Name,
      PowerConsumedWatts,
      ...(PhysicalContext === undefined ? {} : { PhysicalContext }),
    })
    const served = (...controls: readonly object[]): Resources => ({
      [`${ROOT}/1`]: { Id: "1", Power: link(`${ROOT}/1/Power`) },
      [`${ROOT}/1/Power`]: { PowerControl: controls },
    })
    const options = { chassis: "1" }
    const NESTED = [
      control("0", "Server Power Control", 245, "Chassis"),
      control("1", "CPU Sub-system Power", 90, "CPU"),
      control("2", "Memory Sub-system Power", 20, "Memory"),
    ]

    it("meters the server, not its sub-systems on top: 245 W", async () => {
      for (const controls of [NESTED, NESTED.toReversed()])
        assert.equal((await meteredOf(served(...controls), "node", options)).watts, 245)
      const plain = NESTED.map(({ PhysicalContext: _, ...more }) => more)
      assert.equal((await meteredOf(served(...plain), "node", options)).watts, 245)
    })

    it("is refused where none of several says that it is the whole", async () => {
      const controls = [control("0", "Power Control 1", 245), control("1", "Power Control 2", 250)]
      const answers = { bmc: await read(served(...controls), options) }
      assert.throws(() => planned(configOf("node", options), answers), /PowerControl\/0.*PowerControl\/1/)
      const energy = {
        sum: ["0", "1"].map((id) => ({ source: "bmc", sensor: `PowerControl/${id}/PowerConsumedWatts` })),
      }
      const plan = planned({ ...configOf("node", options), energy }, answers)
      assert.equal(tenMinutesOf(plan, answers).watts, 495)
    })

    it("does not believe that a server which answers draws nothing", async () => {
      await rejectsWith("malformed", read(served(control("0", "System Power Control", 0)), options), /says 0 W/)
      const both: Resources = {
        ...served(control("0", "System Power Control", 310)),
        [`${ROOT}/1`]: { Id: "1", Power: link(`${ROOT}/1/Power`), EnvironmentMetrics: link(`${ROOT}/1/E`) },
        [`${ROOT}/1/E`]: { PowerWatts: { Reading: 0 } },
      }
      assert.equal((await meteredOf(both, "node", options)).watts, 310)
    })
  })
})
