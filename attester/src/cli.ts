import {
  address,
  choice,
  command,
  digest,
  FROM,
  file,
  group,
  list,
  optional,
  required,
  run as runProgram,
  standard,
  text,
  toggle,
  u64,
  url,
} from "@wattest/command"
import { BOUNDARIES } from "@wattest/protocol"
import { explain } from "./cli/explain.ts"
import { HOME, LABELS, LAUNCH, REPLAY, SPOOL, TARGET, TASK } from "./cli/options.ts"
import { SCHEME_NAMES } from "./keys/scheme-names.ts"
import { AGENT_VERSION } from "./version.ts"

const init = command({
  summary: "make a device: its key and its folder",
  operands: {},
  options: {
    ...HOME,
    scheme: standard(choice(SCHEME_NAMES), "ed25519", "the scheme of its signatures"),
    "pkcs11-module": optional(file, "keep the key in a token: the library that speaks to it"),
    token: optional(text("LABEL"), "the token; its PIN in WATTEST_PIN, or in the file that WATTEST_PIN_FILE names"),
    label: standard(text("LABEL"), "wattest", "the key's label in the token"),
  },
  examples: ["", "--home device --scheme p256"],
  next: "device enrol",
  run: async ({ options }, context) => (await import("./commands/init.ts")).init(options, context),
})

const enrol = command({
  summary: "sign the device's one enrolment, which the operator sends to the registry",
  operands: {},
  options: {
    ...HOME,
    ...TARGET,
    operator: required(address, "the account that owns the ledger", FROM.operator),
    voucher: required(address, "the account that gave its word for the device", FROM.voucher),
    boundary: required(choice(BOUNDARIES), "what it meters, for life: every run must have this boundary"),
    evidence: required(digest, "SHA-256 of the voucher's document on the device, as it was vouched for on chain"),
  },
  about:
    "The voucher names the evidence: it is the last operand of registry vouch, and registry show DEVICE prints it.",
  examples: ["--boundary node --evidence 0x9c22…1f0a > enrolment.json"],
  next: "registry enrol enrolment.json",
  run: async ({ options }, context) => (await import("./commands/enrol.ts")).enrol(options, context),
})

const config = { config: required(file, "the agent's configuration: sources and boundary (docs/attester.md)") }

const inventory = command({
  summary: "write down what the device meters with, for its voucher: vouch.json in the device's folder",
  about:
    "Sensors with surface, serial, rating, width, period and channel, how they make up the boundary, and boards by SKU, as the\nconfiguration's sources answer now. Runs whose sensors are exactly those claim that their inventory is whole.",
  operands: {},
  options: {
    ...HOME,
    ...config,
    revise: toggle("take the place of the document that is there: the voucher then revises the evidence on chain"),
  },
  examples: ["--config agent.json", "--config agent.json --revise"],
  next: "registry vouch DEVICE OPERATOR EVIDENCE",
  run: async ({ options }, context) => (await import("./inventory/command.ts")).inventory(options, context),
})

const retire = command({
  summary: "sign the device's end: it opens no run afterwards",
  operands: {},
  options: { ...HOME, ...TARGET },
  examples: ["> retirement.json"],
  next: "registry retire retirement.json",
  run: async ({ options }, context) => (await import("./commands/enrol.ts")).retire(options, context),
})

const ls = command({
  summary: "list the device's runs with job, model, energy and state",
  operands: {},
  options: HOME,
  examples: ["", "--json"],
  run: async ({ options }, context) => (await import("./commands/ls.ts")).ls(options, context),
})

const check = command({
  summary: "read each source of a configuration once and show what it gives",
  operands: { file: required(file, "the agent's configuration") },
  options: {},
  examples: ["agent.json"],
  next: "device run --config FILE -- COMMAND",
  run: async ({ operands }, context) => (await import("./commands/sources.ts")).checkFile(operands.file, context),
})

const detect = command({
  summary: "look at this machine and propose a configuration",
  about:
    "Asks NVML or nvidia-smi, the kernel (hwmon, RAPL), amd-smi, the BMC by ipmitool and by the host's Redfish interface, and\nPrometheus pages on ports that exporters and engines usually have. Nothing is changed.",
  operands: {},
  options: {},
  examples: ["> agent.json"],
  next: "device sources check FILE",
  run: async (_, context) => (await import("./commands/detect.ts")).detect(context),
})

const serve = command({
  summary: "meter until SIGTERM or SIGINT: idle runs, and workloads told to the local endpoint",
  operands: {},
  options: { ...HOME, ...config, ...SPOOL },
  examples: ["--config agent.json"],
  run: async ({ options }, context) => (await import("./commands/serve.ts")).serve(options, context),
})

const meter = command({
  summary: "meter one command as a workload, and exit as it does",
  about: "The summary goes to standard error, so that the command's output stays its own.",
  operands: {},
  options: { ...HOME, ...config, ...SPOOL, ...LABELS, ...TASK },
  rest: "COMMAND…",
  examples: ["--config agent.json --model llama3-8b --unit token -- python serve.py"],
  run: async ({ options, rest }, context) => (await import("./commands/run.ts")).run(options, rest, context),
})

const launch = command({
  summary: "run one command as this node's place in a job of several devices, and exit as it does",
  about:
    "Under Slurm (srun), torchrun and Kubernetes Indexed Jobs the environment says which node this is, how many there are and what\nthe job is called. The agent of each node is wattest device serve; WATTEST_ENDPOINT names its endpoint.json where it is not in\n--home. The same job once more is a new part of it. docs/jobs.md has each scheduler's lines.",
  operands: {},
  options: { ...HOME, ...LAUNCH },
  rest: "COMMAND…",
  examples: [
    "--meet /shared/meet --model llama3-8b --unit sample -- python train.py",
    "--id llama-7 --node 0 --nodes 4 --meet http://node0:8490 -- python train.py",
  ],
  run: async ({ options, rest }, context) => (await import("./commands/launch.ts")).launch(options, rest, context),
})

const replay = command({
  summary: "make a signed run out of recorded power traces",
  about:
    "Traces: MLPerf training :::MLLOG, PTDaemon spl.txt, nvidia-smi CSV and dmon, CodeCarbon emissions.csv, Zeus measurements\n(JSON, with --from). docs/attester/traces.md has what becomes of each.",
  operands: { traces: list(file, "logs; a folder stands for its node_*.txt", { required: true }) },
  options: REPLAY,
  examples: [
    "node_0.txt --model llama2-70b --unit sample --work 3072",
    "a.csv b.csv --sum --utc-offset=+01:00 --shift b.csv=-250ms",
  ],
  next: "device submit",
  run: async ({ options, operands }, context) =>
    (await import("./commands/replay.ts")).replay(operands.traces, options, context),
})

const submit = command({
  summary: "sign the roots of closed runs; print them, or hand them to a relayer",
  operands: {},
  options: {
    ...HOME,
    ...TARGET,
    "first-run": standard(u64, "0", "the first run to hand over"),
    relayer: optional(url, "hand them to this relayer", FROM.relayer),
  },
  examples: ["", "--chain 137 --registry 0x5fbd…0aa3 > submission.json"],
  run: async ({ options }, context) => (await import("./commands/submit.ts")).submit(options, context),
})

/** The commands of a device, as `wattest device` and `wattest-attest` run them. */
export const NODE = group({
  summary: "the device: from sensors to signed runs",
  commands: {
    init,
    enrol,
    inventory,
    detect,
    sources: group({ summary: "what the configured sources give", commands: { check } }),
    serve,
    run: meter,
    launch,
    replay,
    ls,
    submit,
    retire,
  },
  explain,
})

/** The command `wattest-attest`; resolves with its exit code. */
export const run = (argv: readonly string[]): Promise<number> =>
  runProgram({ name: "wattest-attest", version: AGENT_VERSION, node: NODE }, argv)
