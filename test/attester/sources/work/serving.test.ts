import assert from "node:assert/strict"
import { createMeter, type SensorReading } from "@wattest/protocol"
import { planMetering } from "../../../../attester/src/agent/plan.ts"
import type { KnownSensor } from "../../../../attester/src/agent/poller.ts"
import { readingOf } from "../../../../attester/src/agent/reading.ts"
import { UNDECLARED } from "../../../../attester/src/boundary/composition.ts"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { addDecimals } from "../../../../attester/src/sources/decimal.ts"
import type { Quantity, SensorValue } from "../../../../attester/src/sources/source.ts"
import { readOnce, rejectsWith, withServer } from "../bench.ts"

const VLLM = `# HELP vllm:prompt_tokens_total Number of prefill tokens processed.
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="llama"} 1.2345678e+07
vllm:prompt_tokens_total{engine="1",model_name="llama"} 1000.0
vllm:prompt_tokens_total{engine="0",model_name="qwen"} 7.0
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{engine="0",model_name="llama"} 9007199254740993
vllm:generation_tokens_total{engine="1",model_name="llama"} 500.0
vllm:generation_tokens_total{engine="0",model_name="qwen"} 9.0
# TYPE vllm:request_success_total counter
vllm:request_success_total{engine="0",finished_reason="stop",model_name="llama"} 120.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="llama"} 30.0
vllm:request_success_total{engine="0",finished_reason="abort",model_name="llama"} 5.0
vllm:e2e_request_latency_seconds_bucket{le="+Inf",model_name="llama"} 155.0
`
const TGI = `# TYPE tgi_request_generated_tokens histogram
tgi_request_generated_tokens_bucket{le="+Inf"} 12
tgi_request_generated_tokens_sum 4096
tgi_request_generated_tokens_count 12
# TYPE tgi_request_input_length histogram
tgi_request_input_length_sum 2048
# TYPE tgi_request_success counter
tgi_request_success 12
`
const TRITON = `# HELP nv_inference_count Number of inferences performed (does not include cached requests)
# TYPE nv_inference_count counter
nv_inference_count{model="resnet50",version="1"} 1000
nv_inference_count{model="resnet50",version="2"} 24
nv_inference_count{model="bert",version="1"} 7
`
const read = (kind: string, page: string, options: Record<string, unknown> = {}) =>
  withServer(
    (_request, response) => response.end(page),
    (url) => readOnce(createSource({ kind, url: `${url}metrics`, ...options })),
  )

/** All series of a quantity together. */
const sum = (values: readonly SensorValue[], wanted: Quantity) =>
  values.filter(({ quantity }) => quantity === wanted).reduce((total, { value }) => addDecimals(total, value), "0")

describe("serving engines (pages as the engines print them)", () => {
  it("adds up vLLM's tokens of one model over its engines, exactly, as declared", async () => {
    const values = await read("vllm", VLLM, { model: "llama" })
    assert.deepEqual([sum(values, "work"), sum(values, "prefillWork")], ["9007199254741493.0", "12346678.0"])
    assert.ok(values.every(({ grade, covers }) => grade === "declared" && covers === "workload"))
    assert.equal(
      values.some(({ quantity }) => quantity === "accepted"),
      false,
    )
  })

  it("counts all of vLLM's tokens, or its requests with those answered in full as accepted", async () => {
    assert.equal(sum(await read("vllm", VLLM, { model: "qwen", count: "total-tokens" }), "work"), "16.0")
    const requests = await read("vllm", VLLM, { model: "llama", count: "requests" })
    assert.deepEqual([sum(requests, "work"), sum(requests, "accepted")], ["155.0", "150.0"])
  })

  it("reads TGI's sums and Triton's inferences", async () => {
    const tgi = await read("tgi", TGI)
    assert.deepEqual([sum(tgi, "work"), sum(tgi, "prefillWork"), sum(tgi, "decodeWork")], ["4096", "2048", "4096"])
    const triton = await read("triton", TRITON, { model: "resnet50" })
    assert.deepEqual(
      triton.map(({ sensor, value }) => [sensor, value]),
      [
        ['work/nv_inference_count{model="resnet50",version="1"}', "1000"],
        ['work/nv_inference_count{model="resnet50",version="2"}', "24"],
      ],
    )
  })

  it("reports a model that the server does not serve, and never counts half of a sum", async () => {
    await rejectsWith("unsupported", read("vllm", VLLM, { model: "gpt" }))
    const half = VLLM.replaceAll(/^vllm:prompt.*\n/gm, "")
    await rejectsWith("unsupported", read("vllm", half, { model: "llama", count: "total-tokens" }))
    await rejectsWith(
      "missing",
      read("vllm", VLLM.replace("9007199254740993", "NaN"), { model: "llama" }),
      /engine="0"/,
    )
    await rejectsWith("malformed", read("vllm", VLLM.slice(0, -1), { model: "llama" }))
  })

  /** Pages read one after another, a second apart, and metered as a run that begins with the first. */
  async function metered(
    pages: readonly string[],
  ): Promise<{ readonly work: bigint; readonly faults: readonly string[] }> {
    let page = ""
    const known = new Map<string, KnownSensor>()
    const faults: string[] = []
    const at = (values: readonly SensorValue[], timeMs: number): SensorReading[] =>
      values.flatMap((value) => {
        const reading = readingOf("llm", { ...value, timeMs }, 0)
        if (reading === null) return []
        known.set(reading.sensor, { source: "llm", periodMs: 1000, value, reading })
        return [reading]
      })
    return withServer(
      (_request, response) => response.end(page),
      async (url) => {
        const source = createSource({ kind: "vllm", url: `${url}metrics` })
        const take = async (next: string) => {
          page = next
          return readOnce(source).catch((error) => {
            faults.push(`${error.fault}: ${error.detail}`)
            return error.values as SensorValue[]
          })
        }
        const [first = "", ...rest] = pages
        const opening = at(await take(first), 1000)
        const options = { boundary: "node", composition: UNDECLARED, sources: [], share: null, vouch: null } as const
        const meter = createMeter(planMetering(known, options))
        let work = meter.advance(1000, opening).registers.workUnits
        for (const [i, next] of rest.entries()) {
          const timeMs = 2000 + 1000 * i
          work = meter.advance(timeMs, at(await take(next), timeMs)).registers.workUnits
        }
        return { work, faults }
      },
    )
  }
  const page = (...engines: (number | null)[]) =>
    engines
      .flatMap((tokens, i) => (tokens === null ? [] : [`vllm:generation_tokens_total{engine="${i}"} ${tokens}\n`]))
      .join("")

  it("counts nothing and loses nothing of one of two engines that is away", async () => {
    const away = [page(1_000_000, 1000), page(null, 1100), page(null, 1200), page(null, 1300), page(1_000_352, 1348)]
    const { work, faults } = await metered(away)
    assert.equal(work, 700n)
    assert.equal(faults.length, 3)
    assert.match(faults[0] ?? "", /^missing: .*engine="0"/)
    // Neither the order of engines nor one page alone makes a difference.
    assert.equal((await metered([page(1000, 1_000_000), page(1100, null), page(1348, 1_000_352)])).work, 700n)
    assert.deepEqual(await metered([page(1_000_000, 1000), page(1_000_352, 1348)]), { work: 700n, faults: [] })
  })

  it("counts an engine that began anew from there, and the other beside it", async () => {
    const pages = [page(1_000_000, 1000), page(3, 1100), page(5, 1200), page(10, 1300)]
    assert.equal((await metered(pages)).work, 307n)
  })

  it("reads 256 series of one server, and gives those alone where there are more", async () => {
    const page = (series: number) =>
      Array.from({ length: series }, (_, i) => `nv_inference_count{model="m",version="${i}"} ${i + 1}\n`).join("")
    assert.equal((await read("triton", page(256))).length, 256)
    const { values } = await rejectsWith("unsupported", read("triton", page(257)), /more than 256 series/)
    assert.equal(values.length, 256)
  })

  it("refuses options that an engine does not have", () => {
    assert.throws(
      () => createSource({ kind: "triton", url: "http://t", count: "output-tokens" }),
      /count: is not an option/,
    )
    assert.throws(() => createSource({ kind: "tgi", url: "http://t", model: "llama" }), /model: is not an option/)
  })
})
