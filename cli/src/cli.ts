import {
  address,
  chainId,
  choice,
  command,
  FROM,
  file,
  folder,
  group,
  key,
  LOCAL_RELAYER,
  lazy,
  list,
  optional,
  place,
  required,
  run as runProgram,
  standard,
  text,
  toggle,
  url,
} from "@wattest/command"
import { BOUNDARIES, ORIGINS } from "@wattest/protocol"
import { explain } from "./explain.ts"
import { NEXT } from "./next.ts"
import { VERSION } from "./version.ts"

const init = command({
  summary: "write wattest.json here: what no command asks again",
  about: "What is not given is asked on a terminal, found out from the node, or made: a key without --key.",
  operands: {},
  options: {
    rpc: optional(url, "a node of the chain"),
    chain: optional(chainId, "the chain; the node says it unless given"),
    registry: optional(address, "the registry of anchors; the known one of the chain unless given"),
    claims: optional(address, "the registry of claims"),
    key: optional(key, "your key: a keystore file, or URL#ADDRESS of a remote signer"),
    operator: optional(address, "the account that owns the ledger; that of the key unless given"),
    voucher: optional(address, "the account that gives its word for devices; the operator unless given"),
    relayer: standard(url, LOCAL_RELAYER, "the relayer"),
    home: standard(folder, "device", "the device's folder"),
  },
  examples: ["", "--rpc http://127.0.0.1:8545", "--rpc https://polygon.example --key operator.json"],
  run: async ({ options }, context) => (await import("./commands/init.ts")).init(options, context),
})

const keyNew = command({
  summary: "make a key in a keystore (Web3 Secret Storage, version 3)",
  about:
    "Its password: WATTEST_KEY_PASSWORD, the file that WATTEST_KEY_PASSWORD_FILE names, or what is typed on a terminal. Without any, one is made and put into a file beside the keystore that only you may read.",
  operands: { file: required(file, "the keystore to write") },
  options: {},
  examples: ["operator.json"],
  next: "init --key FILE",
  run: async ({ operands }, context) => (await import("./commands/key.ts")).keyNew(operands.file, context),
})

const deploy = command({
  summary: "put both registries on a chain, and into wattest.json",
  about: "At the same addresses on every chain. A local chain pays for an account that has nothing yet.",
  operands: {},
  options: {
    rpc: required(url, "a node of the chain", FROM.rpc),
    chain: optional(chainId, "the chain that the node must serve", FROM.chain),
    key: required(key, "the key that pays: a keystore file, or URL#ADDRESS of a remote signer", FROM.key),
    record: optional(file, "where the record goes, wattest-deployment.CHAIN.json unless given"),
    "anchors-alone": toggle("deploy no registry of claims"),
    yes: toggle("do not ask before what is final"),
  },
  examples: ["", "--rpc https://polygon.example.org --chain 137 --key deployer.json"],
  next: NEXT.enrol,
  run: async ({ options }, context) => (await import("./commands/deploy.ts")).deploy(options, context),
})

const enrol = command({
  summary: "put the device into your ledger: make it where there is none, vouch for it where that is yours, enrol it",
  operands: {},
  options: {
    home: standard(folder, "~/.wattest", "the device's folder", FROM.home),
    rpc: required(url, "a node of the chain", FROM.rpc),
    chain: required(chainId, "the chain", FROM.chain),
    registry: required(address, "the registry of anchors", FROM.registry),
    operator: required(address, "the account that owns the ledger", FROM.operator),
    voucher: required(address, "the account that gives its word for the device", FROM.voucher),
    config: optional(file, "the agent's configuration: boundary, and the sensors that you vouch for"),
    boundary: optional(choice(BOUNDARIES), "what the device meters, for life, where no configuration says it"),
    origin: standard(choice(ORIGINS), "live", "live, or recorded for a device that only replays traces; for life"),
    key: required(key, "the operator's key: a keystore file, or URL#ADDRESS of a remote signer", FROM.key),
    yes: toggle("do not ask before what is final"),
  },
  about:
    "Where you are the voucher too, the document that your word rests on is written to vouch.json in the device's folder: with --config it names the sensors, their serials and ratings, and runs with exactly these claim that their inventory is whole. Its SHA-256 is the evidence on chain. Else the evidence is what the voucher put there.",
  examples: ["--config agent.json", "--boundary node --origin recorded --yes"],
  next: NEXT.run,
  run: async ({ options }, context) => (await import("./commands/enrol.ts")).enrolDevice(options, context),
})

const status = command({
  summary: "what is configured, open, spooled, anchored and certified, on one screen",
  operands: {},
  options: {
    home: standard(folder, "~/.wattest", "the device's folder", FROM.home),
    rpc: optional(url, "a node of the chain", FROM.rpc),
    chain: optional(chainId, "the chain", FROM.chain),
    registry: optional(address, "the registry of anchors", FROM.registry),
    claims: optional(address, "the registry of claims", FROM.claims),
    operator: optional(address, "the account that owns the ledger", FROM.operator),
    voucher: optional(address, "the account that gives its word for the device", FROM.voucher),
    relayer: optional(url, "the relayer", FROM.relayer),
    key: optional(key, "your key", FROM.key),
  },
  examples: ["", "--json"],
  run: async ({ options }, context) => (await import("./commands/status.ts")).status(options, context),
})

const ARCHIVE = {
  home: standard(folder, "~/.wattest", "the device's folder, which holds its archive", FROM.home),
  archive: optional(place, "the archive, where it is not in the device's folder"),
}

const archiveCopy = command({
  summary: "copy the runs of an archive into another, and read each file back",
  about: "Nothing is written over: the same bytes count as copied, other bytes under the same name end it.",
  operands: { from: required(place, "the archive with the runs"), to: required(place, "the archive that gets them") },
  options: {},
  examples: ["device/archive s3://evidence/site-a", "s3://evidence/site-a /restored/archive"],
  run: async ({ operands: { from, to } }, context) =>
    (await import("./commands/archive.ts")).copyArchive(from, to, context),
})

const archiveKey = command({
  summary: "make the key that opens backups: keep the file away from what it protects",
  about: "An age identity, post-quantum (ML-KEM-768 with X25519). Whoever has the file can open every backup for it.",
  operands: { file: required(file, "the identity to write") },
  options: {},
  examples: ["backup.key"],
  run: async ({ operands }, context) => (await import("./commands/archive.ts")).archiveKey(operands.file, context),
})

const archiveBackup = command({
  summary: "the secrets and statements of all runs in one file, encrypted (age)",
  about: "Without them a run's totals cannot be opened or proved. Evidence is not in it: copy the archive for that.",
  operands: {},
  options: {
    ...ARCHIVE,
    recipient: list(text("AGE1…"), "who can open it; once for each, at least one", { required: true }),
    out: standard(file, "secrets.age", "where it goes; a file that is there is not written over"),
  },
  examples: ["--recipient age1pq1… --out 2026-11-26.age"],
  next: "archive restore FILE --identity KEY --to DIR",
  run: async ({ options }, context) => (await import("./commands/archive.ts")).backupSecrets(options, context),
})

const archiveRestore = command({
  summary: "put the records of a backup into an archive",
  operands: { file: required(file, "the backup") },
  options: {
    identity: required(file, "the key's file, of wattest archive key or age-keygen"),
    to: required(place, "the archive that gets them; what it has already stays"),
  },
  examples: ["2026-11-26.age --identity backup.key --to /restored/archive"],
  run: async ({ options, operands }, context) =>
    (await import("./commands/archive.ts")).restoreSecrets(operands.file, options, context),
})

const exportParquet = command({
  summary: "captures of certificates, judged with their evidence, as a table for SQL (Parquet)",
  about:
    "A certificate that is not valid ends it, and no file is left. Needs the package @duckdb/node-api. docs/export.md has columns and queries.",
  operands: { path: list(file, "the certificates", { required: true }) },
  options: {
    ...ARCHIVE,
    policy: required(file, "what you believe, as for wattest verify"),
    offline: toggle("ask no node, even if the policy lists some"),
    out: standard(file, "captures.parquet", "where it goes; a file that is there is not written over"),
  },
  examples: ["run-7.certificate.json --policy policy.json --out november.parquet"],
  exits: ["done", "failed", "usage", "undetermined", "fault", "unaccepted"],
  run: async ({ options, operands }, context) =>
    (await import("./commands/export.ts")).exportCaptures(operands.path, options, context),
})

/** The whole suite under one name; a room is loaded when it is entered. */
export const NODE = group({
  summary: "energy evidence for AI workloads: signed at the meter, anchored on chain, verified offline by anyone",
  commands: {
    init,
    deploy,
    enrol,
    status,
    device: lazy("the device: from sensors to signed runs", async () => (await import("@wattest/attester/cli")).NODE),
    relay: lazy("the relayer: from submissions to chain", async () => (await import("@wattest/relayer/cli")).NODE),
    index: lazy(
      "the public books: both registries, proved and served",
      async () => (await import("@wattest/index/cli")).NODE,
    ),
    registry: lazy("the registries: vouch, enrol, look", async () => (await import("@wattest/registry/cli")).NODE),
    prove: lazy("certificates and presentations", async () => (await import("@wattest/prover/cli")).NODE),
    verify: lazy("judge documents offline", async () => (await import("@wattest/verifier/cli")).NODE),
    inspect: lazy(
      "show what a document says of itself, without believing anything",
      async () => (await import("@wattest/verifier/cli")).INSPECT,
    ),
    gate: lazy(
      "an operator's own alarm: budgets of energy and carbon, promotion of models",
      async () => (await import("@wattest/budget/cli")).GATE,
    ),
    compare: lazy(
      "compare certificates: energy for a unit against quality",
      async () => (await import("@wattest/budget/cli")).COMPARE,
    ),
    benchmark: lazy(
      "run the AI Energy Score's benchmark against a server, metered by a device",
      async () => (await import("@wattest/budget/cli")).BENCHMARK,
    ),
    archive: group({
      summary: "closed runs: copies, and encrypted backups of their secrets",
      commands: { copy: archiveCopy, key: archiveKey, backup: archiveBackup, restore: archiveRestore },
    }),
    export: exportParquet,
    disclose: lazy(
      "statutory files whose every cell leads to a proof",
      async () => (await import("@wattest/disclosure/cli")).NODE,
    ),
    key: group({ summary: "keys of accounts", commands: { new: keyNew } }),
  },
  explain,
})

/** The command `wattest`; resolves with its exit code. */
export const run = (argv: readonly string[]): Promise<number> =>
  runProgram({ name: "wattest", version: VERSION, node: NODE }, argv)
