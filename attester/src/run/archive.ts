import { join } from "node:path"
import { gzipped } from "@wattest/archive"
import {
  ARCHIVE_FILES,
  bigIntToBytes,
  bytesToBigInt,
  captureMessage,
  EVIDENCE_TYPE,
  encodeDocument,
  encodeEvidenceLine,
  fedOf,
  fromHex,
  type Hex,
  isAsVouched,
  RUN_RECORD_TYPE,
  type RunRecord,
  runFolder,
  runIdentity,
  runRoot,
  type Status,
  saltOf,
  statementDigest,
  toHex,
  toJson,
  type VouchDocument,
  vouchedGrade,
  worseGrade,
} from "@wattest/protocol"
import { deviceOf, type Signer } from "../keys/signer.ts"
import { makeFolder, writeDurably } from "../store/durable.ts"
import type { RunProgress } from "./run.ts"
import { type JournalledCapture, readRunJournal, signedLine } from "./run-journal.ts"

const word = (value: bigint): Hex => toHex(bigIntToBytes(value, 32))

/** What a statement says beyond the run's own captures. */
export type RunEnd = {
  readonly lifetimeMillijoules: bigint
  readonly status: Status
  /** The document that the run's context names; null for none. */
  readonly vouch: VouchDocument | null
}

/** The statement, its salt and the root of a run, as its record keeps them. */
export function recordOf(
  signer: Signer,
  progress: RunProgress,
  { lifetimeMillijoules, status, vouch }: RunEnd,
): RunRecord {
  const { run, secret, labels, startTimeMs, endTimeMs, captures, capturesRoot, metered, origin, broken } = progress
  const { registers, workGrade } = metered
  const { tags, context, boundary } = labels
  const { first, last } = progress
  const isVouched = vouch !== null && isAsVouched(context.metering, vouch)
  const best = vouch === null ? "calibrated" : vouchedGrade(context.metering, vouch)
  const energyGrade = worseGrade(metered.energyGrade, best)
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
    origin,
    fed: fedOf({ context, first, last, isAsVouched: isVouched }),
    broken,
    context,
  }
  const salt = saltOf(secret, "statement")
  const hashed = { ...statement, context: toJson(context) }
  const root = runRoot(statementDigest(hashed, runIdentity(deviceOf(signer), run), salt), capturesRoot)
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
const MAX_UNSIGNED = 512

/**
 * The run's evidence out of its journal, a handful of lines at a time; captures that were stored but not signed are
 * signed now.
 */
async function* evidenceLines(signer: Signer, progress: RunProgress, journalPath: string): AsyncGenerator<string> {
  const { run, captures } = progress
  yield encodeEvidenceLine({ mediaType: EVIDENCE_TYPE, kind: "full", device: signer.device, run, captures })
  const unsigned = createUnsigned(signer, run)
  for await (const lines of readRunJournal(journalPath)) {
    let text = ""
    for (const line of lines) {
      if (line.kind === "capture") text += await unsigned.add(line.capture)
      if (line.kind === "signature") text += await unsigned.signed(line.sequence, line.signature)
    }
    yield text
  }
  yield await unsigned.rest()
}

/** Captures whose signature follows in the journal, within the records of one call of `capture`; else it is made now. */
function createUnsigned(signer: Signer, run: bigint) {
  let waiting: JournalledCapture[] = []
  let sequence = 0
  const sign = async ({ leaf, text }: JournalledCapture) =>
    signedLine(text, toHex(await signer.sign(captureMessage(run, bytesToBigInt(fromHex(leaf))))))
  async function rest(): Promise<string> {
    let text = ""
    for (const capture of waiting) text += await sign(capture)
    sequence += waiting.length
    waiting = []
    return text
  }
  return {
    rest,
    async add(capture: JournalledCapture): Promise<string> {
      return waiting.push(capture) > MAX_UNSIGNED ? rest() : ""
    },
    async signed(of: number, signature: Hex): Promise<string> {
      let text = ""
      while (waiting.length > 0 && sequence <= of) {
        const capture = waiting.shift() as JournalledCapture
        text += sequence === of ? signedLine(capture.text, signature) : await sign(capture)
        sequence++
      }
      return text
    },
  }
}

/** Writes evidence and record of a run into its folder of the archive, durably, and returns the folder. */
export async function writeArchive(
  archive: string,
  signer: Signer,
  { progress, journalPath, record }: { progress: RunProgress; journalPath: string; record: RunRecord },
): Promise<string> {
  const folder = join(archive, runFolder(deviceOf(signer), record.run))
  await makeFolder(folder)
  await writeDurably(join(folder, ARCHIVE_FILES.evidence), gzipped(evidenceLines(signer, progress, journalPath)))
  await writeDurably(join(folder, ARCHIVE_FILES.record), [encodeDocument(record)])
  return folder
}
