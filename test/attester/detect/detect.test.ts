import assert from "node:assert/strict"
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { CommandError, type Terminal } from "@wattest/command"
import { parseAgentConfig } from "../../../attester/src/agent/config.ts"
import { detect } from "../../../attester/src/commands/detect.ts"
import type { Places } from "../../../attester/src/detect/places.ts"
import { withFolder, withServer } from "../sources/bench.ts"

const UUIDS = ["GPU-aaaa0000", "GPU-bbbb0000"]

/** A machine as a folder of programs and kernel files; each part is there only where a test puts it. */
const machine = (folder: string) => {
  const script = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, `#!/bin/sh\n${text}\n`)
    chmodSync(path, 0o755)
  }
  const places = (more: Partial<Places> = {}): Places => ({
    local: {
      nvidia: { library: join(folder, "none.so"), command: join(folder, "nvidia-smi") },
      hwmon: { root: join(folder, "hwmon") },
      "amd-smi": { command: join(folder, "amd-smi") },
      rapl: { root: join(folder, "powercap") },
      ipmi: { command: join(folder, "ipmitool") },
    },
    pages: {},
    bmcs: [],
    ...more,
  })
  return {
    places,
    boards: () =>
      script(
        "nvidia-smi",
        `echo 'timestamp, index, uuid, name, power.draw.instant [W]'
${UUIDS.map((uuid, i) => `date "+%Y/%m/%d %H:%M:%S.000, ${i}, ${uuid}, NVIDIA H100 80GB HBM3, 400.00 W"`).join("\n")}`,
      ),
    bmc: () =>
      script(
        "ipmitool",
        `echo '    Instantaneous power reading:                   1200 Watts'
echo '    Power reading state is:                   activated'`,
      ),
    processors: () => {
      const zone = join(folder, "powercap", "intel-rapl:0")
      mkdirSync(zone, { recursive: true })
      for (const [file, text] of Object.entries({
        name: "package-0",
        energy_uj: "5",
        max_energy_range_uj: "262143328850",
      }))
        writeFileSync(join(zone, file), `${text}\n`)
    },
  }
}

/** What the command printed and said. */
async function detected(places: Places) {
  const [printed, said]: [string[], string[]] = [[], []]
  const terminal: Terminal = {
    print: (text) => void printed.push(text),
    say: (line) => void said.push(line),
    ask: async () => null,
  }
  await detect({ terminal, json: false }, places)
  return { config: JSON.parse(printed.join("")), said: said.join("\n") }
}

describe("looking at a machine", () => {
  it("proposes the BMC as the node's meter, boards within it, and how many there must be", () =>
    withFolder(async (folder) => {
      const { places, boards, bmc, processors } = machine(folder)
      boards()
      bmc()
      processors()
      const { config, said } = await detected(places())
      assert.equal(config.boundary, "node")
      assert.deepEqual(
        config.sources.map(({ kind }: { kind: string }) => kind),
        ["ipmi", "nvidia", "rapl"],
      )
      assert.equal(config.energy, "ipmi")
      assert.deepEqual(config.expect, { boards: 2 })
      assert.equal(parseAgentConfig(config).sources.length, 3)
      for (const words of [
        /ipmi: meters node/,
        /nvidia: meters accelerator GPU-aaaa0000, accelerator GPU-bbbb0000/,
        /energy of the boundary: 1200\.0 W/,
        /accelerator boards: 800\.0 W.*2 of 2 metered/,
        /ten minutes of this: 720000 J, U \d+ J/,
        /boundary node: the BMC meters the whole machine/,
      ])
        assert.match(said, words)
    }))

  it("proposes the boards alone where nothing meters the machine", () =>
    withFolder(async (folder) => {
      const { places, boards, processors } = machine(folder)
      boards()
      processors()
      const { config, said } = await detected(places())
      assert.deepEqual([config.boundary, config.energy], ["gpu", undefined])
      assert.match(said, /rapl: meters processor intel-rapl:0; left out/)
    }))

  it("asks pages on local ports, takes an exporter's occupancy of the same boards, and finds an engine", () =>
    withFolder(async (folder) => {
      const { places, boards } = machine(folder)
      boards()
      const line = (uuid: string) => `{gpu="0",UUID="${uuid}",modelName="NVIDIA H100 80GB HBM3"}`
      const page = UUIDS.map(
        (uuid) => `DCGM_FI_DEV_POWER_USAGE${line(uuid)} 401\nDCGM_FI_PROF_SM_OCCUPANCY${line(uuid)} 0.5\n`,
      ).join("")
      const vllm =
        'vllm:generation_tokens_total{model_name="llama"} 700\nvllm:prompt_tokens_total{model_name="llama"} 5\n'
      await withServer(
        (_request, response) => response.end(page),
        (exporter) =>
          withServer(
            (_request, response) => response.end(vllm),
            async (engine) => {
              const pages = { dcgm: [Number(exporter.port)], vllm: [Number(engine.port)] }
              const { config } = await detected(places({ pages }))
              assert.deepEqual(
                config.sources.map(({ kind }: { kind: string }) => kind),
                ["nvidia", "dcgm", "vllm"],
              )
              assert.deepEqual(config.expect, { boards: 2 })
            },
          ),
      )
    }))

  it("finds a BMC on the host's interface and says what to write, without a login", () =>
    withFolder(async (folder) => {
      const { places, boards } = machine(folder)
      boards()
      await withServer(
        (_request, response) => response.end(JSON.stringify({ RedfishVersion: "1.15.0" })),
        async (url) => {
          const { config, said } = await detected(places({ bmcs: [url.origin, "http://127.0.0.1:1"] }))
          assert.match(said, new RegExp(`a BMC answers at ${url.origin}; .*"kind":"redfish".*BMC_PASSWORD`))
          assert.equal(config.boundary, "gpu")
        },
      )
    }))

  it("says so where nothing meters anything", () =>
    withFolder(async (folder) => {
      const { places, processors } = machine(folder)
      await assert.rejects(detected(places()), CommandError)
      processors()
      await assert.rejects(detected(places()), { message: "nothing here meters a board or the machine" })
      await withServer(
        (_request, response) => response.end(JSON.stringify({ RedfishVersion: "1.15.0" })),
        ({ origin }) =>
          assert.rejects(detected(places({ bmcs: [origin] })), {
            message: `nothing here meters a board or the machine; a BMC answers at ${origin}`,
          }),
      )
    }))
})
