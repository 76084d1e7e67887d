import {
  address,
  bigWhole,
  command,
  duration,
  FROM,
  file,
  group,
  key,
  ledgerId,
  list,
  optional,
  place,
  required,
  run as runProgram,
  standard,
  text,
  time,
  u64,
  url,
  whole,
} from "@wattest/command"
import { explain } from "./cli/explain.ts"
import {
  ARCHIVE,
  BOUND,
  CLOSING,
  captures,
  DATABASE,
  databaseUrl,
  FILTERS,
  KEYS,
  out,
  PLACE,
  PROVING,
  RECEIPTS,
  runs,
} from "./cli/options.ts"
import { VERSION } from "./version.ts"

const certificate = command({
  summary: "a certificate of a run, or of a job's consecutive runs, from the archive and the receipts of its anchors",
  about: "Without --runs: of the newest workload that the device metered.",
  operands: {},
  options: {
    ...ARCHIVE,
    ...RECEIPTS,
    runs: optional(runs, "first and last run"),
    wait: optional(duration, "wait so long for receipts of anchors that are not final yet"),
    vouch: list(file, "a vouch document that the runs name, to show which sensors the voucher found"),
    out: optional(
      file,
      "where the document goes, run-N.certificate.json unless given; nothing is left there on failure",
    ),
  },
  examples: ["", "--runs 7 --relayer http://127.0.0.1:8480 --out run7.json", "--wait 10min --vouch vouch.json"],
  next: "verify FILE --policy POLICY",
  run: async ({ options }, context) => (await import("./cli/certificate.ts")).certificate(options, context),
})

const job = command({
  summary:
    "the document of a job of several devices: the certificates of all of them, part by part, whole or not at all",
  about:
    "FOLDER is the folder of a device, or an archive. What is missing is named by part, device and run. docs/jobs.md.",
  operands: { folder: list(place, "the folders of the job's devices; the device of --home unless given") },
  options: {
    id: required(text("JOB"), "the job"),
    home: ARCHIVE.home,
    plan: list(
      file,
      "the plan of a part, or a folder of plans, where the devices' folders do not hold it: it lists the part's devices",
    ),
    relayer: RECEIPTS.relayer,
    index: RECEIPTS.index,
    rpc: RECEIPTS.rpc,
    wait: optional(duration, "wait so long, for all together, for receipts of anchors that are not final yet"),
    vouch: list(file, "a vouch document that runs name; each goes to the certificates of its own device"),
    "accept-failed": list(
      whole(0),
      "a part that may lack devices: it counts as failed, and the verifier must accept that too",
    ),
    out: optional(file, "where the document goes, JOB.job.ndjson unless given; nothing is left there on failure"),
  },
  examples: [
    "--id llama-7 node0 node1 node2 node3",
    "--id llama-7 --wait 10min --accept-failed 0 /shared/devices/*",
    "--id llama-7 --index http://127.0.0.1:8490 --rpc https://node.example.org node0 node1",
  ],
  next: "verify FILE --policy POLICY",
  run: async ({ options, operands }, context) => (await import("./cli/job.ts")).job(operands.folder, options, context),
})

const excerpt = command({
  summary: "evidence of chosen captures only, with inclusion proofs",
  operands: {},
  options: {
    ...ARCHIVE,
    run: required(u64, "the run"),
    captures: required(captures, "sequence numbers of the captures to show"),
    out: out("excerpt.ndjson"),
  },
  examples: ["--run 7 --captures 0,60,120"],
  run: async ({ options }, context) => (await import("./cli/certificate.ts")).excerpt(options, context),
})

const tally = command({
  summary:
    "fold all runs of ledgers that end in a period, once; bounds and joins are proved of the file that it writes",
  about:
    "The file is private: it holds the totals. Once more after it was cut short, it goes on with the proofs that it made.",
  operands: {},
  options: {
    rpc: required(url, "a node of the chain; it is trusted with nothing", FROM.rpc),
    registry: required(address, "the registry of anchors", FROM.registry),
    ledger: list(ledgerId, "a ledger's id, keccak256 of operator and voucher", { ...FROM.ledger, required: true }),
    home: ARCHIVE.home,
    archive: list(place, "an archive, where it is not in the device's folder"),
    from: required(time, "runs that end after it count: 2026-01-01, 2026-01-01T12:00:00Z or Unix seconds"),
    to: required(time, "and not after it"),
    "as-of": optional(time, "with runs that were anchored before it; all that is final unless given"),
    ...FILTERS,
    ...CLOSING,
    unopened: standard(whole(0), "0", "most runs that the archives may lack; the tally shows their number"),
    ...PLACE,
    out: out("period.tally.json"),
  },
  examples: ["--from 2026-01-01 --to 2026-02-01 --model llama --unit token --boundary node --out january.tally.json"],
  next: "prove bound FILE --metric NAME --at-most QUANTITY",
  run: async ({ options }, context) => (await import("./cli/claim.ts")).tally(options, context),
})

const join = command({
  summary: "a tally that others add up to: months to a year, or ledger to ledger in one period",
  operands: { files: list(file, "tallies of adjoining periods under equal terms, or of other ledgers in one period") },
  options: { ...CLOSING, ...PROVING, out: out("joined.tally.json") },
  examples: ["january.tally.json february.tally.json march.tally.json --out q1.tally.json"],
  next: "prove bound FILE --metric NAME --at-most QUANTITY",
  run: async ({ options, operands }, context) =>
    (await import("./cli/claim.ts")).joinTallies(operands.files, options, context),
})

const bound = command({
  summary: "a presentation: numbers of a tally, proved and nothing else shown; nothing is folded again",
  operands: { file: required(file, "a tally") },
  options: {
    ...BOUND,
    over: optional(file, "the tally of a ratio's denominator, of the same period"),
    ...PLACE,
    out: out("claim.presentation.json"),
  },
  examples: ["q1.tally.json --metric joules-per-token --at-most 0.07 --out q1.json"],
  next: "verify FILE --policy POLICY",
  run: async ({ options, operands }, context) =>
    (await import("./cli/claim.ts")).bound(operands.file, options, context),
})

const chosen = command({
  summary: "a presentation: a number over chosen runs of a device; it says nothing of the others",
  operands: {},
  options: {
    ...ARCHIVE,
    ...RECEIPTS,
    runs: required(runs, "first and last run"),
    ...FILTERS,
    ...BOUND,
    ...KEYS,
    out: out("chosen.presentation.json"),
  },
  examples: ["--runs 3-7 --metric energy --boundary node --at-most 120kJ"],
  next: "verify FILE --policy POLICY",
  run: async ({ options }, context) => (await import("./cli/claim.ts")).chosen(options, context),
})

const publish = command({
  summary: "send tallies, joins and bounds to the registry of claims; once more, it goes on where it stopped",
  operands: { file: required(file, "a presentation or a tally, or - for standard input") },
  options: {
    rpc: required(url, "a node of the chain", FROM.rpc),
    claims: optional(address, "the registry of claims", FROM.claims),
    key: optional(key, "the operator's key: a keystore file, or URL#ADDRESS of a remote signer", FROM.key),
    "gas-cap": standard(bigWhole(1n, 2n ** 64n - 1n), "16777216", "most gas of one transaction"),
  },
  examples: ["q1.json"],
  run: async ({ options, operands }, context) =>
    (await import("./cli/claim.ts")).publish(operands.file, options, context),
})

const present = command({
  summary: "a presentation of published tallies, from the chain alone: no proof in it, whatever the number of runs",
  about: "It refers to the tallies in the registry of claims, and proves by storage proofs that they are there.",
  operands: {},
  options: {
    rpc: required(url, "a node of the chain; it is trusted with nothing", FROM.rpc),
    claims: optional(address, "the registry of claims", FROM.claims),
    operator: optional(address, "whose tallies they are", FROM.operator),
    tally: list(bigWhole(0n, 2n ** 32n - 1n), "a tally's number; its bounds come with it", { required: true }),
    out: out("claim.presentation.json"),
  },
  examples: ["--operator 0xf39f…2266 --tally 2 --out q1.json"],
  next: "verify FILE --policy POLICY",
  run: async ({ options }, context) => (await import("./cli/claim.ts")).present(options, context),
})

const worker = command({
  summary: "make proofs that tallies, joins and bounds put into a PostgreSQL; on any number of machines",
  about:
    "Inputs come encrypted to the worker's key. On SIGTERM it hands back what it is making and ends with 143. docs/claims.md.",
  operands: {},
  options: {
    database: required(databaseUrl, "the PostgreSQL, which may be the relayer's", DATABASE),
    identity: required(file, "the worker's secret key: what worker-key wrote, or age-keygen"),
    ...PROVING,
    idle: optional(duration, "end where there was nothing to prove for so long; without it, wait for more"),
    metrics: optional(whole(1, 65535), "serve Prometheus metrics at this port"),
    host: standard(text("HOST"), "127.0.0.1", "the address at which --metrics listens"),
  },
  examples: ["--database postgres://wattest@db/wattest --identity worker.key --idle 10min"],
  run: async ({ options }, context) => (await import("./cli/worker.ts")).worker(options, context),
})

const workerKey = command({
  summary: "make a worker's key; what it prints is for --worker of tally, join and bound",
  operands: {},
  options: { out: out("worker.key") },
  examples: ["--out worker.key"],
  next: "prove worker --identity FILE",
  run: async ({ options }, context) => (await import("./cli/worker.ts")).workerKey(options, context),
})

/** The commands of the operator's private side, as `wattest prove` and `wattest-prove` run them. */
export const NODE = group({
  summary: "the operator's private side: certificates and presentations",
  commands: {
    certificate,
    job,
    excerpt,
    tally,
    join,
    bound,
    chosen,
    publish,
    present,
    worker,
    "worker-key": workerKey,
  },
  explain,
})

/** The command `wattest-prove`; resolves with its exit code. */
export const run = (argv: readonly string[]): Promise<number> =>
  runProgram({ name: "wattest-prove", version: VERSION, node: NODE }, argv)
