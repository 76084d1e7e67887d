import { randomUUID } from "node:crypto"
import { mkdir, open, rename, rm, stat } from "node:fs/promises"
import { dirname } from "node:path"
import { syncFolder } from "@wattest/archive"
import { UsageError } from "@wattest/command"

const draftOf = (path: string) => `${path}.${randomUUID()}.draft`

/** An error names the document, and not the draft of it that nobody asked for. */
const placed = (error: unknown, path: string): unknown =>
  error instanceof Error && "code" in error ? Object.assign(error, { path }) : error

/** Refuses a place that takes no document, before minutes are spent on what would go there. Leaves its folder made. */
export async function checkWritable(path: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (found !== null && !found.isFile()) throw new UsageError(`${path} is no file`, "name a file with --out")
  const draft = draftOf(path)
  try {
    await mkdir(dirname(path), { recursive: true })
    await (await open(draft, "wx", 0o600)).close()
    await rm(draft)
  } catch (error) {
    throw placed(error, path)
  }
}

/** Writes a file whole or not at all: a stop in between, or a loss of power, leaves what was there before. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = draftOf(path)
  try {
    const file = await open(draft, "wx", 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(draft, { force: true })
    throw placed(error, path)
  }
}
