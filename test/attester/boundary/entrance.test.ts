import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { parseAgentConfig } from "../../../attester/src/agent/config.ts"
import { createSource } from "../../../attester/src/sources/create.ts"
import { ConfigError } from "../../../attester/src/sources/options.ts"
import { readOnce, rejectsWith, withServer } from "../sources/bench.ts"
import { board, dcgm, planned, power, tenMinutesOf } from "./bench.ts"

const line = (uuid: string, watts: string, model = "NVIDIA H100 80GB HBM3") =>
  `DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="${uuid}",modelName="${model}"} ${watts}\n`

describe("the entrance of every source", () => {
  it("believes neither 0 W of a board that answers nor more than twice what can flow", () => {
    let page = ""
    return withServer(
      (_request, response) => response.end(page),
      async (url) => {
        const source = createSource({ kind: "dcgm", url: url.href, ratingWatts: 700 })
        for (const [watts, message] of [
          ["0", /says 0 W of what answers/],
          ["1400.1", /says 1400\.1 W, and 700 W can flow there/],
        ] as const) {
          page = line("GPU-1", "500") + line("GPU-2", watts)
          const error = await rejectsWith("malformed", readOnce(source), message)
          assert.deepEqual(
            error.values.map(({ value }) => value),
            ["500"],
          )
        }
        page = line("GPU-1", "500") + line("GPU-2", "1400")
        assert.equal((await readOnce(source)).length, 2)
      },
    )
  })

  it("names a board that was there and is gone", () => {
    let page = line("GPU-1", "500") + line("GPU-2", "500")
    return withServer(
      (_request, response) => response.end(page),
      async (url) => {
        const source = createSource({ kind: "dcgm", url: url.href })
        await readOnce(source)
        page = line("GPU-1", "500")
        const error = await rejectsWith("missing", readOnce(source), /GPU-2 gives neither power nor energy/)
        assert.equal(error.values.length, 1)
      },
    )
  })

  it("refuses two entries that read the same", () => {
    const sources = [dcgm("a"), { ...dcgm("a"), id: "b", periodMs: 50 }]
    assert.throws(() => parseAgentConfig({ boundary: "gpu", sources }), ConfigError)
  })

  it("uses the power of a page that repeats itself for ever, and never says 0 J measured", () => {
    const uuids = Array.from({ length: 8 }, (_, i) => `GPU-${i}`)
    const values = uuids.flatMap((uuid) => [
      board(uuid, 650),
      board(uuid, 5_000_000, { sensor: `${uuid}energy`, quantity: "energy", unit: "mJ" }),
    ])
    const answers = { page: values }
    const { watts, blindMs } = tenMinutesOf(planned({ boundary: "gpu", sources: [dcgm("page")] }, answers), answers)
    assert.ok(Math.abs(watts - 5200) < 52, `${watts} W`)
    assert.ok(blindMs > 500_000)
  })

  it("lets a feed carry nothing", () => {
    const answers = { a: [power(0, { part: "pdu/1" })] }
    const sources = [{ kind: "pdu", id: "a", profile: "apc", host: "h", community: { env: "PATH" } }]
    assert.equal(tenMinutesOf(planned({ boundary: "rack", sources }, answers), answers).watts, 0)
  })
})

describe("the page on composing a boundary", () => {
  const page = readFileSync("docs/attester/boundary.md", "utf8")
  const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => text ?? "")

  it("has examples that are read as they stand", () => {
    assert.equal(examples.length, 4)
    for (const text of examples) {
      const read: unknown = JSON.parse(text.replaceAll(/\{ "env": "\w+" \}/g, '{ "env": "PATH" }'))
      assert.ok(parseAgentConfig(read).sources.length >= 2)
    }
  })
})
