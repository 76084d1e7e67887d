import { randomUUID } from "node:crypto"
import { open, rename, rm } from "node:fs/promises"
import { dirname } from "node:path"
import { makeFolders, syncFolder } from "@wattest/archive"

type Bytes = Uint8Array | string

/**
 * Writes a file whole or not at all: a stop in between, or a loss of power, leaves what was there before. Pieces are taken
 * one at a time. Resolves with the number of bytes.
 */
export async function writeWhole(path: string, content: Bytes | AsyncIterable<Bytes>): Promise<number> {
  const pieces = typeof content === "string" || content instanceof Uint8Array ? [content] : content
  await makeFolders(dirname(path))
  const draft = `${path}.${randomUUID()}.draft`
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
    throw error
  }
}
