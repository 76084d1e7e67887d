import { createHash } from "node:crypto"
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs"
import { relative, resolve, sep } from "node:path"
import type { Source } from "../filing.ts"

/** Longest file whose digest is computed, in bytes: a job of thousands of devices. */
const MAX_FILE_BYTES = 1024 * 1024 * 1024
const PIECE_BYTES = 1024 * 1024

/** What there is of a document that a filing names, in words. */
export const FILE_STATES = {
  same: "as judged",
  changed: "CHANGED since",
  absent: "not here",
  none: "no file",
  outside: "not read: outside the folders",
  special: "not read: no plain file",
  large: "not read: too large",
} as const
export type FileState = keyof typeof FILE_STATES

/** As much of a source as says which file it is. */
type Named = Pick<Source, "document" | "documentDigest">

/** Whether a path without links is a folder or lies in it. */
function isIn(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== ".." && !way.startsWith(`..${sep}`) && resolve(folder, way) === path
}

/** The digest of a plain file, or why there is none. A pipe is not waited for: it is no plain file. */
function digestAt(path: string): string | "special" | "large" {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  try {
    const found = fstatSync(file)
    const { size } = found
    if (!found.isFile()) return "special"
    if (size > MAX_FILE_BYTES) return "large"
    const [digest, piece] = [createHash("sha256"), Buffer.allocUnsafe(PIECE_BYTES)]
    let left = size
    for (let length = 1; length > 0 && left > 0; left -= length) {
      length = readSync(file, piece, 0, Math.min(left, PIECE_BYTES), null)
      digest.update(piece.subarray(0, length))
    }
    return `0x${digest.digest("hex")}`
  } finally {
    closeSync(file)
  }
}

/**
 * Looks whether files are still those that were judged. A filing is untrusted: what it names is read only where it lies, links
 * followed, in one of the folders, each file once, and never at more than its length.
 */
export function createFileCheck(folders: readonly string[]): (source: Named) => FileState {
  const digests = new Map<string, string>()
  const places = folders.flatMap((folder) => {
    try {
      return realpathSync(folder)
    } catch {
      return []
    }
  })
  return ({ document, documentDigest }) => {
    if (documentDigest === null) return "none"
    try {
      const path = realpathSync(document)
      if (!places.some((folder) => isIn(folder, path))) return "outside"
      const digest = digests.get(path) ?? digestAt(path)
      digests.set(path, digest)
      if (digest === "special" || digest === "large") return digest
      return digest === documentDigest ? "same" : "changed"
    } catch {
      return "absent"
    }
  }
}
