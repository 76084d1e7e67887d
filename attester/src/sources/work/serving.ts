import { accuracy } from "../accuracy.ts"
import { Memory } from "../entrance/memory.ts"
import type { Sample } from "../net/prometheus.ts"
import { type Page, pageFromOptions, scrape } from "../net/scrape.ts"
import type { Options } from "../options.ts"
import { type Quantity, type SensorValue, type Source, SourceError } from "../source.ts"

type WorkQuantity = Extract<Quantity, "work" | "accepted" | "prefillWork" | "decodeWork">

/** Counters of the page: all samples of `metrics` whose labels fit. */
type Selector = {
  readonly quantity: WorkQuantity
  readonly metrics: readonly string[]
  /** Label values of which one must be there. */
  readonly labels: Readonly<Record<string, readonly string[]>>
}

const select = (quantity: WorkQuantity, metrics: readonly string[], labels: Selector["labels"] = {}): Selector => ({
  quantity,
  metrics,
  labels,
})

/** What one unit of work is. */
const COUNTS = ["output-tokens", "total-tokens", "requests"] as const
type Count = (typeof COUNTS)[number]

/** A serving engine: its counters, and the label that names the model. */
type Engine = {
  readonly model: string
  readonly prefill?: string
  readonly decode?: string
  readonly requests?: string
  /** Labels of requests that were answered in full; absent where the engine does not tell them apart. */
  readonly answered?: Selector["labels"]
}

const FINISHED = ["stop", "length"]
const ENGINES = {
  /** vLLM: requests that a client aborted are no accepted work. */
  vllm: {
    model: "model_name",
    prefill: "vllm:prompt_tokens_total",
    decode: "vllm:generation_tokens_total",
    requests: "vllm:request_success_total",
    answered: { finished_reason: FINISHED },
  },
  /** Text Generation Inference: sums of its histograms; its page names no model. */
  tgi: {
    model: "",
    prefill: "tgi_request_input_length_sum",
    decode: "tgi_request_generated_tokens_sum",
    requests: "tgi_request_success",
  },
  /** SGLang (docs, "Production metrics"); an aborted request has a counter of its own. */
  sglang: {
    model: "model_name",
    prefill: "sglang:prompt_tokens_total",
    decode: "sglang:generation_tokens_total",
    requests: "sglang:num_requests_total",
  },
  /** TensorRT-LLM's trtllm-serve (tensorrt_llm/metrics/collector.py), on `/prometheus/metrics`. */
  "tensorrt-llm": {
    model: "model_name",
    prefill: "trtllm_prompt_tokens_total",
    decode: "trtllm_generation_tokens_total",
    requests: "trtllm_request_success_total",
    answered: { finished_reason: FINISHED },
  },
  /** NVIDIA NIM for LLMs (docs, "Observability"), on `/v1/metrics`: the names of vLLM without its prefix. */
  nim: {
    model: "model_name",
    prefill: "prompt_tokens_total",
    decode: "generation_tokens_total",
    requests: "request_success_total",
    answered: { finished_reason: FINISHED },
  },
  /** llama.cpp's server started with `--metrics` (tools/server/README.md): one model, no count of requests. */
  "llama-cpp": {
    model: "",
    prefill: "llamacpp:prompt_tokens_total",
    decode: "llamacpp:tokens_predicted_total",
  },
  /** Triton counts inferences, a batch of n as n; it knows no tokens. */
  triton: { model: "model", requests: "nv_inference_count" },
} as const satisfies Record<string, Engine>

const ACCURACY = accuracy({ step: 1, origin: "counted by the serving engine" })

export type ServingOptions = {
  readonly id: string
  readonly periodMs: number
  readonly surface: string
  readonly page: Page
}

const fromOptions =
  (name: keyof typeof ENGINES) =>
  (id: string, periodMs: number, options: Options): Source => {
    const engine: Engine = ENGINES[name]
    const counts = COUNTS.filter((count) => count !== "requests" || engine.requests !== undefined)
    const count = engine.decode === undefined ? "requests" : options.choice("count", counts, "output-tokens")
    const model = engine.model === "" ? undefined : options.optionalText("model")
    const labels = model === undefined ? {} : { [engine.model]: [model] }
    const serving = { id, periodMs, surface: name, page: pageFromOptions(options) }
    return createServing(serving, selectorsOf(engine, count, labels))
  }

/** `url`, `tls`, `bearer`; `model`, where one server serves several; `count`, the unit of work. */
export const vllmFromOptions = fromOptions("vllm")
export const tgiFromOptions = fromOptions("tgi")
export const tritonFromOptions = fromOptions("triton")
export const sglangFromOptions = fromOptions("sglang")
export const tensorRtLlmFromOptions = fromOptions("tensorrt-llm")
export const nimFromOptions = fromOptions("nim")
export const llamaCppFromOptions = fromOptions("llama-cpp")

const selectorsOf = (engine: Engine, count: Count, labels: Selector["labels"]): Selector[] => {
  const { prefill, decode, requests, answered } = engine
  const counted = { "output-tokens": [decode], "total-tokens": [prefill, decode], requests: [requests] }[count]
  const tokens = counted.flatMap((metric) => metric ?? [])
  return [
    select("work", tokens, labels),
    ...(prefill === undefined ? [] : [select("prefillWork", [prefill], labels)]),
    ...(decode === undefined ? [] : [select("decodeWork", [decode], labels)]),
    ...(count === "requests" && requests !== undefined && answered
      ? [select("accepted", [requests], { ...labels, ...answered })]
      : []),
  ]
}

/** More counters than this are not those of one server. */
const MAX_SERIES = 256

/**
 * Work counted by a serving engine, through its Prometheus page. The engine is the operator's own software, so its
 * numbers are declared. Its counters start from 0 whenever it restarts.
 *
 * Each series is a sensor of its own: one that is away counts nothing and loses nothing, one that comes counts from
 * there. In their sum an engine that comes back would have done all of its life's work at once.
 */
export const createServing = (
  { id, periodMs, surface, page }: ServingOptions,
  selectors: readonly Selector[],
): Source => {
  const memory = new Memory(MAX_SERIES)
  return {
    id,
    periodMs,
    close: async () => {},
    read: async (signal) => {
      const samples = await scrape(id, page, signal)
      const found = selectors.flatMap((selector) => toCounts(surface, selector, samples))
      if (!found.some(({ quantity }) => quantity === "work"))
        throw new SourceError(id, "unsupported", `the page has no ${selectors[0]?.metrics.join(" or ")} of this model`)
      memory.keep(found.map(({ sensor }) => sensor))
      const values = found.flatMap(({ value, ...count }) =>
        value !== null && memory.has(count.sensor) ? [{ ...count, value }] : [],
      )
      if (found.some(({ sensor }) => !memory.has(sensor)))
        throw new SourceError(id, "unsupported", `the page has more than ${MAX_SERIES} series: choose a model`, values)
      const gone = memory.missing(values.map(({ sensor }) => sensor))
      if (gone.length > 0)
        throw new SourceError(id, "missing", `no number on the page: ${gone.join(", ")}`.slice(0, 300), values)
      return values
    },
  }
}

/** A series' value; null where the page has no number there. */
type SeriesCount = Omit<SensorValue, "value"> & Pick<Sample, "value">

const toCounts = (
  surface: string,
  { quantity, metrics, labels }: Selector,
  samples: readonly Sample[],
): SeriesCount[] => {
  const found = samples.filter(({ name, labels: own }) => metrics.includes(name) && fits(own, labels))
  // Work that lacks one of its kinds would be too small without anybody seeing it.
  if (!metrics.every((metric) => found.some(({ name }) => name === metric))) return []
  const common = { surface, unit: "1", grade: "declared", accuracy: ACCURACY, covers: "workload" } as const
  const timeMs = Date.now()
  // One metric may stand for several quantities, and each is a sensor of its own.
  return found.map(({ name, labels: own, value }) => {
    const part = seriesOf(name, own)
    return { sensor: `${quantity}/${part}`, quantity, value, timeMs, ...common, part }
  })
}

/** A series by its name and labels, in whatever order the page prints these. */
const seriesOf = (name: string, labels: Sample["labels"]): string =>
  `${name}{${[...labels].sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, text]) => `${label}=${JSON.stringify(text)}`)}}`

const fits = (own: ReadonlyMap<string, string>, labels: Selector["labels"]): boolean =>
  Object.entries(labels).every(([name, values]) => values.includes(own.get(name) ?? ""))
