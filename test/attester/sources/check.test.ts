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
})
