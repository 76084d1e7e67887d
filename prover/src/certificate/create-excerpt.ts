import { EVIDENCE_TYPE, encodeEvidenceLine, type Hex } from "@wattest/protocol"
import type { RunArchive } from "../archive/run-archive.ts"
import { proveCaptures } from "../archive/run-evidence.ts"
import { Refusal } from "../refusal.ts"
import { checkRecord } from "./self-check.ts"

export type ExcerptRequest = {
  readonly archive: RunArchive
  readonly device: Hex
  readonly run: bigint
  /** Sequence numbers, each once, in any order. */
  readonly captures: readonly number[]
}

/**
 * Evidence of chosen captures only, as NDJSON with an inclusion proof a line. Each capture shows the running totals up
 * to it and its raw sensor values; the others stay hidden. Throws a Refusal or a Rejection.
 */
export async function createExcerpt({ archive, device, run, captures }: ExcerptRequest): Promise<string> {
  const record = await archive.record(device, run)
  checkRecord(record)
  const { captures: count } = record.statement
  const chosen = [...new Set(captures)]
  const outside = chosen.find((sequence) => !Number.isInteger(sequence) || sequence < 0 || sequence >= count)
  if (chosen.length === 0 || outside !== undefined)
    throw new Refusal("INPUT_INVALID", `capture ${outside ?? "none"}`, `the run has captures 0 to ${count - 1}`)
  const proven = await proveCaptures(await archive.evidence(device, run), record, chosen)
  const header = { mediaType: EVIDENCE_TYPE, kind: "excerpt", device: record.device, run, captures: count } as const
  return [encodeEvidenceLine(header), ...proven.captures.map(encodeEvidenceLine)].join("")
}
