import { open, rename, rm } from "node:fs/promises"
import { dirname } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { makeFolders, syncFolder } from "@wattest/archive"

/** A private folder, its name durable when this returns: also where a process that made it was killed before its sync. */
export async function makeFolder(path: string): Promise<void> {
  await makeFolders(path)
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

/** Failures of a disk that pass: full, over quota, briefly unreachable. */
const PASSING = new Set(["ENOSPC", "EDQUOT", "EIO", "EAGAIN", "EMFILE", "ENFILE"])
const RETRY_MS = 1000

/** Does what a disk refuses again until it takes it, or until `mayRetry`, which is told of each refusal, says no. */
export async function untilStored<T>(work: () => Promise<T>, mayRetry: (error: Error) => boolean): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === undefined || !PASSING.has(code) || !mayRetry(error as Error)) throw error
      await sleep(RETRY_MS)
    }
  }
}

/** The disk does not answer: what it holds may be whole. A file that is not there was deleted. */
export function isDiskFault(error: unknown): boolean {
  const { code, errno } = error as NodeJS.ErrnoException
  return typeof errno === "number" && code !== "ENOENT"
}
