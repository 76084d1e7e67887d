import { readAtMost, UsageError } from "@wattest/command"
import { postJson } from "./http.ts"

/** A device's local endpoint, and the word by which it believes who asks; null where it asks for none. */
export type Endpoint = { readonly url: string; readonly token: string | null }

const TIMEOUT_MS = 30_000
const MAX_BYTES = 64 * 1024
const URL_FORM = /^http:\/\/[^\s/]+$/

function fieldsIn(text: string): { readonly url?: unknown; readonly token?: unknown } {
  if (!text.startsWith("{")) return { url: text }
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return {}
  }
}

/** The endpoint at a URL, or in the file of a device's folder that says where it is. Throws a UsageError. */
export function endpointAt(place: string): Endpoint {
  const written = /^https?:/.test(place) ? place : new TextDecoder().decode(readAtMost(place, MAX_BYTES)).trim()
  const { url, token } = fieldsIn(written)
  if (typeof url !== "string" || !URL_FORM.test(url))
    throw new UsageError(
      `${place} is no local endpoint`,
      "write http://127.0.0.1:PORT, or the file endpoint of the device's folder",
    )
  return { url, token: typeof token === "string" ? token : null }
}

/** Tells the device. Throws as {@link postJson} does. */
export function tell({ url, token }: Endpoint, route: "run" | "work" | "stop", body: object) {
  const headers: { readonly [name: string]: string } = token === null ? {} : { authorization: `Bearer ${token}` }
  return postJson(`${url}/v1/${route}`, body, { headers, timeoutMs: TIMEOUT_MS })
}
