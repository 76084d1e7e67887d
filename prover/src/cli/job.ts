import { stat } from "node:fs/promises"
import { join } from "node:path"
import { type Context, type Given, type Outcome, readDocument, shellWord } from "@wattest/command"
import { MAX_VOUCH_BYTES, parseVouch } from "@wattest/protocol"
import { waitingReceipts } from "../certificate/receipts.ts"
import { findLacks, type JobRequest, refuseLacks, writeJob } from "../job/create-job.ts"
import { archiveIn, findParts, listParts, readPlans } from "../job/gather.ts"
import { checkWritable } from "../whole-file.ts"
import { type Asked, receiptSource } from "./certificate.ts"
import { report } from "./document.ts"

type Options = Omit<Asked, "receipt"> & {
  readonly id: string
  readonly home: string
  readonly plan: readonly string[]
  readonly wait: number | undefined
  readonly vouch: readonly string[]
  readonly "accept-failed": readonly number[]
  readonly out: string | undefined
}

/** Plans that launchers kept in the folders of devices. */
async function keptPlans(folders: readonly string[]): Promise<readonly string[]> {
  const kept = folders.map((folder) => join(folder, "jobs"))
  const there = await Promise.all(
    kept.map(async (path) => (await stat(path).catch(() => null))?.isDirectory() === true),
  )
  return kept.filter((_, i) => there[i])
}

/** Receipts of every archive: from relayer or index, or from the archive itself; the wait is one for all of them. */
function receiptsFor(options: Options, given: ReadonlyMap<string, readonly Given[]>): JobRequest["receipts"] {
  const { wait } = options
  const deadline = performance.now() + (wait ?? 0)
  return (archive) => {
    const found = receiptSource({ ...options, receipt: [] }, given, archive, 0n)
    return wait === undefined ? found : waitingReceipts(found, Math.max(0, deadline - performance.now()))
  }
}

/** A name for a file from a job's. */
const fileName = (job: string) => `${job.replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 80)}.job.ndjson`

/** The document of a job of several devices, from the folders of all of them. */
export async function job(folders: readonly string[], options: Options, context: Context): Promise<Outcome> {
  const places = folders.length === 0 ? [options.home] : folders
  const { id, "accept-failed": failedParts, out = fileName(id) } = options
  const vouchDocuments = options.vouch.map((path) =>
    parseVouch(readDocument(path, MAX_VOUCH_BYTES, "a vouch document")),
  )
  await checkWritable(out)
  const archives = await Promise.all(places.map(archiveIn))
  const plans = await readPlans([...options.plan, ...(await keptPlans(places))])
  const parts = listParts(id, await findParts(archives, id), plans)
  const receipts = receiptsFor(options, context.given)
  const request: JobRequest = { job: id, parts, receipts, vouchDocuments, failedParts }
  const lacks = await findLacks(request)
  refuseLacks(lacks, failedParts)
  const { header, bytes } = await writeJob(out, request, lacks)
  const devices = new Set(parts.flatMap((part) => part.devices)).size
  const missing = new Set(lacks.map(({ part, device }) => `${part}/${device}`)).size
  const counts = { parts: parts.length, devices, certificates: header.certificates, missing, bytes }
  report(context, { document: out, kind: "job", ...counts })
  return { next: `verify ${shellWord(out)} --policy POLICY` }
}
