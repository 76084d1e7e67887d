import {
  address,
  type CommandError,
  chainId,
  choice,
  command,
  EXIT,
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
  UsageError,
  url,
  whole,
} from "@wattest/command"
import { GRADES } from "@wattest/protocol"
import { SEVERITIES } from "./quality/findings.ts"
import { VERSION } from "./version.ts"

/** The buyer's gate. */
const EXPECTING = {
  expect: list(text("BOUND"), 'a number that must hold, such as "energy-per-work <= 0.2 kWh/Mtoken"'),
  model: optional(text(), "every run must be of this model"),
  party: optional(text(), "every run must be for this party"),
  from: optional(time, "no run may begin before; a claim over a period must begin exactly then"),
  to: optional(time, "no run may end later; a claim over a period must end exactly then"),
  "min-grade": optional(choice(GRADES, "GRADE"), "worst grade of energy and of each expected number"),
  "fail-on": optional(choice(SEVERITIES), "findings of this severity, or a graver one, are not accepted"),
  central: toggle("compare the value alone; otherwise uncertainty counts against the claimant"),
  "accept-failed": list(whole(0), "a part of a job that may lack devices: it counts as failed"),
  "whole-job": toggle("the certificate must hold every run of its job"),
  line: toggle("answer one line"),
}

/** For many documents. */
const MANY = {
  csv: toggle("answer a line of comma-separated values for each document"),
  junit: optional(file, "also write a test suite in the form that pipelines read (JUnit XML)"),
  progress: toggle("say how far it is, even where nobody sits at a terminal"),
  population: optional(file, "a list of runs, DEVICE,RUN on each line, or registry, from which a sample is drawn"),
  "anchored-from": optional(time, "of the registry: runs that it anchored at this time or later"),
  "anchored-to": optional(time, "of the registry: runs that it anchored before this time"),
  sample: optional(whole(1, 1_000_000), "how many runs are drawn; only their documents are judged"),
  seed: optional(text(), "what decides which; the same list and seed draw the same"),
  sign: optional(file, "a private Ed25519 key in PEM: also write the report signed, as a DSSE envelope"),
  time: optional(time, "the time that the report bears: yours to say, no clock is read"),
  out: standard(file, "report.signed.json", "where the signed report goes"),
  signer: optional(file, "a public Ed25519 key in PEM, whose signature under a signed report you believe"),
}

const verify = command({
  summary: "judge a certificate with its evidence, a job, or a presentation's claims against what you believe",
  about: "Nothing is believed that the policy does not name.",
  operands: {
    path: list(
      file,
      "what to judge: files, folders, patterns; - for a document, or a list of paths, on standard input",
      { required: true },
    ),
  },
  options: {
    policy: required(file, "what you believe: chains, registries, vouchers, grades, tolerances"),
    evidence: list(file, "captures of one run, NDJSON or gzip of it; once for each run"),
    offline: toggle("ask no node, even if the policy lists some; otherwise nodes have five minutes in all"),
    html: optional(file, "also write the report as one self-contained page; of many documents a folder with an index"),
    ...MANY,
    ...EXPECTING,
  },
  examples: [
    "run.certificate.json --policy policy.json",
    "q1.presentation.json --policy policy.json",
    "llama.job.ndjson --policy policy.json --accept-failed 0",
    "run.certificate.json --evidence run.evidence.ndjson.gz --policy policy.json --html report.html",
    'run.certificate.json --policy policy.json --expect "energy-per-work <= 0.2 kWh/Mtoken" --line',
    "certificates --policy policy.json --html reports --junit junit.xml",
    "certificates --policy policy.json --sign auditor.pem --time 2027-01-31",
    "report.signed.json --policy policy.json --signer auditor.pub.pem",
    "certificates --policy policy.json --population runs.csv --sample 60 --seed 2026-Q1",
    "certificates --policy policy.json --population registry --anchored-from 2026-01-01 --anchored-to 2026-04-01 --sample 60 --seed Q1",
  ],
  exits: ["done", "failed", "usage", "undetermined", "fault", "unaccepted"],
  run: async ({ options, operands }, context) =>
    (await import("./cli/verify.ts")).verify(operands.path, options, context),
})

const init = command({
  summary: "write a policy that believes nobody, or those whom the options name",
  operands: {},
  options: {
    chain: optional(chainId, "a chain; registries, blocks and nodes are of it"),
    registry: list(address, "a registry on that chain"),
    block: list(
      text("NUMBER:HASH[:TIME]"),
      "a block of that chain that you looked up yourself; TIME, its Unix seconds, dates runs that began after it",
    ),
    rpc: list(url, "a node of that chain; several must agree"),
    voucher: list(address, "an account whose word about devices you believe"),
    "vouches-as-of": optional(time, "proofs that a voucher's word still holds must be of that time or later"),
    output: optional(file, "where to write; standard output if absent"),
  },
  examples: ["--chain 137 --registry 0x5fbd…0aa3 --voucher 0x7099…79c8 > policy.json"],
  next: "verify FILE --policy policy.json",
  run: async ({ options }, context) => (await import("./cli/policy.ts")).initPolicy(options, context),
})

/** What a document says of itself. */
export const INSPECT = command({
  summary: "show what a document says of itself, without believing anything",
  about: "Nothing is checked, and every number is called unverified. Exit 1: it does not even have its form.",
  operands: {
    file: required(file, "a certificate, job, presentation, evidence, receipt or vouch document; - for standard input"),
  },
  options: {},
  examples: ["run.certificate.json"],
  run: async ({ operands }, context) => (await import("./inspect/inspect.ts")).inspect(operands.file, context),
})

/** Nothing that keeps it from judging is exit code 1: nobody may take it for a refusal. */
function explain(error: unknown): CommandError | null {
  const told = explainError(error)
  return told?.exit === EXIT.failed ? new UsageError(told.message, told.hint) : told
}

/** The judge, as `wattest verify` and `wattest-verify` run it. */
export const NODE = group({
  summary: "judge documents offline",
  commands: { policy: group({ summary: "what you believe", commands: { init } }), inspect: INSPECT },
  main: verify,
  explain,
})

/** The command `wattest-verify`; resolves with its exit code. */
export const run = (argv: readonly string[]): Promise<number> =>
  runProgram({ name: "wattest-verify", version: VERSION, node: NODE }, argv)
