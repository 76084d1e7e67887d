import { type Rpc, RpcRefusal, RpcUnavailable } from "@wattest/chain"
import { Unread } from "./books.ts"
import { jsonOf } from "./reading.ts"
import { sent } from "./untrusted.ts"

const TIMEOUT_MS = 20_000

async function ask(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const { host } = new URL(url)
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })
  const request = {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }
  const response = await fetch(url, request).catch(() => null)
  if (response === null) throw new RpcUnavailable(`${host} does not answer`)
  const answer = await answerOf(response, host)
  if (answer.error === undefined) return answer.result
  const { message, code, data } = sent(answer.error)
  throw new RpcRefusal(String(message), Number(code), data)
}

/** What is no answer of a node is as good as none: the next one is asked. */
async function answerOf(response: Response, host: string) {
  try {
    return sent(await jsonOf(response, { source: host, hint: "" }))
  } catch (error) {
    if (error instanceof Unread) throw new RpcUnavailable(`${host}, status ${response.status}: ${error.message}`)
    throw error
  }
}

/** Nodes as a browser asks them: the first that answers; what it says is held to its proof by whoever asked. */
export function createNodes(urls: readonly string[]): Rpc {
  return {
    async request(method, params) {
      let last: unknown = new RpcUnavailable("no node is named")
      for (const url of urls) {
        try {
          return await ask(url, method, params)
        } catch (error) {
          if (error instanceof RpcRefusal) throw error
          last = error
        }
      }
      throw last
    },
    everywhere: (method, params) => Promise.allSettled(urls.map((url) => ask(url, method, params))),
    distrust() {},
  }
}
