import { readFile } from "node:fs/promises"
import {
  claimLimits,
  claimSentence,
  encodePresentation,
  type Hex,
  MAX_PRESENTATION_BYTES,
  type Presentation,
  parsePresentation,
} from "@wattest/protocol"
import { walkClaim } from "@wattest/verifier"
import { privateKeyToAccount } from "viem/accounts"
import { openArchive } from "../archive/run-archive.ts"
import { openLedgerReader } from "../chain/ledger-reader.ts"
import { createChosenPresentation } from "../claims/create-chosen.ts"
import { createPresentation } from "../claims/create-presentation.ts"
import { publishClaim } from "../claims/publish.ts"
import { readSubject, readTerms, type WrittenSubject } from "../claims/terms.ts"
import { createProverPool } from "../proving/prover-pool.ts"
import { Refusal } from "../refusal.ts"
import { type Arguments, readArguments, readRange, readWhole, readWord, UsageError } from "./arguments.ts"
import { type Outcome, receiptSource } from "./certificate.ts"
import { writeWhole } from "./output.ts"
import { createProgressBar } from "./progress-bar.ts"

const TERMS = [
  "metric",
  "model",
  "unit",
  "zone",
  "party",
  "boundary",
  "energy-grade",
  "work-grade",
  "at-least",
  "at-most",
]
const CHAIN = ["rpc", "claims", "operator-key", "gas-cap"]

function readAddress(text: string, name: string): Hex {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new UsageError(`--${name}: "${text}" is not an address`)
  return text.toLowerCase() as Hex
}

function readUrl(args: Arguments): string {
  const url = args.need("rpc")
  if (!URL.canParse(url)) throw new UsageError(`--rpc: "${url}" is not a URL`)
  return url
}

/** The operator's account: 32 bytes in hexadecimal, alone in a file. */
async function readAccount(path: string) {
  const text = (await readFile(path, "utf8")).trim()
  if (!/^0x[0-9a-f]{64}$/.test(text)) throw new UsageError(`--operator-key: ${path} does not hold 0x and 64 digits`)
  return privateKeyToAccount(text as Hex)
}

function subjectOf(args: Arguments): WrittenSubject {
  return {
    metric: args.need("metric"),
    model: args.find("model"),
    unit: args.find("unit"),
    zone: args.find("zone"),
    party: args.find("party"),
    boundary: args.find("boundary"),
    energyGrade: args.find("energy-grade"),
    workGrade: args.find("work-grade"),
    atLeast: args.find("at-least"),
    atMost: args.find("at-most"),
  }
}

async function provePresentation(args: Arguments): Promise<Presentation> {
  const ledgers = args.all("ledger").map((id) => readWord(id, "ledger"))
  const archives = args.all("archive").map(openArchive)
  if (ledgers.length === 0) throw new UsageError("--ledger is missing")
  if (archives.length === 0) throw new UsageError("--archive is missing")
  const terms = readTerms({ ...subjectOf(args), from: args.need("from"), to: args.need("to") })
  const registry = readAddress(args.need("registry"), "registry")
  const unopened = Number(readWhole(args.find("unopened") ?? "0", "unopened"))
  const keys = args.find("keys") ?? "build/circuits"
  const reader = await openLedgerReader(readUrl(args), registry)
  const processes = args.find("processes")
  const pool = createProverPool({
    folder: keys,
    ...(processes ? { processes: Number(readWhole(processes, "processes")) } : {}),
  })
  try {
    const progress = createProgressBar("proving")
    return await createPresentation({ reader, registry, ledgers, archives, terms, unopened, keys, pool, progress })
  } finally {
    pool.close()
  }
}

/** Sends every claim of a presentation to the registry of claims. Asked again, it goes on where it stopped. */
async function publish(args: Arguments, { claims }: Presentation): Promise<Outcome> {
  const [rpc, account] = [readUrl(args), await readAccount(args.need("operator-key"))]
  const address = readAddress(args.need("claims"), "claims")
  const cap = args.find("gas-cap")
  const numbers: string[] = []
  for (const claim of claims) {
    if (claim.kind !== "period")
      throw new Refusal("INPUT_INVALID", "a claim over chosen runs", "the registry takes claims over periods")
    const limit = cap ? { gasCap: readWhole(cap, "gas-cap") } : {}
    const progress = createProgressBar("publishing")
    numbers.push(`${(await publishClaim({ claim, rpc, claims: address, account, progress, ...limit })).number}`)
  }
  return { claims: address, numbers: numbers.join(",") }
}

function say(presentation: Presentation): void {
  presentation.claims.forEach((claim, i) => {
    const walk = walkClaim(claim, presentation, `claim ${i + 1}`)
    process.stderr.write(`${claimSentence(claim, walk)}\n${claimLimits(claim)}\n`)
  })
}

export async function claimCommand(argv: readonly string[]): Promise<Outcome> {
  const texts = [...TERMS, ...CHAIN, "from", "to", "registry", "unopened", "keys", "processes", "out"]
  const args = readArguments(argv, { texts, lists: ["ledger", "archive"], flags: ["publish"] })
  const out = args.need("out")
  if (args.flag("publish")) for (const name of ["claims", "operator-key"]) args.need(name)
  const presentation = await provePresentation(args)
  const bytes = encodePresentation(presentation)
  // Written before it is published: with the file, a publication that was cut short goes on.
  await writeWhole(out, bytes)
  say(presentation)
  const published = args.flag("publish") ? await publish(args, presentation) : {}
  return { document: out, kind: "presentation", bytes: bytes.length, ...published }
}

const MAX_CHOSEN = 4096

/** A claim over chosen runs of one device: for documents alone, the registry of claims takes none. */
export async function chosenCommand(argv: readonly string[]): Promise<Outcome> {
  const texts = [...TERMS, "device", "runs", "relay", "keys", "archive", "out"]
  const args = readArguments(argv, { texts, lists: ["receipt"] })
  const out = args.need("out")
  const archive = openArchive(args.need("archive"))
  const device = readWord(args.need("device"), "device")
  const { first, last } = readRange(args.need("runs"), "runs")
  if (last - first >= MAX_CHOSEN) throw new UsageError(`--runs: at most ${MAX_CHOSEN} runs`)
  const runs = Array.from({ length: Number(last - first) + 1 }, (_, i) => first + BigInt(i))
  const [subject, keys] = [readSubject(subjectOf(args)), args.find("keys") ?? "build/circuits"]
  const pool = createProverPool({ folder: keys })
  try {
    const [receipts, progress] = [receiptSource(args, archive, first), createProgressBar("proving")]
    const presentation = await createChosenPresentation({
      archive,
      receipts,
      device,
      runs,
      subject,
      keys,
      pool,
      progress,
    })
    const bytes = encodePresentation(presentation)
    await writeWhole(out, bytes)
    say(presentation)
    return { document: out, kind: "presentation", bytes: bytes.length }
  } finally {
    pool.close()
  }
}

export async function publishCommand(argv: readonly string[]): Promise<Outcome> {
  const args = readArguments(argv, { texts: [...CHAIN, "presentation"] })
  const bytes = await readFile(args.need("presentation"))
  if (bytes.length > MAX_PRESENTATION_BYTES) throw new UsageError("--presentation: the file is too long to be one")
  return publish(args, parsePresentation(bytes))
}
