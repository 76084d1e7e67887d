import { createReadStream } from "node:fs"
import { decodeUtf8, MAX_EVIDENCE_LINE, Rejection } from "@wattest/protocol"

const LINE_FEED = 10
const MAX_LINE_BYTES = 3 * MAX_EVIDENCE_LINE

/**
 * The lines of a file, without their line feeds, in memory that does not grow with the file.
 * Throws DOCUMENT_TOO_LARGE on an endless line, DOCUMENT_NOT_UTF8, and FIELD_MALFORMED where the last line feed is missing.
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      yield decodeUtf8(bytes.subarray(start, end), MAX_LINE_BYTES)
      start = end + 1
    }
    rest = bytes.subarray(start)
    if (rest.length > MAX_LINE_BYTES) throw new Rejection("DOCUMENT_TOO_LARGE", `a line of ${path} does not end`)
  }
  if (rest.length > 0) throw new Rejection("FIELD_MALFORMED", `${path}: the last line is cut off`)
}
