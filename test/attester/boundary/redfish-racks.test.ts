import assert from "node:assert/strict"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { createSource } from "../../../attester/src/sources/create.ts"
import type { SourceError } from "../../../attester/src/sources/source.ts"
import { readOnce, rejectsWith } from "../sources/bench.ts"
import { type Answers, planned, sensorsOf, tenMinutesOf } from "./bench.ts"

/**
 * Services in the form of published captures: trays of a Supermicro GB300 NVL72 (spyroot/redfish_ctl,
 * tests/supermicro_fixtures) and a Delta shelf (LambdaLabs/redfish_exporter, testdata/powershelf_delta). Their readings
 * come from two racks; here the shelves are given what such trays draw.
 */
type Resources = Readonly<Record<string, unknown>>

const ROOT = "/redfish/v1/Chassis"
const at = (path: string) => ({ "@odata.id": `${ROOT}/${path}` })

const sensorsAt = (chassis: string, sensors: readonly Record<string, unknown>[]): Resources => ({
  [`${ROOT}/${chassis}/Sensors`]: { Members: sensors.map(({ Id }) => at(`${chassis}/Sensors/${Id}`)) },
  ...Object.fromEntries(
    sensors.map((sensor) => [
      `${ROOT}/${chassis}/Sensors/${sensor.Id}`,
      { "@odata.type": "#Sensor.v1_7_0.Sensor", Status: { State: "Enabled", Health: "OK" }, ...sensor },
    ]),
  ),
})

const watts = (Id: string, Reading: number | null, more: object = {}) => ({
  Id,
  Reading,
  ReadingType: "Power",
  ReadingUnits: "W",
  ...more,
})

/** One of eight shelves: what it takes in, what it gives out, and its supplies one by one. */
const shelf = (serial: string): Resources => ({
  [`${ROOT}/PowerShelf_0`]: {
    ChassisType: "RackMount",
    Id: "PowerShelf_0",
    Manufacturer: "DELTA",
    MaxPowerWatts: 33_000,
    Model: "AHE50V660A33KWR",
    SerialNumber: serial,
    Sensors: at("PowerShelf_0/Sensors"),
    PowerSubsystem: at("PowerShelf_0/PowerSubsystem"),
  },
  ...sensorsAt("PowerShelf_0", [
    watts("hotswap_input_power", 3, { PhysicalContext: "Chassis" }),
    watts("total_power_in", 3350, { PhysicalContext: "Chassis" }),
    watts("total_power_out", 3250, { PhysicalContext: "Chassis" }),
    watts("ps1_input_power", 1675, { PhysicalContext: "PowerSupply" }),
    watts("ps1_output_power", 1625, { PhysicalContext: "PowerSupply" }),
    watts("ps2_input_power", 1675, { PhysicalContext: "PowerSupply" }),
  ]),
})

const BOARDS = [231.958, 238.813, 242.524, 241.421]
const uuidOf = (tray: number, board: number) =>
  `ffd6582a-64de-b17e-${String(tray).padStart(4, "0")}-af5a28aed64${board}`

/** One of 18 trays: the whole behind its hot-swap controllers, these one by one, and four boards on two modules. */
const tray = (number: number, dark: number | null = null): Resources => ({
  [`${ROOT}/Chassis_0`]: {
    ChassisType: "Shelf",
    Id: "Chassis_0",
    Manufacturer: "Supermicro",
    Model: "GB NVL",
    SerialNumber: `HA258S04${6822 + number}`,
    EnvironmentMetrics: at("Chassis_0/EnvironmentMetrics"),
    Sensors: at("Chassis_0/Sensors"),
  },
  [`${ROOT}/Chassis_0/EnvironmentMetrics`]: { FanSpeedsPercent: [{ SpeedRPM: 40 }], Id: "EnvironmentMetrics" },
  ...sensorsAt("Chassis_0", [watts("Chassis_0_TotalHSC_Power_0", 1355.398772)]),
  [`${ROOT}/PDB_0`]: { Id: "PDB_0", SerialNumber: "NA", Sensors: at("PDB_0/Sensors") },
  ...sensorsAt("PDB_0", [watts("PDB_0_HSC_0_Pwr_0", 705.306748), watts("PDB_0_HSC_1_Pwr_0", 656.226993)]),
  ...Object.fromEntries(
    BOARDS.flatMap((reading, board) => [
      [
        `${ROOT}/HGX_GPU_${board}`,
        {
          ChassisType: "Component",
          Id: `HGX_GPU_${board}`,
          Manufacturer: "NVIDIA",
          Model: "NVIDIA GB300",
          // Two boards of a module share its number.
          SerialNumber: `16531250342${10 * number + Math.floor(board / 2)}`,
          UUID: uuidOf(number, board),
          EnvironmentMetrics: at(`HGX_GPU_${board}/EnvironmentMetrics`),
        },
      ],
      [
        `${ROOT}/HGX_GPU_${board}/EnvironmentMetrics`,
        board === dark
          ? { Id: "EnvironmentMetrics", PowerWatts: { Reading: null } }
          : { Id: "EnvironmentMetrics", PowerWatts: { Reading: reading } },
      ],
    ]),
  ),
})

const source = (id: string, port: number, more: object) => ({
  kind: "redfish",
  id,
  url: `http://127.0.0.1:${port}`,
  ...more,
})

describe("a rack of 72 boards over Redfish", function () {
  this.timeout(120_000)
  const servers: Server[] = []
  const shelves: object[] = []
  const trays: object[] = []
  const boards: object[] = []
  const dark: object[] = []

  const serve = async (resources: Resources): Promise<number> => {
    const server = createServer((request, response) => {
      const resource = resources[request.url ?? ""]
      response.writeHead(resource === undefined ? 404 : 200).end(JSON.stringify(resource ?? {}))
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    return (server.address() as AddressInfo).port
  }
  const baseboard = (number: number, port: number) => {
    const chassis = BOARDS.map((_, i) => `HGX_GPU_${i}`)
    return source(`boards-${number}`, port, { chassis, covers: "accelerator", resources: ["environment"] })
  }

  before(async () => {
    for (let i = 1; i <= 8; i++) {
      const options = { chassis: "PowerShelf_0", covers: "rack", resources: ["sensors"], ratingWatts: 33_000 }
      shelves.push(source(`shelf-${i}`, await serve(shelf(`DTKS2450000${i}`)), options))
    }
    for (let number = 1; number <= 18; number++) {
      const port = await serve(tray(number))
      trays.push(source(`tray-${number}`, port, { chassis: "Chassis_0", resources: ["sensors"] }))
      boards.push(baseboard(number, port))
    }
    dark.push(...boards.slice(0, 17), baseboard(18, await serve(tray(18, 3))))
  })
  after(() => {
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
  })

  const answersOf = async (sources: readonly object[]): Promise<Answers> => {
    const found = await Promise.all(
      sources.map(async (config) => {
        const made = createSource(config)
        try {
          return [made.id, await readOnce(made).catch(({ values }: SourceError) => values)] as const
        } finally {
          await made.close()
        }
      }),
    )
    return Object.fromEntries(found)
  }
  const names = (sources: readonly object[]) => sources.map((config) => (config as { id: string }).id)
  const config = (sources: readonly object[], more: object = {}) => ({
    boundary: "rack",
    sources,
    energy: { sum: names(shelves) },
    expect: { shelves: 8, boards: 72 },
    ...more,
  })

  it("is what eight shelves take in; 72 boards by UUID are its accelerators; trays are compared, not added", async () => {
    const sources = [...shelves, ...trays, ...boards]
    const answers = await answersOf(sources)
    const plan = planned(config(sources, { within: names(trays).map((part) => ({ part })) }), answers)
    const { watts: drawn, acceleratorWatts, grade } = tenMinutesOf(plan, answers)
    assert.deepEqual([drawn, grade, sensorsOf(plan).length], [8 * 3350, "measured", 8])
    assert.equal(sensorsOf(plan, "accelerator").length, 72)
    const perTray = BOARDS.reduce((total, reading) => total + reading, 0)
    assert.ok(Math.abs(acceleratorWatts - 18 * perTray) < 0.01, String(acceleratorWatts))
  })

  it("refuses trays in the sum of the shelves", async () => {
    const sources = [...shelves, ...trays.slice(0, 2)]
    const answers = await answersOf(sources)
    const rest = { watts: 0, gainLimit: 0.5, origin: "none" }
    const added = config(sources, { energy: { sum: names(sources), rest }, expect: {} })
    assert.throws(() => planned(added, answers), /tray-1, tray-2 lie within the rack that shelf-1/)
  })

  it("refuses a shelf's output beside its input, and one shelf by two addresses", async () => {
    const [first] = shelves
    const output = { ...first, id: "output", sensors: ["total_power_out"] }
    const again = { ...first, id: "again", ratingWatts: 32_000 }
    const answers = await answersOf([...shelves, output, again])
    const added = (second: object) =>
      config([...shelves, second], { energy: { sum: [...names(shelves), ...names([second])] }, expect: {} })
    assert.throws(() => planned(added(output), answers), /"output" is added to "shelf-1" and lies within it/)
    assert.throws(
      () => planned(added(again), answers),
      /"shelf-1" and "again" add up and are one: both read redfish\/DTKS/,
    )
  })

  it("names the one board of 72 that shows nothing", async () => {
    const sources = [...shelves, ...dark]
    const plan = planned(config(sources), await answersOf(sources))
    const found = sensorsOf(plan, "accelerator")
    assert.deepEqual([found.length, found.filter((name) => /silent/.test(name))], [72, ["expected board 72/silent"]])
    const last = createSource(dark[17])
    await rejectsWith("unsupported", readOnce(last), /^boards-18: chassis HGX_GPU_3 offers no known value$/)
    await last.close()
  })

  it("meters a tray by its hot-swap controllers, in whole or as two that add up", async () => {
    const [whole] = trays
    const answers = await answersOf([whole ?? {}])
    const plan = planned({ boundary: "node", sources: [whole] }, answers)
    assert.equal(tenMinutesOf(plan, answers).watts.toFixed(3), "1355.399")
    const parts = { ...whole, id: "pdb", chassis: "PDB_0" }
    const found = await answersOf([parts])
    assert.throws(() => planned({ boundary: "node", sources: [parts] }, found), /each of 2 sensors may be the whole/)
    const energy = { sum: [0, 1].map((i) => ({ source: "pdb", sensor: `Sensors/PDB_0_HSC_${i}_Pwr_0` })) }
    const summed = planned({ boundary: "node", sources: [parts], energy }, found)
    assert.equal(tenMinutesOf(summed, found).watts.toFixed(3), "1361.534")
  })
})
