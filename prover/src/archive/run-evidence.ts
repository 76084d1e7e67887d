import {
  bigIntToBytes,
  bytesToBigInt,
  check,
  type EvidenceHeader,
  fromHex,
  type Hex,
  leafOfCapture,
  type OpenedCapture,
  type ProvenCapture,
  parseEvidenceCapture,
  parseEvidenceHeader,
  type RunRecord,
  toHex,
} from "@wattest/protocol"
import { Refusal } from "../refusal.ts"
import { createInclusionCollector } from "./inclusion-collector.ts"
import { linesOf } from "./lines.ts"
import type { RunEvidence } from "./run-archive.ts"

const wordOf = (value: bigint): Hex => toHex(bigIntToBytes(value, 32))

/** Chosen captures of a run with their inclusion proofs, and the root that they lie under. */
export type ProvenRun = { readonly capturesRoot: bigint; readonly captures: readonly ProvenCapture[] }

function checkHeader(header: EvidenceHeader, record: RunRecord): void {
  check(header.kind === "full", "FIELD_MALFORMED", "an archive holds full evidence, not an excerpt")
  const same = header.device.key === record.device.key && header.run === record.run
  check(same, "RUN_DEVICE_MISMATCH", `evidence of run ${header.run}, record of run ${record.run}`)
  check(
    header.captures === record.statement.captures,
    "CAPTURE_COUNT_MISMATCH",
    `evidence announces ${header.captures}, the statement ${record.statement.captures}`,
  )
}

async function headerOf(lines: AsyncGenerator<string>, place: string): Promise<EvidenceHeader> {
  const first = await lines.next()
  if (first.done) throw new Refusal("ARCHIVE_BROKEN", `${place} is empty`, "restore the run's evidence from a backup")
  return parseEvidenceHeader(first.value)
}

/**
 * Reads a run's evidence once, hashing every capture, and proves the chosen ones under the root that results.
 * The root is compared with the record's, so that what comes back is included in the root that was anchored.
 * Throws a Rejection that names what contradicts what.
 */
export async function proveCaptures(
  { place, chunks }: RunEvidence,
  record: RunRecord,
  chosen: readonly number[],
): Promise<ProvenRun> {
  const lines = linesOf(chunks, place)
  const header = await headerOf(lines, place)
  checkHeader(header, record)
  const collector = createInclusionCollector(header.captures, chosen)
  const wanted = new Set(chosen)
  const opened: OpenedCapture[] = []
  let expected = 0
  for await (const line of lines) {
    const capture = parseEvidenceCapture(line)
    check(capture.sequence === expected, "CAPTURE_SEQUENCE_BROKEN", `expected ${expected}, got ${capture.sequence}`)
    // What has more lines than its header announces may have them without end.
    check(expected++ < header.captures, "CAPTURE_COUNT_MISMATCH", `expected ${header.captures} captures, found more`)
    collector.append(leafOfCapture(capture))
    if (wanted.has(capture.sequence)) opened.push(capture)
  }
  const { root, siblings } = collector.finish()
  const recorded = bytesToBigInt(fromHex(record.capturesRoot))
  check(root === recorded, "CAPTURES_ROOT_MISMATCH", `evidence gives ${wordOf(root)}, record ${record.capturesRoot}`)
  const captures = opened.map((capture) => ({ ...capture, siblings: siblings(capture.sequence).map(wordOf) }))
  return { capturesRoot: root, captures }
}
