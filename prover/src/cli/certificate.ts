import { join } from "node:path"
import { type Context, type Given, type Hex, type Outcome, readDocument, shellWord, UsageError } from "@wattest/command"
import { encodeCertificate, MAX_VOUCH_BYTES, parseVouch, type VouchDocument } from "@wattest/protocol"
import { openArchive, type RunArchive } from "../archive/run-archive.ts"
import { findWorkload } from "../archive/workload.ts"
import { createCertificate } from "../certificate/create-certificate.ts"
import { createExcerpt } from "../certificate/create-excerpt.ts"
import { indexedReceipts } from "../certificate/indexed-receipts.ts"
import {
  archivedReceipts,
  firstReceipts,
  type ReceiptSource,
  receiptFiles,
  relayedReceipts,
  waitingReceipts,
} from "../certificate/receipts.ts"
import { Refusal } from "../refusal.ts"
import { checkWritable, writeWhole } from "../whole-file.ts"
import { report } from "./document.ts"

export type Runs = { readonly first: bigint; readonly last: bigint }

type Place = {
  readonly home: string
  readonly archive: string | undefined
  readonly device: Hex | undefined
}

/** The archive, and the device in it: the one that was named, or the only one. */
export async function openPlace({ home, archive: folder = join(home, "archive"), device }: Place) {
  const archive = openArchive(folder)
  if (device !== undefined) return { archive, device }
  const [only, ...others] = await archive.devices()
  if (only === undefined)
    throw new Refusal("ARCHIVE_MISSING", `${folder} holds no run`, "give --home DIR or --archive DIR")
  if (others.length > 0)
    throw new UsageError(`${folder} holds ${others.length + 1} devices`, "say which one with --device ID")
  return { archive, device: only }
}

/** Who may be asked for receipts. */
export type Asked = {
  readonly receipt: readonly string[]
  readonly relayer: string | undefined
  readonly index: string | undefined
  readonly rpc: string | undefined
}

function indexed({ index, rpc }: Asked): readonly ReceiptSource[] {
  if (index === undefined) return []
  if (rpc === undefined)
    throw new UsageError("an index says where runs are anchored, and a node proves it", "name a node with --rpc")
  return [indexedReceipts(index, rpc)]
}

/** Where the receipts come from: files; or a relayer, and an index after it; or the archive itself. */
export function receiptSource(
  asked: Asked,
  given: ReadonlyMap<string, readonly Given[]>,
  archive: RunArchive,
  firstRun: bigint,
): ReceiptSource {
  const { receipt, relayer } = asked
  const isTyped = (name: "relayer" | "index") => given.get(name)?.[0]?.origin === `--${name}`
  if (receipt.length > 0 && (isTyped("relayer") || isTyped("index")))
    throw new UsageError("--receipt excludes --relayer and --index", "give one")
  if (receipt.length > 0) return receiptFiles(receipt, firstRun)
  // Who names an index alone does not mean the relayer of the profile too.
  const isAlone = isTyped("index") && !isTyped("relayer")
  const sources = [...(relayer === undefined || isAlone ? [] : [relayedReceipts(relayer)]), ...indexed(asked)]
  return sources.length === 0 ? archivedReceipts(archive) : firstReceipts(sources)
}

type CertificateOptions = Place &
  Asked & {
    readonly runs: Runs | undefined
    readonly wait: number | undefined
    readonly vouch: readonly string[]
    readonly out: string | undefined
  }

const readVouch = (path: string): VouchDocument => parseVouch(readDocument(path, MAX_VOUCH_BYTES, "a vouch document"))

/** The certificate of some runs, or of the newest workload. */
export async function certificate(options: CertificateOptions, context: Context): Promise<Outcome> {
  const vouchDocuments = options.vouch.map(readVouch)
  const { archive, device } = await openPlace(options)
  const { first: firstRun, last: lastRun } = options.runs ?? (await findWorkload(archive, device))
  const found = receiptSource(options, context.given, archive, firstRun)
  const receipts = options.wait === undefined ? found : waitingReceipts(found, options.wait)
  const request = { archive, receipts, device, firstRun, lastRun, vouchDocuments }
  const { out = `run-${firstRun}.certificate.json` } = options
  await checkWritable(out)
  const bytes = encodeCertificate(await createCertificate(request))
  await writeWhole(out, bytes)
  report(context, { document: out, kind: "certificate", runs: Number(lastRun - firstRun) + 1, bytes: bytes.length })
  const { place } = await archive.evidence(device, firstRun)
  const evidence = place.startsWith("s3:") ? "" : ` --evidence ${shellWord(place)}`
  return { next: `verify ${shellWord(out)} --policy POLICY${evidence}` }
}

type ExcerptOptions = Place & {
  readonly run: bigint
  readonly captures: readonly number[]
  readonly out: string
}

export async function excerpt(options: ExcerptOptions, context: Context): Promise<undefined> {
  const { archive, device } = await openPlace(options)
  const { run, captures, out } = options
  await checkWritable(out)
  const text = await createExcerpt({ archive, device, run, captures })
  await writeWhole(out, text)
  report(context, { document: out, kind: "excerpt", captures: captures.length, bytes: Buffer.byteLength(text) })
}
