import { createHash } from "node:crypto"
import { type EvidenceCapture, fromHex, type Hex, parseEvidenceCapture, toHex } from "@wattest/protocol"
import { Recorder } from "../books/recorder.ts"
import { type Stand, standOf } from "../books/stand.ts"
import { openJournal } from "../store/journal.ts"
import { createLeafTree } from "./leaf-tree.ts"
import { type RunProgress, sealCapture } from "./run.ts"
import {
  encodeCaptureRecord,
  type JournalledCapture,
  type RunOpening,
  readRunJournal,
  signedLine,
} from "./run-journal.ts"

const NO_SIGNATURE = `0x${"00".repeat(64)}` as const

/** The capture of a journal record; the checks are those of evidence. */
const parseCapture = ({ text }: JournalledCapture): EvidenceCapture =>
  parseEvidenceCapture(signedLine(text, NO_SIGNATURE).trimEnd())

/** The journal does not say what a run must: nothing of it can be kept. */
export class JournalUnreadable extends Error {
  override readonly name = "JournalUnreadable"
}

type Begun = {
  readonly opening: RunOpening
  readonly capture: JournalledCapture
  readonly first: EvidenceCapture
  readonly stand: Stand
  readonly recorder: Recorder
}

/** Begins to meter a run again, by its opening and capture 0. Throws {@link JournalUnreadable}. */
function begin(opening: RunOpening | undefined, capture: JournalledCapture): Begun {
  const first = parseCapture(capture)
  const stand = standOf(first.timeMs, first.sources.readings)
  if (opening === undefined || stand === null || first.sources.opening === undefined)
    throw new JournalUnreadable("its capture 0 does not say how it began")
  const { metering } = first.sources.opening.context
  const { timeMs: startMs, readings, lifetimeMillijoules, host } = stand
  const beginning = { startMs, broken: opening.broken, lifetimeMillijoules, metering, readings }
  return { opening, capture, first, stand, recorder: new Recorder(beginning, host) }
}

/**
 * How a run stood when its journal ends: every durable capture counts. A run that was cut off is metered again, and gets
 * a last capture at the time of the one before it, which says where the books stand. Null where not even capture 0 is
 * there. Throws JournalDamaged, {@link JournalUnreadable} or a Rejection where the journal cannot be read.
 */
export async function recoverRun(journalPath: string): Promise<RunProgress | null> {
  const tree = createLeafTree()
  let opening: RunOpening | undefined
  let begun: Begun | undefined
  let last: JournalledCapture | undefined
  for await (const lines of readRunJournal(journalPath))
    for (const line of lines) {
      if (line.kind === "opening") opening = line.opening
      if (line.kind !== "capture") continue
      tree.append(line.capture.leaf)
      last = line.capture
      if (begun === undefined) begun = begin(opening, line.capture)
      else {
        const { timeMs, sources } = parseCapture(line.capture)
        begun.recorder.record(timeMs, sources.readings)
      }
    }
  if (begun === undefined || last === undefined) return null
  return settle(begun, last, { tree, journalPath })
}

type Journalled = { readonly tree: ReturnType<typeof createLeafTree>; readonly journalPath: string }

async function settle(begun: Begun, cut: JournalledCapture, { tree, journalPath }: Journalled): Promise<RunProgress> {
  const { opening, first, stand, recorder } = begun
  const { boundary, origin, broken, run } = opening
  const secret = fromHex(opening.secret)
  const before = parseCapture(cut)
  // A recording goes on from nowhere: what it began with is in the traces.
  const isClosed = origin === "recorded" || standOf(before.timeMs, before.sources.readings) !== null
  const last = isClosed ? cut : await appendClosing(recorder, before, { secret, journalPath })
  if (!isClosed) tree.append(last.leaf)
  const end = parseCapture(last)
  const { context, ...tags } = first.sources.opening ?? { context: undefined }
  if (context === undefined || !("model" in tags)) throw new JournalUnreadable("its capture 0 has no labels")
  const captures = tree.size()
  return {
    run,
    secret,
    labels: { tags, context, boundary },
    origin,
    broken,
    startTimeMs: stand.timeMs,
    endTimeMs: end.timeMs,
    captures,
    capturesRoot: tree.root(),
    metered: { registers: end.registers, energyGrade: last.energyGrade, workGrade: last.workGrade },
    first: first.sources,
    last: end.sources,
    firstCapture: begun.capture,
    lastCapture: last,
  }
}

/** The capture that says where a run which was cut off leaves the books, durable in its journal. */
async function appendClosing(
  recorder: Recorder,
  { timeMs, gauges }: EvidenceCapture,
  { secret, journalPath }: { readonly secret: Uint8Array; readonly journalPath: string },
): Promise<JournalledCapture> {
  const recorded = recorder.close(timeMs, [])
  const sources = { nonce: recoveryNonce(secret), readings: recorded.readings }
  const capture = sealCapture(recorded, { sources, gauges, secret })
  const journal = await openJournal(journalPath)
  try {
    await journal.append([encodeCaptureRecord(capture)])
  } finally {
    await journal.close()
  }
  return capture
}

/** 16 bytes, the same each time: a recovery that is cut off too must not give a run two ends. */
export const recoveryNonce = (secret: Uint8Array): Hex =>
  toHex(createHash("sha256").update("wattest/recovery/v1").update(secret).digest().subarray(0, 16))
