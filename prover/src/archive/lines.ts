import { decodeUtf8, MAX_EVIDENCE_LINE, Rejection } from "@wattest/protocol"

const LINE_FEED = 10
const MAX_LINE_BYTES = 3 * MAX_EVIDENCE_LINE

/**
 * The lines of a text, without their line feeds, in memory that does not grow with it; `place` is what errors name.
 * Throws DOCUMENT_TOO_LARGE on an endless line, DOCUMENT_NOT_UTF8, and FIELD_MALFORMED where the last line feed is missing.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, place: string): AsyncGenerator<string> {
  let rest: Uint8Array = new Uint8Array()
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      yield decodeUtf8(bytes.subarray(start, end), MAX_LINE_BYTES)
      start = end + 1
    }
    rest = bytes.subarray(start)
    if (rest.length > MAX_LINE_BYTES) throw new Rejection("DOCUMENT_TOO_LARGE", `a line of ${place} does not end`)
  }
  if (rest.length > 0) throw new Rejection("FIELD_MALFORMED", `${place}: the last line is cut off`)
}
