import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import type { Archive, Content } from "./archive.ts"
import { ArchiveFault } from "./fault.ts"

/** Length and SHA-256 of a stream, in memory that does not grow with it. */
export async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<Pick<Content, "bytes" | "sha256">> {
  const hash = createHash("sha256")
  let bytes = 0
  for await (const chunk of chunks) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest("hex") }
}

/** The content of a file, which must not change until it is written. */
export async function fileContent(path: string): Promise<Content> {
  const open = () => createReadStream(path, { highWaterMark: 1 << 18 })
  return { ...(await digestOf(open())), open }
}

async function* once(bytes: Uint8Array) {
  yield bytes
}

export async function bytesContent(bytes: Uint8Array): Promise<Content> {
  const open = () => once(bytes)
  return { ...(await digestOf(open())), open }
}

/** The content of a name in another archive; null where there is none. It is read once here, and again when written. */
export async function archivedContent(archive: Archive, name: string): Promise<Content | null> {
  const chunks = await archive.open(name)
  if (chunks === null) return null
  const again = async function* () {
    const opened = await archive.open(name)
    if (opened === null) throw new ArchiveFault("untrue", `${name} was there and is not`, `look at ${archive.place}`)
    yield* opened
  }
  return { ...(await digestOf(chunks)), open: again }
}

/** All bytes of a name; null where there is none. Throws `untrue` beyond `maxBytes`. */
export async function readWhole(archive: Archive, name: string, maxBytes: number): Promise<Uint8Array | null> {
  const chunks = await archive.open(name)
  if (chunks === null) return null
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > maxBytes)
      throw new ArchiveFault(
        "untrue",
        `${name} in ${archive.place} has more than ${maxBytes} bytes`,
        "it is none of ours: restore it from a copy",
      )
    parts.push(chunk)
  }
  return Buffer.concat(parts, bytes)
}
