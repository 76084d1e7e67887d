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
import { createRootHasher, type RootHasher } from "./root-hasher.ts"

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

/** Runs whose roots are computed at once. */
const CHUNK = 1024

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
  const opened = runs.flatMap(({ anchored, slot }) => ("opening" in slot ? [{ anchored, opening: slot.opening }] : []))
  const roots = rootsOf(opened.map(({ opening }) => opening))
  const bad = opened.filter(({ anchored }, i) => BigInt(anchored.root) !== roots[i])
  if (bad.length === 0) return
  const detail = `statements that do not give their roots: ${nameRuns(bad)}`
  throw new Refusal("ARCHIVE_BROKEN", detail, "restore them from a backup")
}

/**
 * Opens what the archives can open. A record that gives another root than the chain's is refused: it says that the archive
 * was changed.
 */
export async function openRuns(
  archives: readonly RunArchive[],
  runs: readonly AnchoredRun[],
): Promise<readonly OpenedRun[]> {
  const rootsOf = createRootHasher()
  const opened: OpenedRun[] = []
  for (let at = 0; at < runs.length; at += CHUNK) {
    const chunk: OpenedRun[] = []
    for (const anchored of runs.slice(at, at + CHUNK)) chunk.push(await openRun(archives, anchored))
    checkRoots(chunk, rootsOf)
    for (const run of chunk) opened.push(run)
  }
  return opened
}

const MAX_NAMED = 20

/** Runs by device and number, the first few of many. */
export function nameRuns(runs: readonly { readonly anchored: AnchoredRun }[]): string {
  const shown = runs.slice(0, MAX_NAMED).map(({ anchored }) => `${anchored.device}/${anchored.run}`)
  return `${shown.join(", ")}${runs.length > MAX_NAMED ? ` and ${runs.length - MAX_NAMED} more` : ""}`
}

/** Runs with a root that no archive opens; void ones have nothing to open. */
export function missingOf(runs: readonly OpenedRun[]): readonly AnchoredRun[] {
  return runs.flatMap(({ anchored, slot }) => ("opening" in slot || BigInt(anchored.root) === 0n ? [] : [anchored]))
}
