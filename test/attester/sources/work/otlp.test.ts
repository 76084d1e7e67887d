import assert from "node:assert/strict"
import { gzipSync } from "node:zlib"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http"
import { AggregationTemporality, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { keptOf } from "@wattest/testkit/local/connections"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { createOtlp, type OtlpOptions } from "../../../../attester/src/sources/work/otlp.ts"
import { OtlpTotals, parseOtlp } from "../../../../attester/src/sources/work/otlp-metrics.ts"
import { only, readOnce, rejectsWith } from "../bench.ts"

const DELTA = 1
const CUMULATIVE = 2
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })

type Tokens = {
  type: string
  sum: number
  time: number
  start?: number
  temporality?: number
  model?: string
  server?: string
}

/** A request as OpenTelemetry's GenAI instrumentations send it; times in ms. */
const tokenUsage = ({
  type,
  sum,
  time,
  start = 1,
  temporality = CUMULATIVE,
  model = "llama",
  server = "a",
}: Tokens) => {
  const attributes = [attribute("gen_ai.token.type", type), attribute("gen_ai.request.model", model)]
  const point = { attributes, startTimeUnixNano: `${start}000000`, timeUnixNano: `${time}000000`, count: "3", sum }
  const metric = {
    name: "gen_ai.client.token.usage",
    unit: "{token}",
    histogram: { aggregationTemporality: temporality, dataPoints: [point] },
  }
  const resource = { attributes: [attribute("service.instance.id", server)] }
  return { resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: "openai" }, metrics: [metric] }] }] }
}
const counter = (name: string, asInt: string, time: number, more: Record<string, unknown> = {}) => ({
  resourceMetrics: [
    {
      scopeMetrics: [
        {
          metrics: [
            {
              name,
              sum: {
                aggregationTemporality: CUMULATIVE,
                isMonotonic: true,
                dataPoints: [{ asInt, timeUnixNano: `${time}000000`, ...more }],
              },
            },
          ],
        },
      ],
    },
  ],
})

const withReceiver = async (
  options: Partial<OtlpOptions>,
  use: (source: ReturnType<typeof createOtlp>, post: Post) => Promise<void>,
) => {
  const source = createOtlp({
    id: "otlp",
    periodMs: 1000,
    host: "127.0.0.1",
    port: 0,
    count: "output-tokens",
    ...options,
  })
  await rejectsWith("unsupported", readOnce(source), /nothing received yet on port \d+/)
  const post: Post = async (body, headers = {}, path = "/v1/metrics") => {
    const json = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body)
    const init = { method: "POST", body: json as BodyInit, headers: { "content-type": "application/json", ...headers } }
    return (await fetch(`http://127.0.0.1:${source.port()}${path}`, init)).status
  }
  try {
    await use(source, post)
  } finally {
    await source.close()
  }
}
type Post = (body: unknown, headers?: Record<string, string>, path?: string) => Promise<number>

describe("OTLP receiver", () => {
  it("turns GenAI token usage into work, prefill and decode, as declared", () =>
    withReceiver({}, async (source, post) => {
      assert.equal(await post(tokenUsage({ type: "input", sum: 900, time: 10 })), 200)
      assert.equal(await post(tokenUsage({ type: "output", sum: 300, time: 12 })), 200)
      const values = await readOnce(source)
      assert.deepEqual(
        [only(values, "work").value, only(values, "prefillWork").value, only(values, "decodeWork").value],
        ["300", "900", "300"],
      )
      assert.deepEqual([only(values, "work").timeMs, only(values, "work").grade], [12, "declared"])
    }))

  for (const temporality of [AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE])
    it(`understands OpenTelemetry's own exporter, ${AggregationTemporality[temporality]}`, () =>
      withReceiver({ token: "hunter2" }, async (source) => {
        const exporter = new OTLPMetricExporter({
          url: `http://127.0.0.1:${source.port()}/v1/metrics`,
          headers: { authorization: "Bearer hunter2" },
          temporalityPreference: temporality,
        })
        const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 })
        const provider = new MeterProvider({ readers: [reader] })
        const meter = provider.getMeter("workload")
        const tokens = meter.createHistogram("gen_ai.client.token.usage")
        const accepted = meter.createCounter("wattest.accepted")
        const kind = (type: string) => ({ "gen_ai.token.type": type, "gen_ai.request.model": "llama" })
        tokens.record(100, kind("input"))
        for (const count of [30, 12]) {
          tokens.record(count, kind("output"))
          accepted.add(1)
          await provider.forceFlush()
        }
        await provider.shutdown()
        const values = await readOnce(source)
        assert.deepEqual([only(values, "work").value, only(values, "prefillWork").value], ["42", "100"])
        assert.equal(only(values, "accepted").value, "2")
      }))

  it("keeps the total through a restart of the exporter and adds servers up", () =>
    withReceiver({}, async (source, post) => {
      await post(tokenUsage({ type: "output", sum: 300, time: 10, start: 1 }))
      await post(tokenUsage({ type: "output", sum: 20, time: 20, start: 15 }))
      await post(tokenUsage({ type: "output", sum: 25, time: 30, start: 15 }))
      await post(tokenUsage({ type: "output", sum: 1000, time: 35, start: 31, server: "b" }))
      assert.equal(only(await readOnce(source), "work").value, "1325")
    }))

  it("counts an exporter that comes later from there, and its new counters whole", () =>
    withReceiver({}, async (source, post) => {
      const total = async () => only(await readOnce(source), "work").value
      await post(tokenUsage({ type: "output", sum: 300, time: 10, start: 1 }))
      await post(tokenUsage({ type: "output", sum: 1_000_000, time: 20, start: 2, server: "b" }))
      assert.equal(await total(), "300", "what it did before is nobody's work here")
      await post(tokenUsage({ type: "output", sum: 1_000_400, time: 30, start: 2, server: "b" }))
      assert.equal(await total(), "700")
      const counted = { type: "output", sum: 50, time: 40, start: 2, server: "b" }
      const asked = tokenUsage(counted)
      asked.resourceMetrics[0]?.scopeMetrics[0]?.metrics[0]?.histogram.dataPoints[0]?.attributes.push(
        attribute("gen_ai.operation.name", "chat"),
      )
      await post(asked)
      assert.equal(await total(), "750", "a counter of an exporter that is known began at 0")
      await post(tokenUsage({ type: "output", sum: 9, time: 50, temporality: DELTA, server: "c" }))
      assert.equal(await total(), "759", "an increment is work, whoever sends it")
    }))

  it("adds increments, and counts a request that was sent twice once", () =>
    withReceiver({}, async (source, post) => {
      const request = tokenUsage({ type: "output", sum: 30, time: 10, temporality: DELTA })
      await post(request)
      await post(request)
      await post(tokenUsage({ type: "output", sum: 12, time: 20, temporality: DELTA }))
      assert.equal(only(await readOnce(source), "work").value, "42")
    }))

  it("prefers counters of work and acceptance that the workload sends itself", () =>
    withReceiver({ count: "total-tokens" }, async (source, post) => {
      await post(tokenUsage({ type: "output", sum: 300, time: 12 }))
      await post(tokenUsage({ type: "input", sum: 900, time: 12 }))
      assert.deepEqual(
        (await readOnce(source)).filter(({ quantity }) => quantity === "work").map(({ part, value }) => [part, value]),
        [
          ["prefillWork", "900"],
          ["decodeWork", "300"],
        ],
      )
      await post(counter("wattest.work", "9007199254740993", 15))
      await post(counter("wattest.accepted", "40", 15))
      const values = await readOnce(source)
      assert.deepEqual([only(values, "work").value, only(values, "accepted").value], ["9007199254740993", "40"])
    }))

  it("counts only the model of the run", () =>
    withReceiver({ model: "llama" }, async (source, post) => {
      await post(tokenUsage({ type: "output", sum: 5, time: 10, model: "qwen" }))
      await rejectsWith("unsupported", readOnce(source))
      await post(tokenUsage({ type: "output", sum: 7, time: 10 }))
      assert.equal(only(await readOnce(source), "work").value, "7")
    }))

  it("unpacks gzip, and refuses bombs, other types, other paths and nonsense with a status", () =>
    withReceiver({}, async (source, post) => {
      const packed = gzipSync(JSON.stringify(tokenUsage({ type: "output", sum: 7, time: 10 })))
      assert.equal(await post(packed, { "content-encoding": "gzip" }), 200)
      const padded = (bytes: number) => JSON.stringify(tokenUsage({ type: "output", sum: 7, time: 10 })).padStart(bytes)
      const most = 4 * 1024 * 1024
      const zipped = (bytes: number) => post(gzipSync(padded(bytes)), { "content-encoding": "gzip" })
      assert.deepEqual([await zipped(most), await zipped(most + 1)], [200, 400])
      assert.deepEqual([await post(padded(most)), await post(padded(most + 1))], [200, 413])
      assert.equal(await post("x", { "content-type": "application/x-protobuf" }), 415)
      assert.equal(await post({}, {}, "/v1/traces"), 404)
      for (const body of [
        "{",
        "[]",
        "{}",
        counter("wattest.work", "-5", 1),
        counter("wattest.work", "many", 1),
        counter("wattest.work", "5", 1, { timeUnixNano: "soon" }),
      ])
        assert.equal(await post(body), 400, JSON.stringify(body))
      assert.equal(only(await readOnce(source), "work").value, "7")
    }))

  it("demands its token where it has one", () =>
    withReceiver({ token: "hunter2" }, async (_source, post) => {
      const request = tokenUsage({ type: "output", sum: 7, time: 10 })
      assert.equal(await post(request), 401)
      assert.equal(await post(request, { authorization: "Bearer hunter3" }), 401)
      assert.equal(await post(request, { authorization: "Bearer hunter2" }), 200)
    }))

  it("holds a bounded number of counters", () => {
    const totals = new OtlpTotals()
    const point = (index: number) =>
      ({
        series: `s${index}`,
        owner: "a",
        quantity: "work",
        value: "1",
        cumulative: true,
        start: 0n,
        time: 1n,
      }) as const
    assert.equal(totals.add(Array.from({ length: 1000 }, (_, index) => point(index))), true)
    assert.equal(totals.add([point(1000)]), false)
    assert.equal(totals.total("work")?.value, "1000")
  })

  it("holds no name of a sender, however long and however many counters bear it", () => {
    const attributes = ["x".repeat(2 << 20)]
    const dataPoints = Array.from({ length: 50 }, (_, i) => ({
      ...{ asInt: "1", timeUnixNano: "1" },
      attributes: [{ key: "k", value: { stringValue: `${i}` } }],
    }))
    const metrics = [{ name: "wattest.work", sum: { aggregationTemporality: 2, dataPoints } }]
    const points = parseOtlp(
      { resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }] },
      undefined,
    )
    assert.equal(new Set(points?.map(({ series }) => series)).size, 50)
    for (const { owner, series } of points ?? []) assert.ok(owner.length + series.length < 100)
  })

  it("keeps 256 connections at once, so that descriptors are left for the device", () =>
    withReceiver({}, async (source) => assert.equal(await keptOf(source.port(), 258), 256)))

  it("reports a port that is taken, and refuses to listen to the network without a token", () =>
    withReceiver({}, async (source) => {
      const second = createSource({ kind: "otlp", port: source.port() })
      await rejectsWith("failed", readOnce(second), /EADDRINUSE/)
      assert.throws(() => createSource({ kind: "otlp", host: "0.0.0.0" }), /\.token: is needed/)
    }))
})
