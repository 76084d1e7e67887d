import assert from "node:assert/strict"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { only, readOnce, rejectsWith, withServer } from "../bench.ts"

const read = (kind: string, page: string, options: Record<string, unknown> = {}) =>
  withServer(
    (_request, response) => response.end(page),
    (url) => readOnce(createSource({ kind, url: `${url}metrics`, ...options })),
  )

/** Small pages in the form of those that each exporter's source or documentation shows. */
describe("exporters by name", () => {
  it("AMD Device Metrics Exporter: boards of a page, of a partitioned one its primary alone", async () => {
    const labels = (gpu: number, partition: number, serial: string) =>
      `{card_model="Instinct MI300X",gpu_id="${gpu}",gpu_partition_id="${partition}",hostname="h",serial_number="${serial}"}`
    const page = `# HELP amd_gpu_package_power Current socket power in Watts
# TYPE amd_gpu_package_power gauge
amd_gpu_package_power${labels(0, 0, "s0")} 748
amd_gpu_package_power${labels(1, 1, "s0")} 0
amd_gpu_package_power${labels(8, 0, "s1")} 139
amd_gpu_energy_consumed${labels(0, 0, "s0")} 1.29e+14
amd_gpu_energy_consumed${labels(8, 0, "s1")} 5.5e+12
amd_gpu_gfx_activity${labels(0, 0, "s0")} 98
amd_gpu_junction_temperature${labels(0, 0, "s0")} 71
`
    const values = await read("amd-exporter", page, { expect: 2 })
    assert.equal(only(values, "power", "s0/0").value, "748")
    assert.equal(only(values, "power", "s1/8").value, "139")
    assert.equal(only(values, "energy", "s0/0").value, "129000000000000")
    assert.equal(only(values, "kernelTime").value, "98")
    assert.ok(values.every(({ covers, grade }) => covers === "accelerator" && grade === "measured"))
    await rejectsWith("unsupported", read("amd-exporter", page, { expect: 8 }), /2 parts, not 8/)
  })

  it("are as accurate as the operator states, in what carries energy alone; else as the exporter says", async () => {
    const page = `amd_gpu_package_power{gpu_id="0"} 748
amd_gpu_energy_consumed{gpu_id="0"} 5.5e+12
amd_gpu_gfx_activity{gpu_id="0"} 98
`
    const accuracies = async (options: object) =>
      (await read("amd-exporter", page, { ...options })).map(({ quantity, accuracy: { gainLimit, updateMs } }) => [
        ...[quantity, gainLimit, updateMs],
      ])
    const busy = ["kernelTime", 0, 0]
    assert.deepEqual(await accuracies({}), [["power", 0.05, 1000], ["energy", 0.05, 1000], busy])
    const accuracy = { gainLimit: 0.125, origin: "test" }
    assert.deepEqual(await accuracies({ accuracy }), [["power", 0.125, 30_000], ["energy", 0.125, 30_000], busy])
  })

  it("AMD Device Metrics Exporter: the mean of MI2xx, which has no momentary power", async () => {
    const page = 'amd_gpu_average_package_power{gpu_id="0",serial_number="s"} 300\n'
    assert.equal(only(await read("amd-exporter", page), "power").value, "300")
  })

  it("Intel Gaudi: milliwatts, whatever the metric beside it is called", async () => {
    const labels = '{Serial="AN1",UUID="01P0-HL",device="AN1",id="0"}'
    const page = `habanalabs_power_mW${labels} 91000
accelerator_power_usage_watts${labels} 91000
habanalabs_energy${labels} 123
habanalabs_utilization${labels} 0
habanalabs_temperature_onchip${labels} 31
`
    const values = await read("gaudi", page)
    assert.deepEqual([only(values, "power").value, only(values, "power").unit], ["91000", "mW"])
    assert.equal(values.length, 3)
  })

  it("ipmi_exporter: the node by DCMI, not its supplies; 0 W is no reading", async () => {
    const page = `ipmi_dcmi_power_consumption_watts 212
ipmi_power_watts{id="20",name="PSU1 Power",state="nominal"} 110
`
    const values = await read("ipmi-exporter", page)
    assert.deepEqual([only(values, "power").value, only(values, "power").covers, values.length], ["212", "node", 1])
    await rejectsWith("unsupported", read("ipmi-exporter", "ipmi_dcmi_power_consumption_watts 0\n"), /says 0 W/)
  })

  it("redfish_exporter: what goes into each power supply, not what comes out", async () => {
    const psu = (n: number) => `{resource="power_supply",chassis_id="1",power_supply="PSU${n}",power_supply_id="${n}"}`
    const page = `redfish_chassis_power_powersupply_power_input_watts${psu(0)} 310
redfish_chassis_power_powersupply_power_input_watts${psu(1)} 295
redfish_chassis_power_powersupply_power_output_watts${psu(0)} 290
redfish_chassis_power_average_consumed_watts{resource="power_wattage",chassis_id="1",power_voltage="Server",power_voltage_id="0"} 600
`
    const values = await read("redfish-exporter", page, { expect: 2 })
    assert.deepEqual(
      values.map(({ part, value, covers }) => [part, value, covers]),
      [
        ["1/0", "310", "node"],
        ["1/1", "295", "node"],
      ],
    )
  })

  it("Kepler's platform power: one entry as it is; of nested ones the one that labels choose", async () => {
    const entry = (name: string) =>
      `kepler_platform_watts{source="redfish",node_name="n",bmc_id="b",chassis_id="c",power_control_name="${name}"}`
    assert.equal(only(await read("kepler-platform", `${entry("Server Power Control")} 450\n`), "power").value, "450")
    const nested = `${entry("Server Power Control")} 450.5\n${entry("CPU Sub-system Power")} 85.2\n`
    await rejectsWith("unsupported", read("kepler-platform", nested), /CPU Sub-system Power.*select one by labels/)
    const chosen = await read("kepler-platform", nested, { labels: { power_control_name: "Server Power Control" } })
    assert.equal(only(chosen, "power").value, "450.5")
  })

  it("snmp_exporter: APC's hundredths of a kW and tenths of a kWh, and its mark for none", async () => {
    const page = `rPDU2DeviceStatusPower{rPDU2DeviceStatusIndex="1"} 613
rPDU2DeviceStatusEnergy{rPDU2DeviceStatusIndex="1"} 123456
`
    const values = await read("snmp-apc", page)
    assert.deepEqual([only(values, "power").value, only(values, "power").unit], ["6.13", "kW"])
    assert.equal(only(values, "energy").value, "12345.6")
    const none = 'rPDU2DeviceStatusPower{rPDU2DeviceStatusIndex="1"} -1\n'
    await rejectsWith("unsupported", read("snmp-apc", none), /below zero/)
  })

  it("snmp_exporter: Sentry4's input cords add up", async () => {
    const cord = (unit: number) => `{st4InputCordIndex="1",st4UnitIndex="${unit}"}`
    const page = `st4InputCordActivePower${cord(1)} 888\nst4InputCordActivePower${cord(2)} 919\n`
    const values = await read("snmp-sentry4", page)
    assert.deepEqual([only(values, "power", "1/1").value, only(values, "power", "2/1").value], ["888", "919"])
  })

  const ENGINES: readonly (readonly [kind: string, page: string, work: string, prefill: string])[] = [
    [
      "sglang",
      'sglang:prompt_tokens_total{model_name="m"} 8.128902e+06\nsglang:generation_tokens_total{model_name="m"} 7.557572e+06\n',
      "7557572",
      "8128902",
    ],
    [
      "tensorrt-llm",
      'trtllm_prompt_tokens_total{engine_type="trtllm",model_name="m"} 300.0\ntrtllm_generation_tokens_total{engine_type="trtllm",model_name="m"} 200.0\n',
      "200.0",
      "300.0",
    ],
    [
      "nim",
      'prompt_tokens_total{model_name="m"} 300.0\ngeneration_tokens_total{model_name="m"} 200.0\n',
      "200.0",
      "300.0",
    ],
    ["llama-cpp", "llamacpp:prompt_tokens_total 300\nllamacpp:tokens_predicted_total 200\n", "200", "300"],
  ]
  for (const [kind, page, work, prefill] of ENGINES)
    it(`${kind}: tokens in and out, as declared`, async () => {
      const values = await read(kind, page)
      assert.equal(Number(only(values, "work").value), Number(work))
      assert.equal(Number(only(values, "prefillWork").value), Number(prefill))
      assert.ok(values.every(({ grade, covers }) => grade === "declared" && covers === "workload"))
      await rejectsWith("unsupported", read(kind, "up 1\n"), /the page has no/)
    })

  it("find each their own on a page that several exporters share", async () => {
    const page = `# TYPE amd_gpu_package_power gauge
amd_gpu_package_power{card_model="Instinct MI300X",gpu_id="0",gpu_partition_id="0",hostname="h",serial_number="s"} 748
ipmi_dcmi_power_consumption_watts 212
ipmi_power_watts{id="20",name="PSU1 Power",state="nominal"} 110
kepler_platform_watts{source="redfish",node_name="n",bmc_id="b",chassis_id="c"} 450
sglang:generation_tokens_total{model_name="m"} 7.557572e+06
llamacpp:tokens_predicted_total 200
generation_tokens_total{model_name="m"} 200.0
`
    const expected = [
      ["amd-exporter", "power", 748],
      ["ipmi-exporter", "power", 212],
      ["kepler-platform", "power", 450],
      ["sglang", "work", 7_557_572],
      ["llama-cpp", "work", 200],
      ["nim", "work", 200],
    ] as const
    for (const [kind, quantity, value] of expected)
      assert.equal(Number(only(await read(kind, page), quantity).value), value, kind)
  })

  it("counts requests only where an engine does", () => {
    const make = (kind: string) => () => createSource({ kind, url: "http://h/", count: "requests" })
    assert.throws(make("llama-cpp"), /count: must be one of output-tokens, total-tokens/)
    assert.doesNotThrow(make("sglang"))
  })
})
