import { open } from "node:fs/promises"
import { TraceError, type TraceText } from "./trace.ts"

const MAX_BYTES = 512 * 1024 * 1024
/** Enough of a file's beginning to tell UTF-16 by its zeros. */
const SAMPLE_BYTES = 64

/** UTF-16 by its byte order mark, or by the zeros that Latin letters leave in every second byte; else UTF-8. */
function encodingOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le"
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be"
  const sample = bytes.subarray(0, Math.min(SAMPLE_BYTES, bytes.length & ~1))
  const zeros = (odd: 0 | 1) => sample.filter((byte, i) => i % 2 === odd && byte === 0).length
  if (sample.length > 0 && zeros(1) * 4 > sample.length) return "utf-16le"
  if (sample.length > 0 && zeros(0) * 4 > sample.length) return "utf-16be"
  return "utf-8"
}

/** A trace's lines, whatever wrote them: UTF-8 or UTF-16, with or without a byte order mark, LF or CRLF. The system's errors pass. */
export async function readText(file: string): Promise<TraceText> {
  let handle: Awaited<ReturnType<typeof open>> | undefined
  try {
    handle = await open(file, "r")
    const { size } = await handle.stat()
    if (size > MAX_BYTES)
      throw new TraceError(file, 1, `${size} bytes: a trace may have ${MAX_BYTES}`, "split it and replay part by part")
    const bytes = await handle.readFile()
    const lines = new TextDecoder(encodingOf(bytes)).decode(bytes).split(/\r?\n/)
    const torn = lines.at(-1) === "" ? null : lines.length
    return { file, lines: torn === null ? lines.slice(0, -1) : lines, torn }
  } catch (error) {
    if (error instanceof TraceError || "syscall" in (error as Error)) throw error
    throw new TraceError(file, 1, (error as Error).message, "name a file that can be read")
  } finally {
    await handle?.close()
  }
}
