import assert from "node:assert/strict"
import { accuracy } from "../../../../attester/src/sources/accuracy.ts"
import { readSensors } from "../../../../attester/src/sources/node/redfish-sensors.ts"

const METER = {
  covers: "node",
  grade: "measured",
  accuracy: accuracy({ gainLimit: 0.5, updateMs: 7, origin: "test" }),
} as const
const power = (Id: string, more: object = {}) => ({ Id, ReadingType: "Power", Reading: 100, ...more })
const read = (sensors: readonly object[], isNamed = false) => readSensors(sensors, { meter: METER, isNamed })
const names = (...sensors: readonly object[]) => read(sensors).map(({ sensor }) => sensor.replace("Sensors/", ""))

describe("a chassis' sensors", () => {
  it("are read while they are enabled, or say nothing of that: others may show an old reading", () => {
    for (const Status of [undefined, {}, { State: "Enabled" }])
      assert.deepEqual(names(power("TotalPower", { Status })), ["TotalPower"])
    for (const State of ["Disabled", "Absent", "UnavailableOffline", "StandbyOffline"])
      assert.deepEqual(names(power("TotalPower", { Status: { State } })), [], State)
  })

  it("count once for the whole: the one whose name says it most surely, all where several do", () => {
    assert.deepEqual(names(power("Power1"), power("ChassisPower"), power("TotalPower")), ["TotalPower"])
    assert.deepEqual(names(power("Power1"), power("ChassisPower"), power("SystemPower")), [
      "ChassisPower",
      "SystemPower",
    ])
    const energies = ["Energy1", "TotalEnergy"].map((id) => power(id, { ReadingType: "EnergyJoules" }))
    assert.deepEqual(names(...energies), ["TotalEnergy"])
    const gpu = power("GPU0", { PhysicalContext: "GPU" })
    assert.deepEqual(names(power("Power1"), power("TotalPower"), gpu), ["TotalPower", "GPU0"])
  })

  it("are of temperatures all", () => {
    const warm = (Id: string) => ({
      Id,
      ReadingType: "Temperature",
      ReadingUnits: "Cel",
      Reading: 40,
      PhysicalContext: "GPU",
    })
    const values = readSensors([warm("Temp1"), warm("SystemTemp")], {
      meter: { ...METER, covers: "accelerator" },
      isNamed: false,
    })
    assert.deepEqual(
      values.map(({ sensor, part }) => [sensor, part]),
      [
        ["Sensors/Temp1", undefined],
        ["Sensors/SystemTemp", undefined],
      ],
    )
  })

  it("are none of what is given out, allowed or within, unless the operator names them", () => {
    const others = [
      "PowerOutput",
      "PowerLimit",
      "PowerCap",
      "AveragePower",
      "MaxPower",
      "DIMMPower",
      "CPU0_Power",
      "Fan1",
    ]
    for (const id of others) {
      assert.deepEqual(names(power(id)), [], id)
      assert.equal(read([power(id)], true).length, 1, id)
    }
    assert.deepEqual(names(power("Power1", { PhysicalSubContext: "Output" })), [])
    assert.deepEqual(names(power("Power1", { PhysicalSubContext: "Input" })), ["Power1"])
  })

  it("are as accurate as they state, and else as their meter", () => {
    const stated = (more: object) => {
      const [value] = read([power("TotalPower", more)])
      const { gainLimit, offsetLimit, updateMs, windowMs, origin } = value?.accuracy ?? METER.accuracy
      return { gainLimit, offsetLimit, updateMs, windowMs, origin }
    }
    const { gainLimit, offsetLimit, updateMs, windowMs, origin } = METER.accuracy
    const own = { gainLimit, offsetLimit, updateMs, windowMs, origin }
    const said = "stated by the Redfish sensor"
    assert.deepEqual(stated({}), own)
    assert.deepEqual(stated({ Accuracy: 2 }), { ...own, gainLimit: 0.02, origin: said })
    assert.deepEqual(stated({ ReadingAccuracy: 3 }), { ...own, gainLimit: 0, offsetLimit: 3, origin: said })
    assert.deepEqual(stated({ SensingInterval: "PT0.25S" }), { ...own, updateMs: 250 })
    assert.deepEqual(stated({ AveragingInterval: "PT1H2M3S" }), { ...own, windowMs: 3_723_000 })
    for (const SensingInterval of ["1S", "P1D", "PT-1S", 5]) assert.deepEqual(stated({ SensingInterval }), own)
  })
})
