import { type CaptureSources, fromHex, parseEvidenceCapture, type RunContext, type Tags } from "@wattest/protocol"
import { createLeafTree } from "./leaf-tree.ts"
import type { RunProgress } from "./run.ts"
import { type JournalledCapture, type RunOpening, readRunJournal, signedLine } from "./run-journal.ts"

const NO_SIGNATURE = `0x${"00".repeat(64)}` as const

/** The capture of a journal record; the checks are those of evidence. */
const parseCapture = ({ text }: JournalledCapture) => parseEvidenceCapture(signedLine(text, NO_SIGNATURE).trimEnd())

function labelsOf({ opening }: CaptureSources): { readonly tags: Tags; readonly context: RunContext } | null {
  if (opening === undefined) return null
  const { context, ...tags } = opening
  return { tags, context }
}

/**
 * How a run stood when its journal ends: every durable capture counts. Null where not even capture 0 is there, and
 * the run is void. Throws JournalDamaged where the journal is damaged in its middle.
 */
export async function recoverRun(journalPath: string): Promise<RunProgress | null> {
  const tree = createLeafTree()
  let opening: RunOpening | undefined
  let first: JournalledCapture | undefined
  let last: JournalledCapture | undefined
  for await (const lines of readRunJournal(journalPath)) {
    for (const line of lines) {
      if (line.kind === "opening") opening = line.opening
      if (line.kind !== "capture") continue
      tree.append(line.capture.leaf)
      first ??= line.capture
      last = line.capture
    }
  }
  if (opening === undefined || first === undefined || last === undefined) return null
  const start = parseCapture(first)
  const end = parseCapture(last)
  const labels = labelsOf(start.sources)
  if (labels === null) return null
  const captures = tree.size()
  return {
    run: opening.run,
    secret: fromHex(opening.secret),
    labels: { ...labels, boundary: opening.boundary },
    startTimeMs: start.timeMs,
    endTimeMs: end.timeMs,
    captures,
    capturesRoot: tree.root(),
    metered: { registers: end.registers, energyGrade: last.energyGrade, workGrade: last.workGrade },
    lastReadings: end.sources.readings,
  }
}
