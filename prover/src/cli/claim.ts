import { join } from "node:path"
import { openAccount } from "@wattest/chain"
import {
  type Context,
  type Hex,
  type KeyReference,
  type Outcome,
  readDocument,
  shellWord,
  UsageError,
} from "@wattest/command"
import {
  claimLimits,
  claimSentence,
  encodePresentation,
  PRESENTATION_LIMITS,
  type Presentation,
  parsePresentation,
  TALLY_TYPE,
} from "@wattest/protocol"
import { walkBounds, walkTallies } from "@wattest/verifier"
import { openArchive } from "../archive/run-archive.ts"
import { openLedgerReader } from "../chain/ledger-reader.ts"
import { createBound } from "../claims/create-bound.ts"
import { createChosenPresentation } from "../claims/create-chosen.ts"
import { checkParts, createJoin } from "../claims/create-join.ts"
import { createTally, type Prospect } from "../claims/create-tally.ts"
import { openJournal } from "../claims/journal.ts"
import { presentPublished } from "../claims/present.ts"
import { publishPresentation } from "../claims/publish.ts"
import { encodeTallyFile, MAX_TALLY_BYTES, parseTallyFile, type TallyFile } from "../claims/tally-file.ts"
import { readSubject, readTerms, type WrittenBound, type WrittenClosing, type WrittenFilters } from "../claims/terms.ts"
import { checkWritable, writeWhole } from "../whole-file.ts"
import { type Asked, openPlace, type Runs, receiptSource } from "./certificate.ts"
import { report } from "./document.ts"
import { createProgressBar } from "./progress-bar.ts"
import { type ProvingOptions, proving } from "./proving.ts"

type Labels = { readonly [K in "model" | "unit" | "zone" | "site" | "party" | "boundary"]: string | undefined }

type FilterOptions = Labels & {
  readonly "energy-grade": string
  readonly "work-grade": string
  readonly origin: string
  readonly require: readonly string[]
}

type BoundOptions = {
  readonly metric: string
  readonly "at-least": string | undefined
  readonly "at-most": string | undefined
  readonly numerator: readonly string[]
  readonly denominator: readonly string[]
}

type ClosingOptions = {
  readonly [K in "metered-at-least" | "blind-at-most" | "broken-at-most"]: string | undefined
}

const writtenFilters = (options: FilterOptions): WrittenFilters => ({
  ...options,
  energyGrade: options["energy-grade"],
  workGrade: options["work-grade"],
})

const writtenBound = (options: BoundOptions): WrittenBound => ({
  ...options,
  atLeast: options["at-least"],
  atMost: options["at-most"],
})

const writtenClosing = (options: ClosingOptions): WrittenClosing => ({
  meteredAtLeast: options["metered-at-least"],
  blindAtMost: options["blind-at-most"],
  brokenAtMost: options["broken-at-most"],
})

const readTally = (path: string): TallyFile => parseTallyFile(readDocument(path, MAX_TALLY_BYTES, "a tally"))

/** What a document says, to the operator. */
function say(document: Presentation, { terminal }: Context): void {
  for (const { bound, tally, over } of walkBounds(document, walkTallies(document)))
    terminal.say(`${claimSentence(bound, tally.scope, over.scope)}\n${claimLimits(tally.scope)}`)
}

export type TallyOptions = FilterOptions &
  ClosingOptions &
  ProvingOptions & {
    readonly rpc: string
    readonly registry: Hex
    readonly ledger: readonly Hex[]
    readonly home: string
    readonly archive: readonly string[]
    readonly from: number
    readonly to: number
    readonly "as-of": number | undefined
    readonly unopened: number
    readonly out: string
  }

/** Folds the runs of ledgers that end in a period, once; bounds are proved of the file that it writes. */
export async function tally(options: TallyOptions, context: Context): Promise<Outcome> {
  const { rpc, registry, ledger: ledgers, home, from, to, unopened, keys, out } = options
  const folders = options.archive.length > 0 ? options.archive : [join(home, "archive")]
  const terms = readTerms({ ...writtenFilters(options), from, to, asOf: options["as-of"] })
  await checkWritable(out)
  const journal = openJournal(`${out}.part`)
  if (journal.held > 0) context.terminal.say(`goes on with ${out}.part, which holds ${journal.held} proofs`)
  const onProspect = ({ counted, runs, segments }: Prospect) =>
    context.terminal.say(`${counted} of ${runs} runs count; ${segments + 3} proofs`)
  try {
    const file = await proving(options, context, async (pool) => {
      const reader = await openLedgerReader(rpc, registry)
      const archives = folders.map(openArchive)
      const progress = createProgressBar("proving", { held: journal.held })
      const work = { keys, pool, progress, journal, onProspect }
      const closing = writtenClosing(options)
      return createTally({ reader, registry, ledgers, archives, terms, closing, unopened, ...work })
    })
    const bytes = encodeTallyFile(file)
    await writeWhole(out, bytes)
    // Not before the document is on the disk: until then the job is all that there is
    journal.end()
    report(context, { document: out, kind: "tally", bytes: bytes.length })
  } finally {
    journal.close()
  }
  return { next: `prove bound ${shellWord(out)} --metric NAME --at-most QUANTITY` }
}

export type JoinOptions = ClosingOptions & ProvingOptions & { readonly out: string }

/** A tally that others add up to. */
export async function joinTallies(files: readonly string[], options: JoinOptions, context: Context): Promise<Outcome> {
  const { keys, out } = options
  // Before they are read: each may be as large as a document can be.
  checkParts(files.length)
  await checkWritable(out)
  const request = { files: files.map(readTally), closing: writtenClosing(options), keys }
  const file = await proving(options, context, (pool) =>
    createJoin({ ...request, pool, progress: createProgressBar("proving") }),
  )
  const bytes = encodeTallyFile(file)
  await writeWhole(out, bytes)
  report(context, { document: out, kind: "tally", bytes: bytes.length })
  return { next: `prove bound ${shellWord(out)} --metric NAME --at-most QUANTITY` }
}

export type BoundCommandOptions = BoundOptions &
  ProvingOptions & { readonly over: string | undefined; readonly out: string }

/** One more number of a tally, kept in its file; the presentation shows all that were proved, and no totals. */
export async function bound(path: string, options: BoundCommandOptions, context: Context): Promise<Outcome> {
  const { keys, over, out } = options
  await checkWritable(out)
  const sides = { file: readTally(path), ...(over === undefined ? {} : { over: readTally(over) }) }
  await checkWritable(path)
  const written = writtenBound(options)
  const file = await proving(options, context, (pool) => createBound({ ...sides, written, keys, pool }))
  await writeWhole(path, encodeTallyFile(file))
  const bytes = encodePresentation(file.document)
  await writeWhole(out, bytes)
  say(file.document, context)
  report(context, { document: out, kind: "presentation", bytes: bytes.length, bounds: file.document.bounds.length })
  return { next: `verify ${shellWord(out)} --policy POLICY` }
}

export type ChosenOptions = FilterOptions &
  BoundOptions &
  Asked & {
    readonly home: string
    readonly archive: string | undefined
    readonly device: Hex | undefined
    readonly runs: Runs
    readonly keys: string
    readonly out: string
  }

/** A claim over chosen runs of one device: for documents alone, the registry of claims takes none. */
export async function chosen(options: ChosenOptions, context: Context): Promise<Outcome> {
  const { keys, out } = options
  const { first, last } = options.runs
  const { chosenRuns } = PRESENTATION_LIMITS
  if (last - first >= chosenRuns)
    throw new UsageError(`--runs names more than ${chosenRuns} runs`, "choose fewer, or claim over a period")
  const { archive, device } = await openPlace(options)
  const runs = Array.from({ length: Number(last - first) + 1 }, (_, i) => first + BigInt(i))
  const [subject, written] = [readSubject(writtenFilters(options)), writtenBound(options)]
  await checkWritable(out)
  const document = await proving({ keys, processes: undefined }, context, (pool) => {
    const receipts = receiptSource(options, context.given, archive, first)
    const progress = createProgressBar("proving")
    return createChosenPresentation({ archive, receipts, device, runs, subject, written, keys, pool, progress })
  })
  const bytes = encodePresentation(document)
  await writeWhole(out, bytes)
  say(document, context)
  report(context, { document: out, kind: "presentation", bytes: bytes.length })
  return { next: `verify ${shellWord(out)} --policy POLICY` }
}

export type PublicationOptions = {
  readonly rpc: string
  readonly claims: Hex | undefined
  readonly key: KeyReference | undefined
  readonly "gas-cap": bigint
}

function needed<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new UsageError(`--${name} is missing`, `give --${name}, or write it into wattest.json`)
  return value
}

export type PresentOptions = {
  readonly rpc: string
  readonly claims: Hex | undefined
  readonly operator: Hex | undefined
  readonly tally: readonly bigint[]
  readonly out: string
}

/** A presentation of published tallies: it refers to them, with proofs that the chain holds them. */
export async function present(options: PresentOptions, context: Context): Promise<Outcome> {
  const { rpc, tally: numbers, out } = options
  const [claims, operator] = [needed(options.claims, "claims"), needed(options.operator, "operator")]
  await checkWritable(out)
  const document = await presentPublished({ rpc, claims, operator, numbers })
  const bytes = encodePresentation(document)
  await writeWhole(out, bytes)
  say(document, context)
  report(context, { document: out, kind: "presentation", bytes: bytes.length, bounds: document.bounds.length })
  return { next: `verify ${shellWord(out)} --policy POLICY` }
}

/** The document of a presentation, or of a tally's file. */
function documentIn(path: string): Presentation {
  const bytes = readDocument(path, MAX_TALLY_BYTES, "a presentation or a tally")
  // No text of a document can hold quotation marks that are not escaped
  const isTally = Buffer.from(bytes).includes(`"mediaType":"${TALLY_TYPE}"`)
  return isTally ? parseTallyFile(bytes).document : parsePresentation(bytes)
}

/** Sends tallies, joins and bounds to the registry of claims. Asked again, it goes on where it stopped. */
export async function publish(path: string, options: PublicationOptions, context: Context): Promise<undefined> {
  const document = documentIn(path)
  const { rpc, "gas-cap": gasCap } = options
  const claims = needed(options.claims, "claims")
  const account = await openAccount(needed(options.key, "key"), context)
  const progress = createProgressBar("publishing")
  const request = { document, rpc, claims, account, gasCap, progress, say: context.terminal.say }
  const { numbers, transactions } = await publishPresentation(request)
  report(context, { claims, numbers: numbers.join(","), transactions })
}
