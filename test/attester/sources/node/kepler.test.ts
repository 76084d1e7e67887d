import assert from "node:assert/strict"
import { SURFACE_ACCURACY } from "../../../../attester/src/sources/accuracy.ts"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { only, readOnce, rejectsWith, withServer } from "../bench.ts"

const read = (page: string) =>
  withServer(
    (_request, response) => response.end(page),
    (url) => readOnce(createSource({ kind: "kepler", url: url.href })),
  )

describe("Kepler", () => {
  it("reads zones of 0.10 and later, leaving out those inside the package", async () => {
    const values = await read(`# TYPE kepler_node_cpu_joules_total counter
kepler_node_cpu_joules_total{node_name="n",path="/sys/class/powercap/intel-rapl:0",zone="package"} 5126.25
kepler_node_cpu_joules_total{node_name="n",path="/sys/class/powercap/intel-rapl:0:0",zone="core"} 3000
kepler_node_cpu_joules_total{node_name="n",path="/sys/class/powercap/intel-rapl:0:1",zone="dram"} 812.5
kepler_node_cpu_watts{zone="package"} 42
`)
    assert.deepEqual(
      values.map(({ covers, value, grade }) => [covers, value, grade]),
      [
        ["processor", "5126.25", "measured"],
        ["memory", "812.5", "measured"],
      ],
    )
    // The sensor behind it is RAPL: it is as good by this way as by its own.
    for (const { accuracy } of values) assert.equal(accuracy?.gainLimit, SURFACE_ACCURACY.rapl.gainLimit)
    assert.ok(SURFACE_ACCURACY.rapl.gainLimit > 0)
  })

  it("reads older metrics and grades what a trained model said as estimated", async () => {
    const values = await read(`kepler_node_platform_joules_total{instance="n",mode="dynamic",source="acpi"} 10
kepler_node_platform_joules_total{instance="n",mode="idle",source="acpi"} 20
kepler_node_package_joules_total{instance="n",mode="dynamic",package="0",source="trained_power_model"} 7
`)
    assert.deepEqual(
      values.map(({ covers, part, grade }) => [covers, part, grade]),
      [
        ["node", "n/dynamic/acpi", "measured"],
        ["node", "n/idle/acpi", "measured"],
        ["processor", "n/0/dynamic/trained_power_model", "estimated"],
      ],
    )
    assert.equal(only(values, "energy", "n/idle/acpi").unit, "J")
  })

  it("is no better than the sensor behind it", async () => {
    const rapl =
      'kepler_node_cpu_joules_total{node_name="n",path="/sys/class/powercap/intel-rapl:2",zone="psys"} 1000.5\n'
    const { gainLimit, origin } = only(await read(rapl), "energy").accuracy
    assert.equal(gainLimit, 0.05)
    assert.match(origin, /the sensor behind it/)
  })

  it("refuses a page without node energy", async () => {
    await rejectsWith("unsupported", read("kepler_container_joules_total{} 5\n"))
  })
})
