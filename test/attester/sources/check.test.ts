import assert from "node:assert/strict"
import { checkSources, formatReports } from "../../../attester/src/sources/check.ts"
import { createSources } from "../../../attester/src/sources/create.ts"
import { withServer } from "./bench.ts"

describe("checking a configuration of sources", () => {
  it("reports what each source gives now, and why one gives nothing", () =>
    withServer(
      (_request, response) =>
        response.end('DCGM_FI_DEV_POWER_USAGE{UUID="GPU-1",modelName="NVIDIA H100 80GB HBM3"} 629.5\n'),
      async (url) => {
        const sources = createSources({
          sources: [
            { kind: "dcgm", url: url.href },
            { kind: "nvidia-smi", command: "/nowhere/nvidia-smi" },
          ],
        })
        const reports = await checkSources(sources, AbortSignal.timeout(5000))
        assert.deepEqual(
          reports.map(({ source, values, fault }) => [source, values.length, fault?.kind]),
          [
            ["dcgm", 1, undefined],
            ["nvidia-smi", 0, "missing"],
          ],
        )
        const text = formatReports(reports)
        assert.match(
          text,
          /power 629\.5 W of accelerator, measured, gain ±5\.00 %, sees 25 of 100 ms \(.*arXiv 2312\.02741.*\), rated 700 W as NVIDIA H100 80GB HBM3/,
        )
        assert.match(text, /nvidia-smi \(every 1000 ms, took \d+ ms\): missing: .* is not installed/)
      },
    ))

  it("says what is stated of a source, and who the part is, where its surface tells", () => {
    const resources: Record<string, unknown> = {
      "/redfish/v1/Chassis/1": {
        Id: "1",
        SerialNumber: "ha258s046822",
        EnvironmentMetrics: { "@odata.id": "/redfish/v1/Chassis/1/EnvironmentMetrics" },
      },
      "/redfish/v1/Chassis/1/EnvironmentMetrics": { PowerWatts: { Reading: 1355 } },
    }
    return withServer(
      ({ url }, response) => {
        const found = resources[url ?? ""]
        response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found ?? {}))
      },
      async (url) => {
        const bmc = { kind: "redfish", url: url.href, chassis: "1" }
        const read = async (source: object) => {
          const sources = createSources({ sources: [source] })
          const text = formatReports(await checkSources(sources, AbortSignal.timeout(5000)))
          await sources[0]?.close()
          return text
        }
        const stated = await read({ ...bmc, ratingWatts: 5500 })
        assert.match(stated, /power 1355 W of node, .*, rated 5500 W as stated, is redfish\/HA258S046822\/1 {2}\[/)
        assert.match(await read(bmc), /, not rated, is redfish/)
      },
    )
  })
})
