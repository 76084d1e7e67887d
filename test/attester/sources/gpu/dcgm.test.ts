import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { parseNvidiaSmi } from "../../../../attester/src/sources/gpu/nvidia-smi.ts"
import { only, readOnce, rejectsWith, requireAll, SHARED_DATA, withServer } from "../bench.ts"

const LABELS =
  'gpu="0",UUID="GPU-1",pci_bus_id="00000000:00:09.0",device="nvidia0",modelName="NVIDIA H100 80GB HBM3",Hostname="h1"'
const PAGE = `# HELP DCGM_FI_DEV_POWER_USAGE Power draw (in W).
# TYPE DCGM_FI_DEV_POWER_USAGE gauge
DCGM_FI_DEV_POWER_USAGE{${LABELS}} 629.450000
# TYPE DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION counter
DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{${LABELS}} 1.234567890123e+12
DCGM_FI_DEV_GPU_TEMP{${LABELS}} 55
DCGM_FI_DEV_MEMORY_TEMP{${LABELS}} 2147483632
DCGM_FI_DEV_GPU_UTIL{${LABELS}} 99
DCGM_FI_PROF_SM_OCCUPANCY{${LABELS}} 0.612500
DCGM_FI_PROF_DRAM_ACTIVE{${LABELS}} NaN
`
const mig = (instance: string) => `${LABELS},GPU_I_PROFILE="1g.10gb",GPU_I_ID="${instance}"`
const MIG_PAGE = `DCGM_FI_DEV_POWER_USAGE{${mig("7")}} 300.5
DCGM_FI_DEV_POWER_USAGE{${mig("8")}} 300.5
DCGM_FI_PROF_SM_OCCUPANCY{${mig("7")}} 0.5
DCGM_FI_PROF_SM_OCCUPANCY{${mig("8")}} 0.25
`

const read = (page: string, status = 200) =>
  withServer(
    (_request, response) => response.writeHead(status).end(page),
    (url) => readOnce(createSource({ kind: "dcgm", url: `${url}metrics` })),
  )

describe("DCGM exporter", () => {
  it("reads a board's page; DCGM's blank marks and NaN are absent", async () => {
    const values = await read(PAGE)
    assert.deepEqual([only(values, "power").value, only(values, "power").accuracy.windowMs], ["629.450000", 1000])
    assert.equal(only(values, "energy").value, "1234567890123")
    assert.equal(only(values, "smOccupancy").value, "0.612500")
    const absent = values.filter(({ quantity }) => ["memoryTemperature", "dramActivity"].includes(quantity))
    assert.deepEqual(absent, [])
  })

  it("takes DCGM's marks for no value, and the numbers next to them for values", async () => {
    const field = (name: string, value: string | number) => `${name}{${LABELS}} ${value}\n`
    const readings = (name: string, ...values: readonly (string | number)[]) =>
      Promise.all(
        values.map(async (value) => {
          const all = await read(field("DCGM_FI_DEV_POWER_USAGE", 500) + field(name, value))
          return all.find(({ sensor }) => sensor.endsWith(name))?.value ?? null
        }),
      )
    // Of 32 bits: 0x7ffffff0 to 0x7fffffff.
    assert.deepEqual(
      await readings("DCGM_FI_DEV_MEMORY_TEMP", 0x7fffffef, 0x7ffffff0, 0x7ffffff3, 0x7fffffff, 0x80000000),
      ["2147483631", null, null, null, "2147483648"],
    )
    // Of doubles 2^47 and a few more, of 64 bits 0x7ffffffffffffff0 and a few more.
    assert.deepEqual(
      await readings("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", 2 ** 47 - 1, 2 ** 47, 2 ** 47 + 3, "9223372036854775792"),
      ["140737488355327", null, null, null],
    )
  })

  it("names a board of which the page has no number, beside those that it has", async () => {
    const dark = LABELS.replace("GPU-1", "GPU-2")
    const error = await rejectsWith("missing", read(`${PAGE}DCGM_FI_DEV_POWER_USAGE{${dark}} NaN\n`), /GPU-2/)
    assert.equal(only(error.values, "power").part, "GPU-1")
    const warm = await rejectsWith("missing", read(`${PAGE}DCGM_FI_DEV_GPU_TEMP{${dark}} 40\n`), /GPU-2/)
    assert.equal(only(warm.values, "power").part, "GPU-1")
  })

  it("states the blind time of Blackwell boards too, and the worst known of a board in no table", async () => {
    const gap = async (model: string) => {
      const board = LABELS.replace("NVIDIA H100 80GB HBM3", model)
      return only(await read(`DCGM_FI_DEV_POWER_USAGE{${board}} 250\n`), "power").accuracy
    }
    for (const model of ["NVIDIA B200", "NVIDIA B300", "NVIDIA GB200", "NVIDIA GB300", "NVIDIA H200"]) {
      assert.equal((await gap(model)).gapMs, 75, model)
      assert.doesNotMatch((await gap(model)).origin, /in no table/, model)
    }
    for (const model of ["NVIDIA Z900", ""]) {
      const known = await gap(model)
      assert.equal(known.gapMs, 75, model)
      assert.match(known.origin, /the worst known, as this board is in no table/)
    }
    assert.equal((await gap("NVIDIA L40S")).gapMs, 0)
    assert.equal((await gap("NVIDIA GeForce RTX 3090")).gapMs, 0)
  })

  it("reads the names of dcgm-exporter 1.x, and counters with OpenMetrics' suffix", async () => {
    const old =
      'dcgm_power_usage{gpu="0",uuid="GPU-8"} 31.737\ndcgm_total_energy_consumption{gpu="0",uuid="GPU-8"} 7.824041e+06\n'
    const values = await read(old)
    assert.deepEqual([only(values, "power").value, only(values, "power").part], ["31.737", "GPU-8"])
    assert.equal(only(values, "energy").value, "7824041")
    const open = await read(`DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION_total{${LABELS}} 5\n# EOF\n`)
    assert.equal(only(open, "energy").value, "5")
  })

  it("agrees with nvidia-smi on a captured H100 under load", function () {
    const file = join(SHARED_DATA, "nvidia-smi-captures", "linux-x86_64__nvidia-h100-80gb-hbm3__590.48.01.txt")
    requireAll(this, { files: [file] })
    const answers = [...readFileSync(file, "utf8").matchAll(/^(timestamp, driver_version, .*\n(?:\d{4}\/.*\n)+)/gm)]
    const told = parseNvidiaSmi("smi", answers.at(-1)?.[1] ?? "")
    const [instant, average] = told.filter(({ quantity }) => quantity === "power")
    const fields: [string, string | undefined][] = [
      ["DCGM_FI_DEV_POWER_USAGE", average?.value],
      ["DCGM_FI_DEV_POWER_USAGE_INSTANT", instant?.value],
      ["DCGM_FI_DEV_GPU_TEMP", only(told, "acceleratorTemperature").value],
      ["DCGM_FI_DEV_GPU_UTIL", only(told, "kernelTime").value],
    ]
    return read(fields.map(([field, value]) => `${field}{${LABELS}} ${value}\n`).join("")).then((values) => {
      const [mean, now] = values.filter(({ quantity }) => quantity === "power")
      assert.deepEqual([mean?.value, now?.value], [average?.value, instant?.value])
      assert.deepEqual(
        [mean?.accuracy.windowMs, now?.accuracy.windowMs],
        [average?.accuracy.windowMs, instant?.accuracy.windowMs],
      )
      assert.equal(only(values, "kernelTime").value, only(told, "kernelTime").value)
    })
  })

  it("counts a MIG board's power once, as allocated, and its instances' activities apart", async () => {
    const values = await read(MIG_PAGE)
    assert.equal(only(values, "power").grade, "allocated")
    assert.deepEqual(
      values.filter(({ quantity }) => quantity === "smOccupancy").map(({ part, value }) => [part, value]),
      [
        ["GPU-1/7", "0.5"],
        ["GPU-1/8", "0.25"],
      ],
    )
  })

  it("refuses a page cut off, a foreign one, one without a UUID, and an error status", async () => {
    await rejectsWith("malformed", read(PAGE.slice(0, -5)))
    await rejectsWith("unsupported", read("go_goroutines 7\n"))
    await rejectsWith("malformed", read('DCGM_FI_DEV_GPU_TEMP{gpu="0"} 5\n'), /UUID/)
    await rejectsWith("failed", read("", 500))
    await rejectsWith("denied", read("", 401))
  })

  it("times out on an exporter that never answers, and reports one that is not there as missing", async () => {
    await withServer(
      () => {},
      (url) => rejectsWith("timeout", readOnce(createSource({ kind: "dcgm", url: url.href, timeoutMs: 100 }))),
    )
    const gone = await withServer(
      () => {},
      async (url) => url.href,
    )
    await rejectsWith("missing", readOnce(createSource({ kind: "dcgm", url: gone })))
  })
})
