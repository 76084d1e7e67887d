import { readAtMost, UsageError } from "@wattest/command"
import { postJson } from "./http.ts"

/** A device's local endpoint, and the word by which it believes who asks. */
export type Endpoint = { readonly url: string; readonly token: string }

const TIMEOUT_MS = 30_000
const MAX_BYTES = 64 * 1024
const URL_FORM = /^http:\/\/[^\s/]+$/

function fieldsIn(text: string): { readonly url?: unknown; readonly token?: unknown } {
  try {
    return Object(JSON.parse(text))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return {}
  }
}

/** The endpoint that the file in a device's folder tells of. Throws a UsageError. */
export function endpointAt(file: string): Endpoint {
  const { url, token } = fieldsIn(new TextDecoder().decode(readAtMost(file, MAX_BYTES)))
  if (typeof url !== "string" || !URL_FORM.test(url) || typeof token !== "string")
    throw new UsageError(
      `${file} tells of no local endpoint`,
      "name endpoint.json in the folder of a device that serves",
    )
  return { url, token }
}

/** Tells the device. Throws as {@link postJson} does. */
export function tell({ url, token }: Endpoint, route: "run" | "work" | "stop", body: object) {
  const headers = { authorization: `Bearer ${token}` }
  return postJson(`${url}/v1/${route}`, body, { headers, timeoutMs: TIMEOUT_MS })
}
