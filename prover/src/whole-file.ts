import { randomUUID } from "node:crypto"
import { open, rename, rm, stat } from "node:fs/promises"
import { dirname } from "node:path"
import { makeFolders, syncFolder } from "@wattest/archive"
import { placed, UsageError } from "@wattest/command"

type Bytes = Uint8Array | string

const draftOf = (path: string) => `${path}.${randomUUID()}.draft`

/** Refuses a place that takes no document, before minutes are spent on what would go there. Leaves its folder made. */
export async function checkWritable(path: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (found !== null && !found.isFile()) throw new UsageError(`${path} is no file`, "name a file with --out")
  const [folder, draft] = [dirname(path), draftOf(path)]
  await makeFolders(folder).catch((error: NodeJS.ErrnoException) => {
    const isFile = error.code === "EEXIST" || error.code === "ENOTDIR"
    throw isFile ? new UsageError(`${folder} is no folder`, "name another place with --out") : error
  })
  try {
    await (await open(draft, "wx", 0o600)).close()
    await rm(draft)
  } catch (error) {
    throw placed(error, path)
  }
}

/**
 * Writes a file whole or not at all: a stop in between, or a loss of power, leaves what was there before. Pieces are taken
 * one at a time. Resolves with the number of bytes.
 */
export async function writeWhole(path: string, content: Bytes | AsyncIterable<Bytes>): Promise<number> {
  const pieces = typeof content === "string" || content instanceof Uint8Array ? [content] : content
  await makeFolders(dirname(path))
  const draft = draftOf(path)
  try {
    const file = await open(draft, "wx", 0o600)
    let bytes = 0
    try {
      for await (const piece of pieces) {
        await file.appendFile(piece)
        bytes += Buffer.byteLength(piece)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    await syncFolder(dirname(path))
    return bytes
  } catch (error) {
    await rm(draft, { force: true })
    throw placed(error, path)
  }
}
