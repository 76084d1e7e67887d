import { dirname } from "node:path/posix"
import { type Archive, gunzipped, openPlace, readWhole } from "@wattest/archive"
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

/** A run's evidence: where it is, for people, and its bytes, not compressed. */
export type RunEvidence = { readonly place: string; readonly chunks: AsyncIterable<Uint8Array> }

/** The archive of devices: the private half of their runs (layout: `ARCHIVE_FILES`). */
export type RunArchive = {
  /** Null where the archive has no such run. Throws a Rejection on a record that cannot be read. */
  readonly findRecord: (device: Hex, run: bigint) => Promise<RunRecord | null>
  /** Throws ARCHIVE_MISSING. */
  readonly record: (device: Hex, run: bigint) => Promise<RunRecord>
  /** Throws ARCHIVE_MISSING. */
  readonly evidence: (device: Hex, run: bigint) => Promise<RunEvidence>
  readonly findReceipt: (device: Hex, run: bigint) => Promise<AnchorReceipt | null>
  /** The runs that the archive has folders for, ascending. */
  readonly runs: (device: Hex) => Promise<readonly bigint[]>
  /** The device ids that the archive has folders for. */
  readonly devices: () => Promise<readonly Hex[]>
}

async function openEvidence(archive: Archive, folder: string): Promise<RunEvidence | null> {
  const name = `${folder}/${ARCHIVE_FILES.evidence}`
  const zipped = await archive.open(name)
  if (zipped !== null) return { place: `${archive.place}/${name}`, chunks: gunzipped(zipped, name) }
  const plain = `${folder}/${ARCHIVE_FILES.plainEvidence}`
  const chunks = await archive.open(plain)
  return chunks && { place: `${archive.place}/${plain}`, chunks }
}

/** Opens the runs in an archive: a folder, or `s3://BUCKET/PREFIX`. Throws an ArchiveFault on an address that is none. */
export function openArchive(place: string): RunArchive {
  const archive = openPlace(place)
  const missing = (name: string) =>
    new Refusal(
      "ARCHIVE_MISSING",
      `${archive.place}/${name} is not there`,
      "is it another archive (--home, --archive), or are they other runs?",
    )
  const findRecord = async (device: Hex, run: bigint) => {
    const bytes = await readWhole(archive, `${runFolder(device, run)}/${ARCHIVE_FILES.record}`, MAX_RECORD_BYTES)
    return bytes && parseDocument(bytes, runRecord, MAX_RECORD_BYTES)
  }
  return {
    findRecord,
    record: async (device, run) => {
      const record = await findRecord(device, run)
      if (record) return record
      throw missing(`${runFolder(device, run)}/${ARCHIVE_FILES.record}`)
    },
    evidence: async (device, run) => {
      const folder = runFolder(device, run)
      const evidence = await openEvidence(archive, folder)
      if (evidence) return evidence
      throw missing(`${folder}/${ARCHIVE_FILES.evidence}`)
    },
    findReceipt: async (device, run) => {
      const bytes = await readWhole(archive, `${runFolder(device, run)}/${ARCHIVE_FILES.receipt}`, MAX_RECEIPT_BYTES)
      return bytes && parseDocument(bytes, anchorReceipt, MAX_RECEIPT_BYTES)
    },
    runs: async (device) => {
      const names = await archive.list(dirname(runFolder(device, 0n)))
      return names.filter((name) => /^[0-9]{20}$/.test(name)).map(BigInt)
    },
    devices: async () => {
      const names = await archive.list("")
      return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).map((name): Hex => `0x${name}`)
    },
  }
}
