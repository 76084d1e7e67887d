import { readdir, readFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import {
  type AnchorReceipt,
  ARCHIVE_FILES,
  anchorReceipt,
  type Hex,
  parseDocument,
  type RunRecord,
  runFolder,
  runRecord,
} from "@wattest/protocol"
import { Refusal } from "../refusal.ts"

const MAX_RECORD_BYTES = 1024 * 1024
export const MAX_RECEIPT_BYTES = 16 * 1024 * 1024

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT"

/** Reads a file of the archive; null where it is not there. */
async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Names in a folder; none where it is not there. */
const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

/** The archive folder of a device: the private half of its runs (layout: `ARCHIVE_FILES`). */
export type RunArchive = {
  /** Null where the archive has no such run. Throws a Rejection on a record that cannot be read. */
  readonly findRecord: (device: Hex, run: bigint) => Promise<RunRecord | null>
  /** Throws ARCHIVE_MISSING. */
  readonly record: (device: Hex, run: bigint) => Promise<RunRecord>
  readonly evidencePath: (device: Hex, run: bigint) => string
  readonly findReceipt: (device: Hex, run: bigint) => Promise<AnchorReceipt | null>
  /** The runs that the archive has folders for, ascending. */
  readonly runs: (device: Hex) => Promise<readonly bigint[]>
  /** The device ids that the archive has folders for. */
  readonly devices: () => Promise<readonly Hex[]>
}

export function openArchive(folder: string): RunArchive {
  const pathOf = (device: Hex, run: bigint, file: string) => join(folder, runFolder(device, run), file)
  const findRecord = async (device: Hex, run: bigint) => {
    const bytes = await readIfThere(pathOf(device, run, ARCHIVE_FILES.record))
    return bytes && parseDocument(bytes, runRecord, MAX_RECORD_BYTES)
  }
  return {
    findRecord,
    record: async (device, run) => {
      const record = await findRecord(device, run)
      if (record) return record
      const path = pathOf(device, run, ARCHIVE_FILES.record)
      throw new Refusal("ARCHIVE_MISSING", `${path} is not there`, "check --archive, --device and --runs")
    },
    evidencePath: (device, run) => pathOf(device, run, ARCHIVE_FILES.evidence),
    findReceipt: async (device, run) => {
      const bytes = await readIfThere(pathOf(device, run, ARCHIVE_FILES.receipt))
      return bytes && parseDocument(bytes, anchorReceipt, MAX_RECEIPT_BYTES)
    },
    runs: async (device) => {
      const names = await namesIn(join(folder, dirname(runFolder(device, 0n))))
      return names
        .filter((name) => /^[0-9]{20}$/.test(name))
        .sort()
        .map(BigInt)
    },
    devices: async () => {
      const names = await namesIn(folder)
      return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).map((name): Hex => `0x${name}`)
    },
  }
}
