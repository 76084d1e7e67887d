import {
  choice,
  command,
  decimal,
  explainError,
  file,
  group,
  list,
  optional,
  required,
  run as runProgram,
  standard,
  text,
  time,
  toggle,
  url,
  whole,
} from "@wattest/command"
import { PRESET_NAMES } from "./benchmark/preset.ts"
import { COMPARED } from "./compare/by.ts"
import { VERSION } from "./version.ts"

const BY = choice(COMPARED, "METRIC")
const POLICY = required(file, "what you believe: only documents that are valid under it enter")
const OFFLINE = toggle("ask no node, even if the policy lists some")

export const GATE = command({
  summary: "an operator's own alarm: hold judged certificates against budgets of energy and carbon",
  about:
    "Exit 1 only where the lower end of an interval passes its budget; a warning where the upper end alone does; 3 where something is missing or not known. A run belongs to the period in which it ends. A buyer's bounds are those of verify --expect.",
  operands: { path: list(file, "certificates, jobs and presentations: files, folders, patterns") },
  options: {
    policy: POLICY,
    budget: optional(file, "the budgets; wattest.budget.yaml here unless given"),
    at: optional(time, "a time in the period to look at; that of the last run unless given"),
    "allow-missing": toggle("what is missing is said and does not end with 3"),
    junit: optional(file, "also write a test suite in the form that pipelines read (JUnit XML)"),
    prometheus: optional(file, "also write joules for a unit, budgets and thermal envelopes as Prometheus's text"),
    offline: OFFLINE,
    promote: optional(file, "a candidate's certificate: may a registry promote its model?"),
    incumbent: optional(file, "the certificate of the model that the candidate would replace"),
    by: standard(BY, "energy-per-work", "the number by which candidate and incumbent are compared"),
    "allow-regression": standard(decimal, "0", "percent that a candidate may take more, beyond uncertainty"),
  },
  examples: [
    "certificates --policy policy.json",
    "certificates --policy policy.json --budget wattest.budget.yaml --junit budgets.xml --json",
    "certificates --policy policy.json --at 2026-09-30 --allow-missing",
    "certificates --policy policy.json --prometheus wattest.prom",
    "--promote candidate.json --incumbent incumbent.json --policy policy.json --allow-regression 2.5",
  ],
  exits: ["done", "failed", "usage", "undetermined", "fault", "unaccepted"],
  run: async ({ options, operands }, context) => (await import("./gate/gate.ts")).gate(operands.path, options, context),
})

export const COMPARE = command({
  summary: "compare certificates: energy for a unit against quality, with both ends of each interval",
  about:
    "Each document is judged first. Overlapping intervals are a tie; a contestant is dominated only where another one certainly takes no more for no less quality. Unlike units or boundaries are refused.",
  operands: {
    path: list(file, "two or more, each a certificate or a folder of them", { required: true }),
  },
  options: {
    policy: POLICY,
    by: standard(BY, "energy-per-work", "the number to compare"),
    quality: list(text("PATH=SHARE"), "a quality from 0 to 1 that you declare; accepted / work unless given"),
    html: optional(file, "also write the comparison with its picture as one self-contained page"),
    offline: OFFLINE,
  },
  examples: [
    "a.json b.json c.json --policy policy.json",
    "a.json b.json --policy policy.json --quality a.json=0.91 --quality b.json=0.88 --html pareto.html",
  ],
  exits: ["done", "failed", "usage", "undetermined", "fault", "unaccepted"],
  run: async ({ options, operands }, context) =>
    (await import("./compare/command.ts")).comparePaths(operands.path, options, context),
})

export const BENCHMARK = command({
  summary: "run the AI Energy Score's benchmark against a server that speaks the OpenAI API, metered by a device",
  about:
    "Prompts go one after another, and all of them in each repetition. Type it behind wattest device run --unit query --, or with --own-runs beside wattest device serve: then each repetition is a run whose context says what was asked. The answer says in which points it differs from the protocol. OPENAI_API_KEY is sent to the server where it is set.",
  operands: {},
  options: {
    url: required(url, "the server's API, such as http://127.0.0.1:8000/v1"),
    model: required(text(), "the model that it is asked for"),
    prompts: required(file, 'prompts, one a line, as text or as {"prompt": "…"}'),
    preset: standard(choice(PRESET_NAMES), "ai-energy-score", "the protocol"),
    count: optional(whole(1, 1_000_000), "how many prompts; the protocol's unless given"),
    repetitions: optional(whole(1, 1000), "how many times; the protocol's unless given"),
    "max-tokens": optional(whole(1, 1_000_000), "tokens of an answer at most; the server's limit unless given"),
    endpoint: required(file, "endpoint.json in the folder of the device, which tells of its local endpoint", {
      environment: "WATTEST_ENDPOINT",
    }),
    "own-runs": toggle("each repetition is a run of its own"),
  },
  examples: [
    "--url http://127.0.0.1:8000/v1 --model llama3-8b --prompts prompts.txt",
    "--url http://127.0.0.1:8000/v1 --model llama3-8b --prompts prompts.txt --count 100 --repetitions 3 --own-runs --endpoint device/endpoint.json",
  ],
  run: async ({ options }, context) => (await import("./benchmark/benchmark.ts")).benchmark(options, context),
})

export const NODE = group({
  summary: "budgets of energy and carbon over judged certificates",
  commands: { gate: GATE, compare: COMPARE, benchmark: BENCHMARK },
  explain: explainError,
})

/** The command `wattest-budget`; resolves with its exit code. */
export const run = (argv: readonly string[]): Promise<number> =>
  runProgram({ name: "wattest-budget", version: VERSION, node: NODE }, argv)
