import { Unreachable } from "../errors.ts"

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

/** The text of an answer. Throws Unreachable where it is longer than this. */
export async function textWithin(response: Response, maxBytes: number): Promise<string> {
  const bytes = await bytesWithin(response, maxBytes)
  if (bytes !== null) return new TextDecoder().decode(bytes)
  const place = URL.canParse(response.url) ? new URL(response.url).origin : "a server"
  throw new Unreachable(`${place} answers more than ${maxBytes} bytes`, "is this the server that you meant?")
}

/** The fields of a JSON object, whatever they hold. */
export type Fields = { readonly [name: string]: unknown }

/**
 * The fields of an answer in JSON; none of another value. Throws Unreachable where it is longer than this, a SyntaxError
 * where it is no JSON.
 */
export const fieldsWithin = async (response: Response, maxBytes: number): Promise<Fields> =>
  Object(JSON.parse(await textWithin(response, maxBytes)))
