/** A chain of our own, with the Osaka rules, whose finalized block lies two behind the latest. */
export type LocalChain = {
  readonly url: string
  /** One JSON-RPC call. Throws what the node refuses. */
  rpc(method: string, ...params: unknown[]): Promise<unknown>
  /** Makes so many blocks. */
  mine(blocks: number): Promise<void>
  /** From now on a block each so many seconds. */
  mineEvery(seconds: number): Promise<void>
  /** The next block is so many seconds later than it would be. */
  pass(seconds: number): Promise<void>
  /** The node's process; what it holds on disk is in {@link folder}. */
  readonly pid: number
  readonly folder: string
  /** Ends it at once. */
  stop(): Promise<void>
}

type Reply = {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string; readonly data?: unknown }
}

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<unknown> {
  const all = { "content-type": "application/json", ...headers }
  const response = await fetch(url, { method: "POST", headers: all, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${await response.text()}`)
  return response.json()
}

/** One JSON-RPC call. Throws what the node refuses. */
export async function call(
  url: string,
  method: string,
  params: readonly unknown[],
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const { result, error } = (await post(url, { jsonrpc: "2.0", id: 1, method, params }, headers)) as Reply
  if (error) throw new Error([method, error.message, error.data].filter(Boolean).map(String).join(": "))
  return result
}

/** One method for each of these parameters in one request; answers in their order. Throws the first refusal. */
export async function callMany(
  url: string,
  method: string,
  all: readonly (readonly unknown[])[],
): Promise<readonly unknown[]> {
  const body = all.map((params, id) => ({ jsonrpc: "2.0", id, method, params }))
  const results: unknown[] = []
  for (const { id = 0, result, error } of (await post(url, body, {})) as Reply[]) {
    if (error) throw new Error(`${method}: ${error.message}`)
    results[id] = result
  }
  return results
}
