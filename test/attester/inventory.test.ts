import assert from "node:assert/strict"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { deviceIdOf, encodeVouch, parseVouch, VOUCH_TYPE, type VouchDocument, vouchDigest } from "@wattest/protocol"
import {
  archivedRuns,
  attestLater,
  createMeteredDevice,
  discard,
  startAttest,
  until,
  writeConfig,
} from "@wattest/testkit/attester/program"

type Device = Awaited<ReturnType<typeof createMeteredDevice>>

/** The words of a voucher who found these sensors at a device, each of 2 kW. */
function vouchOf(home: string, sensors: readonly string[], change: Partial<VouchDocument> = {}): VouchDocument {
  const log = readFileSync(join(home, "device.journal"), "utf8")
  const { key, scheme } = JSON.parse(log.split("\n")[0]?.slice(9) ?? "{}")
  const unknown = { serial: "", accuracyClass: "", calibrations: [], channel: "wired" } as const
  return {
    mediaType: VOUCH_TYPE,
    device: deviceIdOf({ scheme, key }),
    ...{ boundary: "node", origin: "live", site: "", validFrom: 1_700_000_000, previous: null, accelerators: [] },
    sensors: sensors.map((id) => ({ ...unknown, id, surface: "http", quantity: "energy", ratingWatts: "2000" })),
    metering: sensors.map((sensor) => ({ sensor, role: "energy" })),
    ...change,
  }
}

describe("the inventory of a device", () => {
  let device: Device
  beforeEach(async () => {
    device = await createMeteredDevice()
  })
  afterEach(() => discard(device))

  const place = () => join(device.home, "vouch.json")
  const written = () => parseVouch(readFileSync(place()))

  /** Types `device inventory`. */
  const take = (...more: string[]) =>
    attestLater("inventory", "--home", device.home, "--config", device.config, ...more)

  /** The statement of a run that a device with such a vouch document makes. */
  function statementUnder(vouch: VouchDocument) {
    writeFileSync(place(), encodeVouch(vouch))
    return statementNaming(vouch)
  }

  async function statementNaming(vouch: VouchDocument) {
    const { home, config } = device
    const { child, exit, said } = startAttest(["serve", "--home", home, "--config", config])
    await until("it meters", () => said().includes("metering"))
    child.kill("SIGTERM")
    assert.equal(await exit, 0, said())
    const statement = archivedRuns(home).at(-1)?.statement
    assert.equal(statement?.context.vouchDocument, vouchDigest(vouch))
    return statement
  }

  it("is taken by the command, and claimed by the runs that follow", async () => {
    const { status, stdout } = await take()
    assert.equal(status, 0)
    const document = written()
    assert.match(stdout, new RegExp(`^evidence  ${vouchDigest(document)}$`, "m"))
    assert.deepEqual(
      document.sensors.map(({ id, surface, channel, periodMs }) => [id, surface, channel, periodMs]),
      [["pdu/energy", "http", "loopback", 50]],
    )
    const statement = await statementNaming(document)
    assert.ok(statement?.fed.includes("inventory"))
    assert.equal(statement?.energyGrade, "declared", "any program of this host can write an open feed of its own")
  })

  it("says what stands on the plate, and is as good as the way from there", async () => {
    const plate = { serial: "PM-7731", accuracyClass: "class 1", channel: "wired" }
    writeConfig(device.config, device.meter, {}, "energy", { plate, ratingWatts: 2000 })
    assert.equal((await take()).status, 0)
    const [sensor] = written().sensors
    assert.deepEqual(
      [sensor?.serial, sensor?.accuracyClass, sensor?.channel, sensor?.ratingWatts],
      ["PM-7731", "class 1", "wired", "2000"],
    )
    const statement = await statementNaming(written())
    assert.ok(statement?.fed.includes("inventory"))
    assert.equal(statement?.energyGrade, "measured")
  })

  it("is not taken twice, except to be revised: then it names the one before", async () => {
    assert.equal((await take()).status, 0)
    const first = written()
    assert.equal((await take()).status, 2)
    assert.deepEqual(written(), first)
    assert.equal((await take("--revise")).status, 0)
    assert.equal(written().previous, vouchDigest(first))
  })

  it("is not taken of a sensor that gives nothing", async () => {
    device.meter.mode = "dead"
    assert.equal((await take()).status, 1)
    assert.throws(() => readFileSync(place()), /ENOENT/)
  })

  it("of another device is refused", async () => {
    writeFileSync(place(), encodeVouch(vouchOf(device.home, [], { device: `0x${"77".repeat(32)}` })))
    const serving = startAttest(["serve", "--home", device.home, "--config", device.config])
    assert.equal(await serving.exit, 1)
    assert.match(serving.said(), /is the vouch document of 0x77/)
  })

  it("is claimed where the plan has exactly the sensors that the voucher found", async () => {
    const statement = await statementUnder(vouchOf(device.home, ["pdu/energy"]))
    assert.ok(statement?.fed.includes("inventory"))
    assert.equal(statement?.context.metering[0]?.ratingWatts, "2000")
  })

  it("is not claimed where one sensor of eight is in the plan", async () => {
    const sensors = ["pdu/energy", ...Array.from({ length: 7 }, (_, i) => `pdu-${i}/energy`)]
    const statement = await statementUnder(vouchOf(device.home, sensors))
    assert.ok(!statement?.fed.includes("inventory"))
  })

  it("is not claimed where the voucher found the sensor in another role", async () => {
    const other = vouchOf(device.home, ["pdu/energy"], { metering: [{ sensor: "pdu/energy", role: "it" }] })
    assert.ok(!(await statementUnder(other))?.fed.includes("inventory"))
  })
})
