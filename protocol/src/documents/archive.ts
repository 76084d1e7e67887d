import { fromHex, type Hex } from "../encoding/bytes.ts"
import { literal, object, type TypeOf } from "../encoding/shape.ts"
import { deviceKey, fieldElement, runNumber, statement, word } from "./shapes.ts"

/** What an operator keeps of tallies (the prover reads and writes it). Private: it holds all totals. */
export const TALLY_TYPE = "application/vnd.wattest.tally.v1+json"

export const RUN_RECORD_TYPE = "application/vnd.wattest.run.v1+json"

/**
 * What a device keeps of a closed run beside its evidence: enough to open the statement. Private: it holds the
 * run secret, from which every salt follows.
 */
export const runRecord = object({
  mediaType: literal(RUN_RECORD_TYPE),
  device: deviceKey,
  run: runNumber,
  secret: word,
  statement,
  salt: fieldElement,
  capturesRoot: fieldElement,
  root: fieldElement,
})
export type RunRecord = TypeOf<typeof runRecord>

/** The workload of runs in which nothing was asked of the machine. */
export const IDLE_WORKLOAD = "idle"

/** Names within an archive folder; a run's folder is `<device id without 0x>/<run, 20 digits>`. */
export const ARCHIVE_FILES = {
  /** Compressed with gzip. A reader takes `plainEvidence` where there is none. */
  evidence: "evidence.ndjson.gz",
  plainEvidence: "evidence.ndjson",
  record: "run.json",
  submission: "submission.json",
  receipt: "receipt.json",
} as const

export function runFolder(device: Hex, run: bigint): string {
  fromHex(device, 32)
  return `${device.slice(2)}/${run.toString().padStart(20, "0")}`
}
