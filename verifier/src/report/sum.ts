import { sha256 } from "@noble/hashes/sha2.js"
import { toHex } from "@wattest/protocol"
import type { ByteStream } from "../evidence/lines.ts"

/** SHA-256 in the making. */
export type Sum = { readonly update: (bytes: Uint8Array) => unknown; readonly digest: () => Uint8Array }

/** How sums are made: Node's own is many times faster than portable code. */
export type SumFactory = () => Sum

export const portableSum: SumFactory = () => sha256.create()

/** The file that a document came in. */
export type FileFacts = { readonly sha256: string; readonly bytes: number }

export function factsOfBytes(bytes: Uint8Array, createSum: SumFactory): FileFacts {
  const sum = createSum()
  sum.update(bytes)
  return { sha256: toHex(sum.digest()), bytes: bytes.length }
}

/** A stream that is summed as it is read. `facts` reads what nobody wanted: a refusal ends the reading, not the file. */
export function summed(
  stream: ByteStream,
  createSum: SumFactory,
): { pieces: ByteStream; facts: () => Promise<FileFacts> } {
  const sum = createSum()
  let bytes = 0
  const source = stream[Symbol.asyncIterator]()
  async function next() {
    const piece = await source.next()
    if (piece.done) return null
    sum.update(piece.value)
    bytes += piece.value.length
    return piece.value
  }
  async function* read(): ByteStream {
    // A reader that stops here must not close the file: its rest belongs to the digest.
    for (let piece = await next(); piece !== null; piece = await next()) yield piece
  }
  return {
    pieces: read(),
    async facts() {
      while ((await next()) !== null);
      return { sha256: toHex(sum.digest()), bytes }
    },
  }
}
