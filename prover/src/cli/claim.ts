import { join } from "node:path"
import { openAccount } from "@wattest/chain"
import { type Context, type Hex, type KeyReference, type Outcome, readDocument, UsageError } from "@wattest/command"
import {
  claimLimits,
  claimSentence,
  encodePresentation,
  MAX_PRESENTATION_BYTES,
  type Presentation,
  parsePresentation,
} from "@wattest/protocol"
import { walkClaim } from "@wattest/verifier"
import { openArchive } from "../archive/run-archive.ts"
import { openLedgerReader } from "../chain/ledger-reader.ts"
import { createChosenPresentation } from "../claims/create-chosen.ts"
import { createPresentation } from "../claims/create-presentation.ts"
import { publishClaim } from "../claims/publish.ts"
import { readSubject, readTerms, type WrittenSubject } from "../claims/terms.ts"
import { assertKeys } from "../proving/key-folder.ts"
import { createProverPool } from "../proving/prover-pool.ts"
import { Refusal } from "../refusal.ts"
import { openPlace, type Runs, receiptSource } from "./certificate.ts"
import { report, type Written } from "./document.ts"
import { writeWhole } from "./output.ts"
import { createProgressBar } from "./progress-bar.ts"

type Subject = {
  readonly metric: string
  readonly "energy-grade": string
  readonly "work-grade": string
} & { readonly [K in "model" | "unit" | "zone" | "party" | "boundary" | "at-least" | "at-most"]: string | undefined }

type Publication = {
  readonly rpc: string
  readonly claims: Hex | undefined
  readonly key: KeyReference | undefined
  readonly "gas-cap": bigint
}

const writtenSubject = (options: Subject): WrittenSubject => ({
  ...options,
  energyGrade: options["energy-grade"],
  workGrade: options["work-grade"],
  atLeast: options["at-least"],
  atMost: options["at-most"],
})

export type ClaimOptions = Subject &
  Publication & {
    readonly registry: Hex
    readonly ledger: readonly Hex[]
    readonly home: string
    readonly archive: readonly string[]
    readonly from: number
    readonly to: number
    readonly unopened: number
    readonly keys: string
    readonly processes: number | undefined
    readonly out: string
    readonly publish: boolean
  }

async function provePresentation(options: ClaimOptions): Promise<Presentation> {
  const { rpc, registry, ledger: ledgers, home, from, to, unopened, keys, processes } = options
  const folders = options.archive.length > 0 ? options.archive : [join(home, "archive")]
  assertKeys(keys)
  const terms = readTerms({ ...writtenSubject(options), from, to })
  const reader = await openLedgerReader(rpc, registry)
  const pool = createProverPool({ folder: keys, ...(processes === undefined ? {} : { processes }) })
  try {
    const progress = createProgressBar("proving")
    const archives = folders.map(openArchive)
    return await createPresentation({ reader, registry, ledgers, archives, terms, unopened, keys, pool, progress })
  } finally {
    pool.close()
  }
}

function needed<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new UsageError(`--${name} is missing`, `give --${name}, or write it into wattest.json`)
  return value
}

/** Sends every claim of a presentation to the registry of claims. Asked again, it goes on where it stopped. */
async function send(options: Publication, { claims }: Presentation, context: Context): Promise<Written> {
  const { rpc, "gas-cap": gasCap } = options
  const address = needed(options.claims, "claims")
  const account = await openAccount(needed(options.key, "key"), context)
  const numbers: string[] = []
  for (const claim of claims) {
    if (claim.kind !== "period")
      throw new Refusal("INPUT_INVALID", "a claim over chosen runs", "the registry takes claims over periods")
    const progress = createProgressBar("publishing")
    numbers.push(`${(await publishClaim({ claim, rpc, claims: address, account, progress, gasCap })).number}`)
  }
  return { claims: address, numbers: numbers.join(",") }
}

function say(presentation: Presentation, { terminal }: Context): void {
  presentation.claims.forEach((claim, i) => {
    const walk = walkClaim(claim, presentation, `claim ${i + 1}`)
    terminal.say(`${claimSentence(claim, walk)}\n${claimLimits(claim)}`)
  })
}

export async function claim(options: ClaimOptions, context: Context): Promise<Outcome> {
  const { out } = options
  if (options.publish) [needed(options.claims, "claims"), needed(options.key, "key")]
  const presentation = await provePresentation(options)
  const bytes = encodePresentation(presentation)
  // Written before it is published: with the file, a publication that was cut short goes on.
  await writeWhole(out, bytes)
  say(presentation, context)
  const published = options.publish ? await send(options, presentation, context) : {}
  report(context, { document: out, kind: "presentation", bytes: bytes.length, ...published })
  return { next: `verify ${out} --policy POLICY` }
}

const MAX_CHOSEN = 4096

export type ChosenOptions = Subject & {
  readonly home: string
  readonly archive: string | undefined
  readonly device: Hex | undefined
  readonly runs: Runs
  readonly receipt: readonly string[]
  readonly relayer: string | undefined
  readonly keys: string
  readonly out: string
}

/** A claim over chosen runs of one device: for documents alone, the registry of claims takes none. */
export async function chosen(options: ChosenOptions, context: Context): Promise<Outcome> {
  const { archive, device } = await openPlace(options)
  const { keys, out } = options
  assertKeys(keys)
  const { first, last } = options.runs
  if (last - first >= MAX_CHOSEN)
    throw new UsageError(`--runs names more than ${MAX_CHOSEN} runs`, "choose fewer, or claim over a period")
  const runs = Array.from({ length: Number(last - first) + 1 }, (_, i) => first + BigInt(i))
  const subject = readSubject(writtenSubject(options))
  const pool = createProverPool({ folder: keys })
  try {
    const receipts = receiptSource(options, context.given, archive, first)
    const progress = createProgressBar("proving")
    const request = { archive, receipts, device, runs, subject, keys, pool, progress }
    const presentation = await createChosenPresentation(request)
    const bytes = encodePresentation(presentation)
    await writeWhole(out, bytes)
    say(presentation, context)
    report(context, { document: out, kind: "presentation", bytes: bytes.length })
    return { next: `verify ${out} --policy POLICY` }
  } finally {
    pool.close()
  }
}

export async function publish(file: string, options: Publication, context: Context): Promise<undefined> {
  const presentation = parsePresentation(readDocument(file, MAX_PRESENTATION_BYTES, "a presentation"))
  report(context, await send(options, presentation, context))
}
