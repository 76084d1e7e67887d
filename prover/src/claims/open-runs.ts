import {
  bytesToBigInt,
  deviceIdOf,
  fromHex,
  type Opening,
  openingOf,
  type RunRecord,
  runIdentity,
  type Slot,
  toJson,
} from "@wattest/protocol"
import type { RunArchive } from "../archive/run-archive.ts"
import type { AnchoredRun } from "../chain/ledger-reader.ts"
import { Refusal } from "../refusal.ts"

const numberOf = (word: `0x${string}`) => bytesToBigInt(fromHex(word))

/** A record as the circuits open it. */
export function openingOfRecord({ device, run, statement, salt, capturesRoot }: RunRecord): Opening {
  return openingOf(
    { ...statement, context: toJson(statement.context) },
    { identity: runIdentity(deviceIdOf(device), run), salt: numberOf(salt), capturesRoot: numberOf(capturesRoot) },
  )
}

async function findRecord(archives: readonly RunArchive[], { device, run }: AnchoredRun): Promise<RunRecord | null> {
  for (const archive of archives) {
    const record = await archive.findRecord(device, run)
    if (record) return record
  }
  return null
}

/** A run of a ledger, opened if an archive has it. */
export type OpenedRun = { readonly anchored: AnchoredRun; readonly slot: Slot }

/**
 * Opens what the archives can open. A record that gives another root than the chain's is refused: it would make a proof
 * fail after minutes of work, and it says that the archive was changed.
 */
export async function openRuns(
  archives: readonly RunArchive[],
  runs: readonly AnchoredRun[],
): Promise<readonly OpenedRun[]> {
  const opened: OpenedRun[] = []
  for (const anchored of runs) {
    const record = BigInt(anchored.root) === 0n ? null : await findRecord(archives, anchored)
    if (record !== null && record.root !== anchored.root) {
      const detail = `run ${anchored.run} of ${anchored.device} is anchored as ${anchored.root}, archived as ${record.root}`
      throw new Refusal("ARCHIVE_BROKEN", detail, "restore the record from a backup of the device")
    }
    const slot = record === null ? { root: BigInt(anchored.root) } : { opening: openingOfRecord(record) }
    opened.push({ anchored, slot })
  }
  return opened
}

/** Runs with a root that no archive opens; void ones have nothing to open. */
export function missingOf(runs: readonly OpenedRun[]): readonly AnchoredRun[] {
  return runs.flatMap(({ anchored, slot }) => ("opening" in slot || BigInt(anchored.root) === 0n ? [] : [anchored]))
}
