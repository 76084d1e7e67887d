import { mkdir, open, rename, rm } from "node:fs/promises"
import { dirname } from "node:path"

/** Makes a change of names in a folder survive a loss of power. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r")
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** A private folder, its name durable when this returns. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await syncFolder(dirname(path))
}

/**
 * Writes a private file whole or not at all: other readers see the old bytes or the new ones, also after a loss of
 * power. On failure nothing is left behind.
 */
export async function writeDurably(
  path: string,
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const unfinished = `${path}.unfinished`
  const file = await open(unfinished, "w", 0o600)
  try {
    for await (const chunk of chunks) await file.appendFile(chunk)
    await file.sync()
  } catch (error) {
    await file.close()
    await rm(unfinished, { force: true })
    throw error
  }
  await file.close()
  await rename(unfinished, path)
  await syncFolder(dirname(path))
}
