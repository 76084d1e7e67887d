import { Undetermined } from "../verdict.ts"
import { nodeName } from "./node-name.ts"

const TIMEOUT_MS = 10_000

/** Longest answer taken, in bytes: a block's transaction hashes come with it. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024

/** One node. `call` gives the result, or throws CHAIN_UNAVAILABLE. */
export type Rpc = {
  /** Scheme and host. */
  readonly name: string
  readonly call: (method: string, params: readonly unknown[]) => Promise<unknown>
}

/** How nodes are asked, and until when. */
export type Asking = { readonly fetch: typeof fetch; readonly deadline: AbortSignal }

/** Reads at most the limit, so that a node cannot fill memory. */
async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ""
  let size = 0
  const reader = response.body?.getReader()
  if (reader === undefined) return text
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    size += piece.value.length
    if (size > MAX_ANSWER_BYTES) {
      await reader.cancel()
      throw new TypeError(`an answer longer than ${MAX_ANSWER_BYTES} bytes`)
    }
    text += decoder.decode(piece.value, { stream: true })
  }
  return text
}

async function post({ fetch, deadline }: Asking, url: string, body: string): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    redirect: "error",
    signal: AbortSignal.any([deadline, AbortSignal.timeout(TIMEOUT_MS)]),
  })
  if (!response.ok) throw new TypeError(`status ${response.status}`)
  const answer: unknown = JSON.parse(await readText(response))
  if (answer === null || typeof answer !== "object" || !("result" in answer)) throw new TypeError("no result")
  return answer.result
}

/** Why a call failed, without the URL: errors of the platform repeat it. */
function reasonOf(error: unknown, url: string, name: string): string {
  const { message, cause } = error as Error
  const reason = cause instanceof Error ? `${message} (${cause.message})` : message
  return reason.replaceAll(url, () => name)
}

/** A node of this URL, which is asked nothing after the deadline. */
export function createRpc(url: string, asking: Asking): Rpc {
  const name = nodeName(url)
  return {
    name,
    async call(method, params) {
      if (!URL.canParse(url)) throw new Undetermined("CHAIN_UNAVAILABLE", name)
      try {
        return await post(asking, url, JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }))
      } catch (error) {
        const reason = asking.deadline.aborted ? "no time is left to ask" : reasonOf(error, url, name)
        throw new Undetermined("CHAIN_UNAVAILABLE", `${name}: ${method}: ${reason}`)
      }
    },
  }
}
