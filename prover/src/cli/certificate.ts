import { encodeCertificate } from "@wattest/protocol"
import { openArchive, type RunArchive } from "../archive/run-archive.ts"
import { createCertificate } from "../certificate/create-certificate.ts"
import { createExcerpt } from "../certificate/create-excerpt.ts"
import { archivedReceipts, type ReceiptSource, receiptFiles, relayedReceipts } from "../certificate/receipts.ts"
import { type Arguments, readArguments, readRange, readWhole, readWord, UsageError } from "./arguments.ts"
import { writeWhole } from "./output.ts"

/** What a command says about the document that it wrote. */
export type Outcome = { readonly [name: string]: string | number }

/** Where the receipts come from: files, a relay, or the archive itself. */
export function receiptSource(args: Arguments, archive: RunArchive, firstRun: bigint): ReceiptSource {
  const files = args.all("receipt")
  const relay = args.find("relayer")
  if (files.length > 0 && relay) throw new UsageError("--receipt and --relayer exclude each other")
  if (relay) {
    if (!URL.canParse(relay)) throw new UsageError(`--relayer: "${relay}" is not a URL`)
    return relayedReceipts(relay)
  }
  return files.length > 0 ? receiptFiles(files, firstRun) : archivedReceipts(archive)
}

export async function certificateCommand(argv: readonly string[]): Promise<Outcome> {
  const args = readArguments(argv, { texts: ["archive", "device", "runs", "relayer", "out"], lists: ["receipt"] })
  const archive = openArchive(args.need("archive"))
  const device = readWord(args.need("device"), "device")
  const { first: firstRun, last: lastRun } = readRange(args.need("runs"), "runs")
  const out = args.need("out")
  const receipts = receiptSource(args, archive, firstRun)
  const bytes = encodeCertificate(await createCertificate({ archive, receipts, device, firstRun, lastRun }))
  await writeWhole(out, bytes)
  return { document: out, kind: "certificate", runs: Number(lastRun - firstRun) + 1, bytes: bytes.length }
}

export async function excerptCommand(argv: readonly string[]): Promise<Outcome> {
  const args = readArguments(argv, { texts: ["archive", "device", "run", "captures", "out"] })
  const archive = openArchive(args.need("archive"))
  const device = readWord(args.need("device"), "device")
  const run = readWhole(args.need("run"), "run")
  const captures = args
    .need("captures")
    .split(",")
    .map((text) => Number(readWhole(text, "captures")))
  const out = args.need("out")
  const text = await createExcerpt({ archive, device, run, captures })
  await writeWhole(out, text)
  return { document: out, kind: "excerpt", captures: captures.length, bytes: Buffer.byteLength(text) }
}
