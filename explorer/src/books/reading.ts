import { Unread } from "./books.ts"

const LONGEST_ANSWER = 8 * 1024 * 1024
/** Of a ledger with many devices a proof holds the storage of each. */
const LONGEST_PROOF = 64 * 1024 * 1024

/** Where an answer comes from, in words, and what to do if it is none. */
export type Whence = { readonly source: string; readonly hint: string }

/** All of an answer, however its sender sends it: no longer than there is room for. Throws Unread. */
async function bytesOf(response: Response, { source, hint }: Whence, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  const reader = response.body?.getReader()
  try {
    for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
      parts.push(next.value)
      size += next.value.length
      if (size > most) break
    }
  } catch {
    throw new Unread(`${source} stopped in the middle of its answer`, hint)
  }
  if (size > most) {
    await reader?.cancel().catch(() => undefined)
    throw new Unread(`the answer of ${source} is longer than ${most} bytes`, hint)
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}

/** A document that proves something. Throws Unread. */
export const proofOf = (response: Response, whence: Whence): Promise<Uint8Array<ArrayBuffer>> =>
  bytesOf(response, whence, LONGEST_PROOF)

/** Throws Unread where the answer is no JSON. */
export async function jsonOf(response: Response, whence: Whence): Promise<unknown> {
  const text = new TextDecoder().decode(await bytesOf(response, whence, LONGEST_ANSWER))
  try {
    return JSON.parse(text)
  } catch {
    throw new Unread(`the answer of ${whence.source} is no JSON`, whence.hint)
  }
}
