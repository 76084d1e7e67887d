import assert from "node:assert/strict"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { deviceIdOf, encodeVouch, VOUCH_TYPE, type VouchDocument, vouchDigest } from "@wattest/protocol"
import { archivedRuns, createMeteredDevice, discard, startAttest, until } from "@wattest/testkit/attester/program"

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

  /** The statement of a run that a device with such a vouch document makes. */
  async function statementUnder(vouch: VouchDocument) {
    const { home, config } = device
    writeFileSync(join(home, "vouch.json"), encodeVouch(vouch))
    const { child, exit, said } = startAttest(["serve", "--home", home, "--config", config])
    await until("it meters", () => said().includes("metering"))
    child.kill("SIGTERM")
    assert.equal(await exit, 0, said())
    const statement = archivedRuns(home).at(-1)?.statement
    assert.equal(statement?.context.vouchDocument, vouchDigest(vouch))
    return statement
  }

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
