import {
  address,
  bigWhole,
  command,
  duration,
  FROM,
  file,
  folder,
  group,
  key,
  ledgerId,
  list,
  optional,
  required,
  run as runProgram,
  standard,
  time,
  toggle,
  u64,
  url,
  whole,
} from "@wattest/command"
import { explain } from "./cli/explain.ts"
import { ARCHIVE, captures, KEYS, out, RECEIPTS, runs, SUBJECT } from "./cli/options.ts"
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
    out: optional(
      file,
      "where the document goes, run-N.certificate.json unless given; nothing is left there on failure",
    ),
  },
  examples: ["", "--runs 7 --relayer http://127.0.0.1:8480 --out run7.json", "--wait 10min"],
  next: "verify FILE --policy POLICY",
  run: async ({ options }, context) => (await import("./cli/certificate.ts")).certificate(options, context),
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

const PUBLICATION = {
  rpc: required(url, "a node of the chain; it is trusted with nothing", FROM.rpc),
  claims: optional(address, "the registry of claims", FROM.claims),
  key: optional(key, "the operator's key: a keystore file, or URL#ADDRESS of a remote signer", FROM.key),
  "gas-cap": standard(bigWhole(1n, 2n ** 64n - 1n), "16777216", "most gas of one transaction"),
}

const claim = command({
  summary: "a presentation: a number over all runs that ledgers anchored in a period, proved and nothing else shown",
  operands: {},
  options: {
    ...PUBLICATION,
    registry: required(address, "the registry of anchors", FROM.registry),
    ledger: list(ledgerId, "a ledger's id, keccak256 of operator and voucher", { ...FROM.ledger, required: true }),
    home: ARCHIVE.home,
    archive: list(folder, "an archive, where it is not in the device's folder"),
    from: required(time, "begin of the period in block time: 2026-01-01, 2026-01-01T12:00:00Z or Unix seconds"),
    to: required(time, "its end, excluded"),
    ...SUBJECT,
    unopened: standard(whole(0), "0", "most runs that the archives may lack; the claim shows their number"),
    ...KEYS,
    processes: optional(whole(1, 1024), "proofs made at once; the number of cores unless given"),
    out: out("claim.presentation.json"),
    publish: toggle("also send the claim to the registry of claims"),
  },
  examples: [
    "--from 2026-01-01 --to 2026-04-01 --model llama --metric joules-per-token --boundary node --at-most 0.07 --out q1.json",
  ],
  next: "verify FILE --policy POLICY",
  run: async ({ options }, context) => (await import("./cli/claim.ts")).claim(options, context),
})

const chosen = command({
  summary: "a presentation: a number over chosen runs of a device; it says nothing of the others",
  operands: {},
  options: {
    ...ARCHIVE,
    ...RECEIPTS,
    runs: required(runs, "first and last run"),
    ...SUBJECT,
    ...KEYS,
    out: out("chosen.presentation.json"),
  },
  examples: ["--runs 3-7 --metric energy --boundary node --at-most 120kJ"],
  next: "verify FILE --policy POLICY",
  run: async ({ options }, context) => (await import("./cli/claim.ts")).chosen(options, context),
})

const publish = command({
  summary: "send a presentation's claims to the registry of claims; once more, it goes on where it stopped",
  operands: { file: required(file, "a presentation, or - for standard input") },
  options: PUBLICATION,
  examples: ["q1.json"],
  run: async ({ options, operands }, context) =>
    (await import("./cli/claim.ts")).publish(operands.file, options, context),
})

/** The commands of the operator's private side, as `wattest prove` and `wattest-prove` run them. */
export const NODE = group({
  summary: "the operator's private side: certificates and presentations",
  commands: { certificate, excerpt, claim, chosen, publish },
  explain,
})

/** The command `wattest-prove`; resolves with its exit code. */
export const run = (argv: readonly string[]): Promise<number> =>
  runProgram({ name: "wattest-prove", version: VERSION, node: NODE }, argv)
