import { pipeline } from "node:stream"
import { createGunzip, createGzip } from "node:zlib"
import { ArchiveFault } from "./fault.ts"

/** Compresses on the way. */
export async function* gzipped(chunks: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  // Level 9: evidence is written once, and what is kept for ten years is paid for by the byte.
  const zip = createGzip({ level: 9 })
  pipeline(chunks, zip, () => undefined)
  yield* zip as AsyncIterable<Buffer>
}

const DAMAGE = /^(?:Z_|ERR_STREAM_PREMATURE_CLOSE)/

/** Reads what `gzipped` made. Throws `untrue` where the bytes are cut off, damaged, or no gzip. */
export async function* gunzipped(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const zip = createGunzip()
  pipeline(chunks, zip, () => undefined)
  try {
    yield* zip as AsyncIterable<Buffer>
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException
    if (!DAMAGE.test(code)) throw error
    throw new ArchiveFault("untrue", `${name}: ${message}`, "the file was cut off or changed: restore it from a copy")
  }
}
