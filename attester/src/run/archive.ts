import { join } from "node:path"
import {
  ARCHIVE_FILES,
  bigIntToBytes,
  bytesToBigInt,
  captureMessage,
  EVIDENCE_TYPE,
  encodeDocument,
  encodeEvidenceLine,
  fromHex,
  type Hex,
  originOf,
  RUN_RECORD_TYPE,
  type RunRecord,
  runFolder,
  runRoot,
  type Status,
  saltOf,
  statementDigest,
  toHex,
  toJson,
} from "@wattest/protocol"
import { deviceOf, type Signer } from "../keys/signer.ts"
import { makeFolder, writeDurably } from "../store/durable.ts"
import type { RunProgress } from "./run.ts"
import { type JournalledCapture, readRunJournal, signedLine } from "./run-journal.ts"

const word = (value: bigint): Hex => toHex(bigIntToBytes(value, 32))

/** The statement, its salt and the root of a run, as its record keeps them. */
export function recordOf(
  signer: Signer,
  progress: RunProgress,
  lifetimeMillijoules: bigint,
  status: Status,
): RunRecord {
  const { run, secret, labels, startTimeMs, endTimeMs, captures, capturesRoot, metered } = progress
  const { registers, energyGrade, workGrade } = metered
  const { tags, context, boundary } = labels
  const statement = {
    ...tags,
    registers,
    startTimeMs,
    endTimeMs,
    lifetimeMillijoules,
    captures,
    boundary,
    status,
    energyGrade,
    workGrade,
    context,
  }
  const salt = saltOf(secret, "statement")
  const hashed = { ...statement, context: toJson(context) }
  const root = runRoot(statementDigest(hashed, originOf(deviceOf(signer), run), salt), capturesRoot)
  return {
    mediaType: RUN_RECORD_TYPE,
    device: signer.device,
    run,
    secret: toHex(secret),
    statement,
    salt: word(salt),
    capturesRoot: word(capturesRoot),
    root: word(root),
  }
}

/** Most captures that are held back for signatures which follow in the journal. */
const MAX_UNSIGNED = 4096

/** The run's evidence out of its journal, a line at a time; captures that were stored but not signed are signed now. */
async function* evidenceLines(signer: Signer, progress: RunProgress, journalPath: string): AsyncGenerator<string> {
  const { run, captures } = progress
  yield encodeEvidenceLine({ mediaType: EVIDENCE_TYPE, kind: "full", device: signer.device, run, captures })
  // A capture's signature follows it within the records of one call of `capture`.
  let waiting: JournalledCapture[] = []
  let sequence = 0
  const sign = async ({ leaf }: JournalledCapture) =>
    toHex(await signer.sign(captureMessage(run, bytesToBigInt(fromHex(leaf)))))
  for await (const line of readRunJournal(journalPath)) {
    if (line.kind === "capture") waiting.push(line.capture)
    if (line.kind !== "signature") {
      if (waiting.length <= MAX_UNSIGNED) continue
      for (const capture of waiting) yield signedLine(capture.text, await sign(capture))
      sequence += waiting.length
      waiting = []
      continue
    }
    while (waiting.length > 0 && sequence <= line.sequence) {
      const capture = waiting.shift() as JournalledCapture
      yield signedLine(capture.text, sequence === line.sequence ? line.signature : await sign(capture))
      sequence++
    }
  }
  for (const capture of waiting) yield signedLine(capture.text, await sign(capture))
}

/** Puts small pieces together, so that a file of a million lines is not a million writes. */
async function* inChunks(lines: AsyncIterable<string>, size = 1 << 18): AsyncGenerator<string> {
  let chunk = ""
  for await (const line of lines) {
    chunk += line
    if (chunk.length < size) continue
    yield chunk
    chunk = ""
  }
  yield chunk
}

/** Writes evidence and record of a run into its folder of the archive, durably, and returns the folder. */
export async function writeArchive(
  archive: string,
  signer: Signer,
  { progress, journalPath, record }: { progress: RunProgress; journalPath: string; record: RunRecord },
): Promise<string> {
  const folder = join(archive, runFolder(deviceOf(signer), record.run))
  await makeFolder(folder)
  await writeDurably(join(folder, ARCHIVE_FILES.evidence), inChunks(evidenceLines(signer, progress, journalPath)))
  await writeDurably(join(folder, ARCHIVE_FILES.record), [encodeDocument(record)])
  return folder
}
