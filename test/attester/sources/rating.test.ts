import assert from "node:assert/strict"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { tableRatingWatts, VOUCH_TYPE, type VouchDocument } from "@wattest/protocol"
import { planMetering } from "../../../attester/src/agent/plan.ts"
import type { KnownSensor } from "../../../attester/src/agent/poller.ts"
import { readingOf } from "../../../attester/src/agent/reading.ts"
import { UNDECLARED } from "../../../attester/src/boundary/composition.ts"
import { leafOf } from "../../../attester/src/boundary/expression.ts"
import { createSource } from "../../../attester/src/sources/create.ts"
import type { SensorValue } from "../../../attester/src/sources/source.ts"
import { buildShared, readOnce, requireAll, withFolder, withServer } from "./bench.ts"

/** What the plan of a device that reads this source takes its boards for, watts. */
function planned(values: readonly SensorValue[], vouch: VouchDocument | null = null): readonly (string | undefined)[] {
  const known = new Map(
    values.map((value) => {
      const reading = readingOf("gpu", value, 0)
      assert.ok(reading)
      return [reading.sensor, { source: "gpu", periodMs: 1000, value, reading } satisfies KnownSensor]
    }),
  )
  const composition = { ...UNDECLARED, energy: leafOf("gpu") }
  const plan = planMetering(known, { boundary: "gpu", composition, sources: [], share: null, vouch })
  return plan.filter(({ role }) => role === "energy").map(({ ratingWatts }) => ratingWatts)
}

const vouchOf = (sensors: VouchDocument["sensors"]): VouchDocument => ({
  ...{ mediaType: VOUCH_TYPE, device: `0x${"11".repeat(32)}`, boundary: "gpu", origin: "live", site: "", sensors },
  ...{ metering: [], accelerators: [], validFrom: 1_700_000_000, previous: null },
})

/** A board's source with the name that its surface gives the board; null where the board has none. */
type Read = (name: string | null) => Promise<readonly SensorValue[]>

const page =
  (kind: string, write: (name: string | null) => string, options: object = {}): Read =>
  (name) =>
    withServer(
      (_request, response) => response.end(write(name)),
      (url) => readOnce(createSource({ kind, url: `${url}metrics`, ...options })),
    )

const script = (folder: string, name: string, text: string) => {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}

const SMI_HEADER = "timestamp, uuid, name, mig.mode.current, power.draw.instant [W]"
const AMD_BOARD = [{ gpu: 0, power: { socket_power: { value: 742, unit: "W" } } }]

const SOURCES: readonly (readonly [
  kind: string,
  name: string,
  watts: string,
  unknown: string | undefined,
  read: Read,
])[] = [
  [
    ...(["nvidia-smi", "NVIDIA H100 PCIe", "350", "1400"] as const),
    (name) =>
      withFolder((folder) => {
        const row = `2026/07/14 08:12:38.696, GPU-1, ${name ?? ""}, Disabled, 300.10 W`
        const command = script(folder, "nvidia-smi", `printf '%s\\n' '${SMI_HEADER}' '${row}'`)
        return readOnce(createSource({ kind: "nvidia-smi", command }))
      }),
  ],
  [
    ...(["dcgm", "NVIDIA B200", "1000", "1400"] as const),
    page("dcgm", (name) => {
      const model = name === null ? "" : `,modelName="${name}"`
      return `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{UUID="GPU-1"${model}} 5\n`
    }),
  ],
  [
    ...(["amd-smi", "AMD Instinct MI300X", "750", "1400"] as const),
    (name) =>
      withFolder((folder) => {
        const asic = JSON.stringify({ gpu_data: [{ gpu: 0, asic: { market_name: name ?? "N/A" } }] })
        const text = `if [ "$1" = static ]; then echo '${asic}'; else echo '${JSON.stringify(AMD_BOARD)}'; fi`
        return readOnce(createSource({ kind: "amd-smi", command: script(folder, "amd-smi", text) }))
      }),
  ],
  [
    ...(["hwmon", "AMD Instinct MI210", "300", "1400"] as const),
    (name) =>
      withFolder((root) => {
        const [board, monitor] = [join(root, "0000:03:00.0"), join(root, "hwmon3")]
        for (const folder of [board, monitor]) mkdirSync(folder)
        if (name !== null) writeFileSync(join(board, "product_name"), `${name}\n`)
        symlinkSync("../0000:03:00.0", join(monitor, "device"))
        writeFileSync(join(monitor, "name"), "amdgpu\n")
        writeFileSync(join(monitor, "power1_average"), "200000000\n")
        return readOnce(createSource({ kind: "hwmon", root }))
      }),
  ],
  [
    ...(["amd-exporter", "AMD Instinct MI325X", "1000", "1400"] as const),
    page("amd-exporter", (name) => {
      const series = name === null ? "" : `,card_series="${name}"`
      return `amd_gpu_package_power{gpu_id="0",serial_number="1"${series}} 742\n`
    }),
  ],
  [
    ...(["redfish", "H200", "700", undefined] as const),
    (name) =>
      withServer(
        ({ url }, response) => {
          const chassis = { Model: name, EnvironmentMetrics: { "@odata.id": "/redfish/v1/E" } }
          const metrics = { PowerWatts: { Reading: 500 } }
          response.setHeader("content-type", "application/json")
          response.end(JSON.stringify(url?.endsWith("/E") ? metrics : chassis))
        },
        (url) => {
          const options = { url: url.href, chassis: "GPU_1", resources: ["environment"], covers: "accelerator" }
          return readOnce(createSource({ kind: "redfish", ...options }))
        },
      ),
  ],
]

describe("the rating of a board", () => {
  for (const [kind, name, watts, unknown, read] of SOURCES) {
    it(`that ${kind} names is the one of its SKU`, async () => {
      const values = await read(name)
      assert.deepEqual([...new Set(values.map(({ sku }) => sku))], [name])
      assert.deepEqual(planned(values), [watts])
    })

    it(`that ${kind} does not name, or that no table knows, is ${unknown ?? "nobody's"}`, async () => {
      const values = await read(null)
      assert.deepEqual([...new Set(values.map(({ sku }) => sku))], [undefined])
      assert.deepEqual(planned(values), [unknown])
      assert.deepEqual(planned(await read("Board of Next Year")), [unknown])
    })
  }

  it("that NVML names is the one of its SKU", async function () {
    requireAll(this, { programs: ["gcc"] })
    const folder = mkdtempSync(join(tmpdir(), "wattest-nvml-"))
    const [library, state] = [join(folder, "libnvidia-ml.so.1"), join(folder, "state")]
    buildShared(join(import.meta.dirname, "gpu/fake-nvml.c"), library)
    process.env.FAKE_NVML_STATE = state
    try {
      for (const [name, watts] of [
        ["NVIDIA H100 80GB HBM3", "700"],
        ["NVIDIA L4", "72"],
        ["Board of Next Year", "1400"],
      ] as const) {
        writeFileSync(state, `count 1\n0.uuid GPU-1\n0.name ${name}\n0.power 55000\n0.energy 123456\n`)
        const values = await readOnce(createSource({ kind: "nvml", library }))
        assert.deepEqual([...new Set(values.map(({ sku }) => sku))], [name])
        assert.deepEqual(planned(values), [watts])
      }
    } finally {
      delete process.env.FAKE_NVML_STATE
      rmSync(folder, { recursive: true })
    }
  })

  it("is the voucher's where a vouch document names the sensor", async () => {
    const values = await (SOURCES[1]?.[4]("NVIDIA B200") ?? [])
    const id = "gpu/GPU-1/DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"
    const about = { surface: "dcgm", quantity: "energy", serial: "", accuracyClass: "", calibrations: [] }
    assert.deepEqual(planned(values, vouchOf([{ id, ...about, channel: "open", ratingWatts: "850" }])), ["850"])
    assert.deepEqual(planned(values, vouchOf([])), ["1000"])
  })

  it("of a machine that holds boards is not that of a board", () => {
    assert.equal(tableRatingWatts("redfish", null), null)
    assert.equal(tableRatingWatts("rapl", null), 1000)
  })
})
