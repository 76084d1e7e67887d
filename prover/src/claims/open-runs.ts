import {
  bytesToBigInt,
  deviceIdOf,
  fromHex,
  type Opening,
  openingOf,
  type RunRecord,
  runIdentity,
  type Slot,
} from "@wattest/protocol"
import type { RunArchive } from "../archive/run-archive.ts"
import type { AnchoredRun } from "../chain/ledger-reader.ts"
import { Refusal } from "../refusal.ts"
import { inLanes } from "./lanes.ts"
import { createRootHasher, type RootHasher } from "./root-hasher.ts"

const numberOf = (word: `0x${string}`) => bytesToBigInt(fromHex(word))

/** A record as the circuits open it. */
export function openingOfRecord({ device, run, statement, salt, capturesRoot }: RunRecord): Opening {
  const identity = runIdentity(deviceIdOf(device), run)
  return openingOf(statement, { identity, salt: numberOf(salt), capturesRoot: numberOf(capturesRoot) })
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

/** Opens runs, in their order; their roots are computed together. */
export type RunOpener = (runs: readonly AnchoredRun[]) => Promise<readonly OpenedRun[]>

/** Records that are read at once: an archive in a bucket answers each after tens of milliseconds. */
const READS = 32

async function openRun(archives: readonly RunArchive[], anchored: AnchoredRun): Promise<OpenedRun> {
  const root = BigInt(anchored.root)
  const record = root === 0n ? null : await findRecord(archives, anchored)
  if (record !== null && record.root !== anchored.root) {
    const detail = `run ${anchored.run} of ${anchored.device} is anchored as ${anchored.root}, archived as ${record.root}`
    throw new Refusal("ARCHIVE_BROKEN", detail, "restore the record from a backup of the device")
  }
  return { anchored, slot: record === null ? { root } : { opening: openingOfRecord(record), root } }
}

/** The statements must give the roots that were anchored: a changed one would make a proof fail after minutes of work. */
function checkRoots(runs: readonly OpenedRun[], rootsOf: RootHasher): void {
  const opened = runs.flatMap(({ anchored, slot }) => ("opening" in slot ? [{ anchored, ...slot }] : []))
  const roots = rootsOf(opened.map(({ opening }) => opening))
  const bad = opened.filter(({ root }, i) => root !== roots[i])
  if (bad.length === 0) return
  const detail = `statements that do not give their roots: ${nameRuns(bad.map(({ anchored }) => anchored))}`
  throw new Refusal("ARCHIVE_BROKEN", detail, "restore them from a backup")
}

/**
 * Opens what the archives can open. A record that gives another root than the chain's is refused: it says that the archive
 * was changed.
 */
export function createRunOpener(archives: readonly RunArchive[]): RunOpener {
  const rootsOf = createRootHasher()
  return async (runs) => {
    const opened = await inLanes(runs.values(), READS, (anchored) => openRun(archives, anchored))
    checkRoots(opened, rootsOf)
    return opened
  }
}

/** Runs that a refusal names: in one line, which people read. */
export const MAX_NAMED = 8

/** Runs, the first few of `count`, each device once with the numbers of its own: `0x3d40…660c/0, 1, 2; 0x77…/4 and 12 more`. */
export function nameRuns(runs: readonly AnchoredRun[], count = runs.length): string {
  const shown = runs.slice(0, MAX_NAMED)
  const numbers = Map.groupBy(shown, ({ device }) => device)
  const named = [...numbers].map(([device, its]) => `${device}/${its.map(({ run }) => run).join(", ")}`).join("; ")
  return `${named}${count > shown.length ? ` and ${count - shown.length} more` : ""}`
}
