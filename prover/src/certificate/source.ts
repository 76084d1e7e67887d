import { bytesWithin, networkReason, proxiedFetch, refusedBy } from "@wattest/command"
import { Refusal } from "../refusal.ts"

const TIMEOUT_MS = 30_000
/** Of a refusal's words more is not read. */
const MAX_REFUSAL = 64 * 1024

/** A service that a document's parts are asked of, and what to do where it fails. */
export type Source = { readonly url: string; readonly maxBytes: number; readonly hint: string }

/**
 * What a service answers at a path; null where its status is one of `absent`. Throws SOURCE_UNREACHABLE where it does not
 * answer, refuses, or says more than it may.
 */
export async function askSource(
  { url: base, maxBytes, hint }: Source,
  path: string,
  absent: readonly number[] = [],
): Promise<Uint8Array | null> {
  const url = new URL(path, base.endsWith("/") ? base : `${base}/`)
  const unreachable = (detail: string) => new Refusal("SOURCE_UNREACHABLE", detail, hint)
  try {
    const response = await proxiedFetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (absent.includes(response.status)) return null
    const bytes = await bytesWithin(response, response.ok ? maxBytes : MAX_REFUSAL)
    const said = bytes === null ? "" : new TextDecoder().decode(bytes)
    if (!response.ok) throw unreachable(refusedBy(url.origin, response.status, said))
    if (bytes === null) throw unreachable(`${url}: it answers more than ${maxBytes} bytes`)
    return bytes
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw unreachable(`${url}: ${networkReason(error) ?? "the request failed"}`)
  }
}
