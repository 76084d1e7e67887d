import { type Access, askAgent, type Context, jsonLine, type Outcome } from "@wattest/command"
import { visible } from "@wattest/protocol"
import { VERSION } from "../version.ts"
import { endpointAt } from "./endpoint.ts"
import { differences, PRESETS, type Preset, type PresetName } from "./preset.ts"
import { type Prompts, readPrompts } from "./prompts.ts"
import { ask, type Server } from "./server.ts"

export type BenchmarkOptions = {
  readonly url: string
  readonly model: string
  readonly prompts: string
  readonly preset: PresetName
  readonly count: number | undefined
  readonly repetitions: number | undefined
  readonly "max-tokens": number | undefined
  readonly endpoint: string
  readonly "own-runs": boolean
}

/** One pass over the prompts. */
type Repetition = {
  readonly queries: number
  readonly accepted: number
  readonly promptTokens: number
  readonly completionTokens: number
  readonly seconds: number
  /** The device's run of it where it had one of its own. */
  readonly run: string | null
}

/** What was done, in words and numbers. */
type Told = {
  readonly preset: string
  readonly source: string
  readonly model: string
  readonly prompts: number
  readonly promptsDigest: string
  readonly maxTokens: number | null
  readonly differs: readonly string[]
  readonly repetitions: readonly Repetition[]
}

type Plan = {
  readonly preset: Preset
  readonly server: Server
  readonly prompts: Prompts
  readonly repetitions: number
  readonly endpoint: Access
  readonly ownRuns: boolean
}

/** Queries between two words to the device: so much of the work enters its next capture at once. */
const TOLD_AFTER = 50

/** What a run is opened with, so that its certificate says what was benchmarked before the result was known. */
function labelsFor({ preset, server, prompts, repetitions }: Plan, index: number): object {
  return {
    model: server.model,
    unit: preset.unit,
    workload: preset.name,
    qualityRule: preset.qualityRule,
    versions: {
      benchmark: `wattest ${VERSION}`,
      preset: preset.name,
      prompts: `${prompts.texts.length} of sha256:${prompts.digest}`,
      repetition: `${index + 1} of ${repetitions}`,
      "max-tokens": server.maxTokens === undefined ? "the server's" : String(server.maxTokens),
    },
  }
}

/** Asks all prompts in order, one after another, and tells the device of what is done. */
async function pass({ server, prompts, endpoint }: Plan): Promise<Omit<Repetition, "run">> {
  const sum = { queries: 0, accepted: 0, promptTokens: 0, completionTokens: 0 }
  const untold = { units: 0, accepted: 0 }
  const report = async () => {
    const work = { units: String(untold.units), accepted: String(untold.accepted) }
    Object.assign(untold, { units: 0, accepted: 0 })
    await askAgent(endpoint, "/v1/work", work)
  }
  const start = performance.now()
  for (const prompt of prompts.texts) {
    const { isEmpty, promptTokens, completionTokens } = await ask(server, prompt)
    sum.queries++
    untold.units++
    if (!isEmpty) {
      sum.accepted++
      untold.accepted++
    }
    sum.promptTokens += promptTokens
    sum.completionTokens += completionTokens
    if (untold.units === TOLD_AFTER) await report()
  }
  if (untold.units > 0) await report()
  return { ...sum, seconds: (performance.now() - start) / 1000 }
}

/** A pass within a run of its own, which ends as interrupted where the pass fails. */
async function passInRun(plan: Plan, index: number): Promise<Repetition> {
  const { endpoint } = plan
  await askAgent(endpoint, "/v1/run", labelsFor(plan, index))
  try {
    const done = await pass(plan)
    const { run } = await askAgent(endpoint, "/v1/stop", { exitStatus: 0 })
    return { ...done, run: String(run) }
  } catch (error) {
    // What ended the pass is the reason; that the endpoint is away as well would hide it.
    await askAgent(endpoint, "/v1/stop", { exitStatus: 1 }).catch(() => null)
    throw error
  }
}

function textOf({ preset, source, model, prompts, promptsDigest, maxTokens, differs, repetitions }: Told): string {
  const lines = repetitions.map(({ queries, accepted, completionTokens, seconds, run }, i) => {
    const inRun = run === null ? "" : `, run ${run}`
    return `  ${i + 1}: ${queries} queries, ${accepted} answered, ${completionTokens} tokens, ${seconds.toFixed(2)} s${inRun}`
  })
  return [
    `${preset} (${source})`,
    `model ${model}, ${prompts} prompts of sha256:${promptsDigest}, ${maxTokens ?? "the server's limit of"} tokens at most`,
    ...lines,
    "differs from the protocol:",
    ...differs.map((text) => `  - ${text}`),
  ]
    .map((line) => `${visible(line)}\n`)
    .join("")
}

function planOf(options: BenchmarkOptions, environment: NodeJS.ProcessEnv): Plan {
  const { url, model, endpoint, "max-tokens": maxTokens } = options
  const preset: Preset = PRESETS[options.preset]
  const { count = preset.prompts, repetitions = preset.repetitions } = options
  const server = { url, model, maxTokens, key: environment.OPENAI_API_KEY }
  const prompts = readPrompts(options.prompts, count)
  return { preset, server, prompts, repetitions, endpoint: endpointAt(endpoint), ownRuns: options["own-runs"] }
}

/** `benchmark`: asks every prompt in every repetition, and says what was done. */
export async function benchmark(options: BenchmarkOptions, context: Context): Promise<Outcome> {
  const plan = planOf(options, context.environment)
  const { preset, server, prompts, repetitions: times, ownRuns } = plan
  const repetitions: Repetition[] = []
  for (let i = 0; i < times; i++)
    repetitions.push(ownRuns ? await passInRun(plan, i) : { ...(await pass(plan)), run: null })
  const told: Told = {
    ...{ preset: preset.name, source: preset.source, model: server.model, prompts: prompts.texts.length },
    ...{ promptsDigest: prompts.digest, maxTokens: server.maxTokens ?? null },
    differs: differences(preset, prompts.texts.length, times),
    repetitions,
  }
  context.terminal.print(context.json ? jsonLine(told) : textOf(told))
  return {}
}
