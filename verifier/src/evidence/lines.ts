import { concatBytes, MAX_EVIDENCE_LINE, Rejection } from "@wattest/protocol"

const LINE_FEED = 0x0a
const GZIP_MAGIC = [0x1f, 0x8b]

/** A document that arrives in pieces. */
export type ByteStream = AsyncIterable<Uint8Array>

async function* follow(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

function toReadable(bytes: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await bytes.next()
      if (done) controller.close()
      else controller.enqueue(new Uint8Array(value))
    },
    async cancel() {
      await bytes.return(undefined)
    },
  })
}

async function* gunzip(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = toReadable(bytes).pipeThrough(new DecompressionStream("gzip")).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } catch (error) {
    throw new Rejection("DOCUMENT_NOT_GZIP", (error as Error).message)
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** The bytes of evidence, decompressed where they begin as gzip does. */
export async function* decompressed(stream: ByteStream): ByteStream {
  const pieces = stream[Symbol.asyncIterator]()
  let head: Uint8Array = new Uint8Array(0)
  while (head.length < GZIP_MAGIC.length) {
    const { done, value } = await pieces.next()
    if (done) break
    head = concatBytes(head, value)
  }
  const isGzip = GZIP_MAGIC.every((byte, i) => head[i] === byte)
  const all = follow(head, pieces)
  yield* isGzip ? gunzip(all) : all
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

function decode(held: readonly Uint8Array[], last: Uint8Array): string {
  try {
    return decoder.decode(held.length === 0 ? last : concatBytes(...held, last))
  } catch {
    throw new Rejection("DOCUMENT_NOT_UTF8", "a line")
  }
}

function checkLength(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw new Rejection("DOCUMENT_TOO_LARGE", `a line passes ${maxBytes} bytes`)
}

/**
 * Lines without their line feed. Each line ends with one, the last too, so that a cut file is never taken for a whole.
 * At most one line is held. Throws DOCUMENT_TOO_LARGE, DOCUMENT_NOT_UTF8, DOCUMENT_NOT_CANONICAL.
 */
export async function* linesOf(stream: ByteStream, maxBytes = MAX_EVIDENCE_LINE): AsyncGenerator<string> {
  let held: Uint8Array[] = []
  let size = 0
  for await (const piece of stream) {
    let start = 0
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, start)) {
      checkLength(size + end - start, maxBytes)
      yield decode(held, piece.subarray(start, end))
      held = []
      size = 0
      start = end + 1
    }
    if (start === piece.length) continue
    held.push(piece.slice(start))
    size += piece.length - start
    checkLength(size, maxBytes)
  }
  if (size > 0) throw new Rejection("DOCUMENT_NOT_CANONICAL", "the last line does not end with a line feed")
}
