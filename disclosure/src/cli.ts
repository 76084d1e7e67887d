import {
  address,
  choice,
  command,
  explainError,
  FROM,
  file,
  folder,
  group,
  type Kind,
  key,
  kind,
  list,
  optional,
  PORTS,
  required,
  run as runProgram,
  standard,
  text,
  time,
  toggle,
  ValueError,
  whole,
} from "@wattest/command"
import { FORMAT_NAMES } from "./formats/table.ts"
import { LISTED } from "./inventory/listed.ts"
import { VERSION } from "./version.ts"

const isDay = (given: string) => !Number.isNaN(Date.parse(given)) && new Date(given).toISOString().startsWith(given)

const day: Kind<string> = kind("DAY", (given) => {
  if (!/^\d{4}-\d\d-\d\d$/.test(given) || !isDay(given))
    throw new ValueError("is no day of the calendar", "write 2026-01-31")
  return given
})

const OFFLINE = toggle("ask no node, even if the policy lists some")

/** What a filing is made of beside documents. */
const BELIEVED = {
  policy: required(file, "what you believe: only documents that are valid under it enter"),
  profile: required(file, "the entity: wattest disclose init writes it"),
  factors: optional(
    file,
    "a table of emission factors, for runs whose devices signed no intensities, and the residual mix",
  ),
  issuer: list(address, "an issuing body whose signature proves an instrument"),
  witness: list(address, "somebody whose signature attests an instrument"),
  offline: OFFLINE,
}

const MATERIAL = {
  ...BELIEVED,
  year: optional(whole(2000, 9999, "YEAR"), "the financial year that begins in this year"),
  from: optional(day, "first day, where it is not a financial year"),
  to: optional(day, "last day"),
  "as-of": optional(time, "leave out what was anchored at or after this time"),
  "previous-as-of": optional(time, "the time of an earlier statement: what it stated is said beside what changed"),
}

const PATHS = list(file, "certificates, jobs and presentations: files, folders, patterns", { required: true })

const init = command({
  summary: "ask what the entity must report, and write profile and plan",
  about:
    "What is not given is asked on a terminal: ? shows help, a bad answer is asked again. Sites and meters are taken from valid certificates of the entity's own devices where some are named. The plan says what is left to bring for each standard. The profile is yours to complete: what lies within what, suppliers, fuels.",
  operands: { path: list(file, "certificates of the entity's devices") },
  options: {
    name: optional(text("NAME"), "legal name of the entity"),
    lei: optional(text("LEI"), "legal entity identifier"),
    country: optional(text("COUNTRY"), "country by ISO 3166, two letters"),
    currency: optional(text("CURRENCY"), "currency by ISO 4217, three letters"),
    operator: optional(address, "the account whose ledgers are the entity's", FROM.operator),
    "year-begins": optional(text("MM-DD"), "first day of the financial year; 01-01 unless given"),
    consolidation: optional(text("WAY"), "operational-control, financial-control or equity-share"),
    share: optional(text("SHARE"), "the entity's share, of an equity-share"),
    site: list(text("ID=ZONE"), "a site by the label that its devices sign, its electricity zone and perhaps =COUNTRY"),
    standard: list(text("STANDARD"), "a standard to report by; asked for unless given"),
    bundle: list(file, "granular certificates: bundles of the EnergyTag registry API"),
    policy: optional(file, "under which the certificates are judged"),
    offline: OFFLINE,
    out: standard(folder, ".", "folder for profile.json and plan.json"),
  },
  examples: [
    '--name "Example Compute AG" --country CH --currency EUR --operator 0x70997970c51812dc3a010c7d01b50e0d17dc79c8 --site zurich=CH --standard vsme-2025-07-30',
    "certificates --policy policy.json",
  ],
  run: async ({ options, operands }, context) => (await import("./cli/init.ts")).init(operands.path, options, context),
})

const sign = command({
  summary: "sign a profile with the operator's account",
  operands: { profile: required(file, "the profile; it is written anew with its signature") },
  options: { key: required(key, "the operator's key: a keystore file", FROM.key) },
  examples: ["profile.json --key operator.json"],
  next: "disclose inventory certificates --policy FILE --profile FILE --year YEAR",
  run: async ({ options, operands }, context) =>
    (await import("./cli/init.ts")).sign(operands.profile, options.key, context),
})

const inventory = command({
  summary: "what valid documents say of a period: energy, carbon, coverage, grades",
  about:
    "Each boundary stands apart, since a rack holds its nodes. A run belongs to the period in which it ends. A run without a factor is said to have none; it is no zero.",
  operands: { path: PATHS },
  options: {
    ...MATERIAL,
    by: standard(choice(LISTED, "LABEL"), "site", "list by site, zone, party, model, operator or hour"),
  },
  examples: [
    "certificates --policy policy.json --profile profile.json --year 2026",
    "certificates --policy policy.json --profile profile.json --from 2026-01-01 --to 2026-03-31 --by hour --json",
  ],
  next: "disclose file STANDARD certificates --policy FILE --profile FILE --year YEAR",
  run: async ({ options, operands }, context) =>
    (await import("./cli/inventory.ts")).inventory(operands.path, options, context),
})

const fileCommand = command({
  summary: "fill the lines of a standard: each cell with its proof, grade, uncertainty and what is missing",
  about:
    "STANDARD is one that is known here, or a mapping of your own (FILE.json). Exit 3 with --whole where a cell is missing or partly filled.",
  operands: { standard: required(text("STANDARD"), "such as vsme-2025-07-30"), path: PATHS },
  options: {
    ...MATERIAL,
    site: optional(text("SITE"), "the site, of a standard for data centres"),
    job: optional(text("JOB"), "the job, of a standard for one"),
    model: optional(text("MODEL"), "the model, of a standard for products"),
    out: optional(file, "also write the filing with all of its sources, as JSON"),
    format: optional(choice(FORMAT_NAMES, "FORMAT"), "print the filing as this instead of a table"),
    into: optional(file, "write what --format says to this file instead of printing it; xlsx needs one"),
    whole: toggle("exit 3 unless every cell is filled"),
  },
  examples: [
    "vsme-2025-07-30 certificates --policy policy.json --profile profile.json --factors factors.json --year 2026 --out vsme.json",
    "vsme-2025-07-30 certificates --policy policy.json --profile profile.json --year 2026 --format xlsx --into vsme.xlsx",
    "eu-2024-1364 certificates --policy policy.json --profile profile.json --year 2026 --site zurich",
    "ai-act-annex-xi certificates --policy policy.json --profile profile.json --year 2026 --job train-7 --json",
  ],
  exits: ["done", "failed", "usage", "undetermined", "fault"],
  run: async ({ options, operands }, context) =>
    (await import("./cli/file.ts")).file(operands.standard, operands.path, options, context),
})

const explain = command({
  summary: "the way of one cell to its proofs: documents, verdicts, blocks",
  about:
    "Files that lie where they lay are compared with what was judged; exit 1 where one is another. A file in another format must be what its filing writes, byte for byte. What a filing names outside of the folders is not read.",
  operands: {
    file: required(file, "what file --out wrote or, with --filing, what --format wrote of it"),
    cell: required(text("CELL"), "the cell's id, or what its format calls it"),
  },
  options: {
    filing: optional(file, "the filing that FILE was written of, where FILE is in another format"),
    in: list(folder, "a folder in which its documents may be read; by default the current one"),
  },
  examples: [
    "vsme.json B3-electricity",
    "vsme.xlsx B3-electricity --filing vsme.json",
    "vsme.json B3-scope2-location --in certificates --json",
  ],
  run: async ({ options, operands }, context) =>
    (await import("./cli/explain.ts")).explain(operands.file, operands.cell, options, context),
})

const check = command({
  summary: "make a filing again of its documents, and say where it states anything else",
  about:
    "Period, subject and as-of are the filing's; documents, policy, profile and factors are those that you believe. Whoever edited a number, a verdict or a digest is found. Exit 1 where anything differs, in FILE itself too, 3 where it does and a document could not be judged, or another version wrote the filing and nothing but its sentences is worded otherwise. Files may lie elsewhere than they did: documents are known by their digests.",
  operands: {
    file: required(file, "what file --out wrote or, with --filing, what --format wrote of it"),
    path: PATHS,
  },
  options: {
    ...BELIEVED,
    filing: optional(file, "the filing that FILE was written of, where FILE is in another format"),
    standard: optional(file, "the mapping of the filing, where it is none of this program's"),
  },
  examples: [
    "vsme.json certificates --policy policy.json --profile profile.json --factors factors.json",
    "vsme.xlsx certificates --filing vsme.json --policy policy.json --profile profile.json --json",
    "own.json certificates --standard mapping.json --policy policy.json --profile profile.json",
  ],
  run: async ({ options, operands }, context) =>
    (await import("./cli/check.ts")).check(operands.file, operands.path, options, context),
})

const serve = command({
  summary: "answer customers' systems with product footprints, as a host of PACT V3",
  about:
    "Each filing of a pact-3 standard is made again from --documents, and what comes out otherwise is not served. HTTPS alone; --clients holds digests of secrets, never a secret. Logs are JSON on stdout, a line each.",
  operands: { filing: list(file, "filings that file --out wrote, or folders of them", { required: true }) },
  options: {
    documents: list(file, "certificates, jobs and presentations behind the filings", { required: true }),
    policy: required(file, "the policy under which the filings were made"),
    profile: required(file, "the signed profile of the filings"),
    factors: optional(file, "the table of emission factors of the filings"),
    issuer: list(address, "an issuing body whose signature proves an instrument"),
    witness: list(address, "somebody whose signature attests an instrument"),
    offline: OFFLINE,
    clients: required(file, "who may ask: ids, SHA-256 of their secrets, products that they may see"),
    requests: optional(file, "where requests wait whose answers clients hear later (SQLite)"),
    "tls-cert": required(file, "certificate chain, PEM"),
    "tls-key": required(file, "its private key, PEM"),
    host: standard(text("HOST"), "127.0.0.1", "address to listen on"),
    port: standard(whole(0, 65_535, "PORT"), `${PORTS.disclosure}`, "port to listen on; 0 takes a free one"),
    "token-seconds": standard(whole(1, 86_400, "SECONDS"), "3600", "life of a token"),
    "per-minute": standard(
      whole(1, 1_000_000),
      "600",
      "questions of one address in a minute; a quarter of it for tokens",
    ),
    check: toggle("say what would be served, and end"),
  },
  examples: [
    "footprints --documents certificates --policy policy.json --profile profile.json --clients clients.json --tls-cert host.pem --tls-key host.key --check",
    "footprints --documents certificates --policy policy.json --profile profile.json --clients clients.json --tls-cert host.pem --tls-key host.key --host 0.0.0.0 --port 443",
    "footprints --documents certificates --policy policy.json --profile profile.json --clients clients.json --requests requests.sqlite --tls-cert host.pem --tls-key host.key",
  ],
  run: async ({ options, operands }, context) =>
    (await import("./cli/serve.ts")).serve(operands.filing, options, context),
})

export const NODE = group({
  summary: "statutory files whose every cell leads to a proof",
  commands: { init, sign, inventory, file: fileCommand, explain, check, serve },
  explain: explainError,
})

/** The command `wattest-disclose`; resolves with its exit code. */
export const run = (argv: readonly string[]): Promise<number> =>
  runProgram({ name: "wattest-disclose", version: VERSION, node: NODE }, argv)
