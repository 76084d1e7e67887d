/** The bytes of an answer, or null as soon as they are more than this: whoever answers may never end. */
export async function bytesWithin({ body }: Response, maxBytes: number): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of body ?? []) {
    size += piece.length
    // Leaving the loop gives the connection up.
    if (size > maxBytes) return null
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
