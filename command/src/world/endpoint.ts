import { CommandError, Unreachable } from "../errors.ts"
import { networkReason } from "../explain.ts"
import { type Fields, fieldsWithin } from "./body.ts"

/** How a process of this machine reaches a device's local endpoint: its address, and the word by which it is believed. */
export type Access = { readonly url: string; readonly token: string }

const URL_FORM = /^http:\/\/[^\s/]{1,256}$/
const TOKEN_FORM = /^[\x21-\x7e]{1,256}$/

/** The access that the text of an `endpoint.json` tells of; null where it tells of none. */
export function accessIn(text: string): Access | null {
  try {
    const { url, token }: { readonly url?: unknown; readonly token?: unknown } = Object(JSON.parse(text))
    const isAccess =
      typeof url === "string" && URL_FORM.test(url) && typeof token === "string" && TOKEN_FORM.test(token)
    return isAccess ? { url, token } : null
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return null
  }
}

/** Longest answer of an agent that is read, in bytes. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** Asks an agent at its local endpoint, with a body by POST. Throws Unreachable, or a CommandError with its reason. */
export async function askAgent({ url, token }: Access, path: string, body?: object): Promise<Fields> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
  const request = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) }
  try {
    const response = await fetch(`${url}${path}`, request)
    const answer = await fieldsWithin(response, MAX_ANSWER_BYTES)
    if (!response.ok) throw new CommandError(`the agent refuses: ${answer.error}`, "see its own output")
    return answer
  } catch (error) {
    if (error instanceof CommandError) throw error
    const reason = error instanceof SyntaxError ? "it answers no JSON" : (networkReason(error) ?? "the request failed")
    throw new Unreachable(`the agent at ${url} does not answer: ${reason}`, "is wattest device serve running?")
  }
}
