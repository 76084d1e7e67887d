import assert from "node:assert/strict"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { only, readOnce, rejectsWith, withServer } from "../bench.ts"

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

describe("serving engines (pages as the engines print them)", () => {
  it("adds up vLLM's tokens of one model over its engines, exactly, as declared", async () => {
    const values = await read("vllm", VLLM, { model: "llama" })
    assert.deepEqual(
      [only(values, "work").value, only(values, "prefillWork").value],
      ["9007199254741493.0", "12346678.0"],
    )
    assert.ok(values.every(({ grade, covers }) => grade === "declared" && covers === "workload"))
    assert.equal(
      values.some(({ quantity }) => quantity === "accepted"),
      false,
    )
  })

  it("counts all of vLLM's tokens, or its requests with those answered in full as accepted", async () => {
    assert.equal(only(await read("vllm", VLLM, { model: "qwen", count: "total-tokens" }), "work").value, "16.0")
    const requests = await read("vllm", VLLM, { model: "llama", count: "requests" })
    assert.deepEqual([only(requests, "work").value, only(requests, "accepted").value], ["155.0", "150.0"])
  })

  it("reads TGI's sums and Triton's inferences", async () => {
    const tgi = await read("tgi", TGI)
    assert.deepEqual(
      [only(tgi, "work").value, only(tgi, "prefillWork").value, only(tgi, "decodeWork").value],
      ["4096", "2048", "4096"],
    )
    const triton = await read("triton", TRITON, { model: "resnet50" })
    assert.deepEqual(
      triton.map(({ quantity, value }) => [quantity, value]),
      [["work", "1024"]],
    )
  })

  it("reports a model that the server does not serve, and never counts half of a sum", async () => {
    await rejectsWith("unsupported", read("vllm", VLLM, { model: "gpt" }))
    const half = VLLM.replaceAll(/^vllm:prompt.*\n/gm, "")
    await rejectsWith("unsupported", read("vllm", half, { model: "llama", count: "total-tokens" }))
    await rejectsWith("unsupported", read("vllm", VLLM.replace("9007199254740993", "NaN"), { model: "llama" }))
    await rejectsWith("malformed", read("vllm", VLLM.slice(0, -1), { model: "llama" }))
  })

  it("refuses options that an engine does not have", () => {
    assert.throws(
      () => createSource({ kind: "triton", url: "http://t", count: "output-tokens" }),
      /count: is not an option/,
    )
    assert.throws(() => createSource({ kind: "tgi", url: "http://t", model: "llama" }), /model: is not an option/)
  })
})
