import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { dirname, resolve } from "node:path"

/** Makes a change of names in a folder survive a loss of power. Windows has no call for it, and a log that does it. */
export function syncNames(folder: string): void {
  if (process.platform === "win32") return
  const file = openSync(folder, "r")
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** A folder and those above it, their names on the disk when this returns. */
export function makeFolderDurably(path: string): void {
  const made = mkdirSync(path, { recursive: true })
  if (made === undefined) return
  const first = resolve(made)
  for (let at = resolve(path); ; at = dirname(at)) {
    syncNames(dirname(at))
    if (at === first || at === dirname(at)) return
  }
}

/** Bytes in a file that nobody else has, synced; on failure there is none. Throws EEXIST. */
function writeNew(path: string, content: string | Uint8Array, mode: number): void {
  const file = openSync(path, "wx", mode)
  try {
    writeFileSync(file, content)
    fsyncSync(file)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}

/**
 * Writes a new file that only its owner reads: for keys, and for whatever a digest on chain stands for. Bytes and name are on
 * the disk when this returns, so that what is done in their name cannot outlive them. Throws EEXIST where there is one.
 */
export function createDurably(path: string, content: string | Uint8Array): void {
  writeNew(path, content, 0o600)
  syncNames(dirname(path))
}

/** Writes a file in the place of what stands there, whole or not at all, also through a loss of power. A link stays one. */
export function replaceDurably(path: string, content: string | Uint8Array): void {
  const before = statSync(path, { throwIfNoEntry: false })
  const target = before === undefined ? path : realpathSync(path)
  const draft = `${target}.${process.pid}.draft`
  writeNew(draft, content, (before?.mode ?? 0o666) & 0o777)
  try {
    renameSync(draft, target)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  syncNames(dirname(target))
}
