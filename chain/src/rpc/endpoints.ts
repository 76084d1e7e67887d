import { setTimeout } from "node:timers/promises"
import { proxiedFetch } from "@wattest/command"
import { RpcLie, rpcObject } from "./values.ts"

/** The node understood and refused: a revert, a nonce too low, an unknown method. */
export class RpcRefusal extends Error {
  override readonly name = "RpcRefusal"
  readonly code: number
  readonly data: unknown

  constructor(message: string, code: number, data: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** No endpoint answered in time; whether a transaction was taken is then unknown. */
export class RpcUnavailable extends Error {
  override readonly name = "RpcUnavailable"
}

/** An answer is longer than whoever asked reads: `bytes`, as the node announces it, or as many as came until then. */
export class AnswerTooLong extends RpcLie {
  readonly bytes: number

  constructor(bytes: number, most: number) {
    super(`answer longer than ${most} bytes`)
    this.bytes = bytes
  }
}

/** The chain through several RPC endpoints, none of which is trusted or expected to live. */
export type Rpc = {
  /** The first answer; endpoints that lately failed are asked last. Throws RpcRefusal or RpcUnavailable. */
  request(method: string, params: readonly unknown[]): Promise<unknown>
  /**
   * Every endpoint's answer or failure, in the order of the configuration. What passes `mostBytes` is not read, ends as
   * AnswerTooLong, and is no fault of the endpoint's.
   */
  everywhere(
    method: string,
    params: readonly unknown[],
    mostBytes?: number,
  ): Promise<readonly PromiseSettledResult<unknown>[]>
  /** Puts the endpoint that answered last, or the one at this place, behind the others: its answer was checked and is false. */
  distrust(reason: string, place?: number): void
}

export type EndpointEvents = {
  failed?(url: string, reason: string): void
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000
/** JSON-RPC codes by which providers say "not now": limit exceeded, resource unavailable. */
const BUSY_CODES = new Set([-32005, -32002, 429])
/** The same codes where they say "not this": too many logs or blocks at once, a state that is no longer kept. */
const LIMIT_CODES: ReadonlyMap<string, number> = new Map([
  ["eth_getLogs", -32005],
  ["eth_getStorageAt", -32002],
])

/** HTTP statuses of a provider that does not serve this account: unauthorised, unpaid, forbidden. */
const DENIED: ReadonlySet<number> = new Set([401, 402, 403])

/** Endpoints by what they said, numbered from 1 in the order of the configuration: `1 and 3 against 2`. */
function sidesOf(answers: readonly PromiseSettledResult<unknown>[]): readonly string[] {
  const given = answers.flatMap((answer, i) =>
    answer.status === "fulfilled" ? [{ number: i + 1, text: JSON.stringify(answer.value) }] : [],
  )
  return [...Map.groupBy(given, ({ text }) => text).values()].map((side) =>
    side.map(({ number }) => number).join(" and "),
  )
}

/**
 * The same chain, asked at every endpoint: where those that answer do not agree, RpcLie, which names who stands against
 * whom. For what cannot be proved.
 */
export function agreeing(rpc: Rpc): Rpc {
  return {
    ...rpc,
    async request(method, params) {
      const answers = await rpc.everywhere(method, params)
      const given = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []))
      if (given.length === 0) return rpc.request(method, params)
      const sides = sidesOf(answers)
      if (sides.length > 1)
        throw new RpcLie(`${method}: the endpoints do not agree: ${sides.join(" against ")}, as they are configured`)
      return given[0]
    },
  }
}

/** The same chain, asked up to `tries` times, after a pause that doubles, where no endpoint answers. */
export function patient(rpc: Rpc, tries: number): Rpc {
  const ask = async (method: string, params: readonly unknown[], left: number): Promise<unknown> => {
    try {
      return await rpc.request(method, params)
    } catch (error) {
      if (!(error instanceof RpcUnavailable) || left <= 1) throw error
      await setTimeout(FIRST_PAUSE_MS * 2 ** (tries - left))
      return ask(method, params, left - 1)
    }
  }
  return { ...rpc, request: (method, params) => ask(method, params, tries) }
}

type Asked = { readonly method: string; readonly params: readonly unknown[]; readonly mostBytes?: number | undefined }

type Endpoint = { readonly url: string; failures: number; pausedUntilMs: number }

/** Makes the {@link Rpc} of these URLs; `timeoutMs` bounds one request to one endpoint. */
export function createRpc(urls: readonly string[], timeoutMs: number, events: EndpointEvents = {}): Rpc {
  const endpoints: Endpoint[] = urls.map((url) => ({ url, failures: 0, pausedUntilMs: 0 }))
  let lastUsed = endpoints[0] as Endpoint

  function pause(endpoint: Endpoint, reason: string, askedMs: number): void {
    const backoffMs = Math.min(FIRST_PAUSE_MS * 2 ** endpoint.failures++, LONGEST_PAUSE_MS)
    endpoint.pausedUntilMs = Date.now() + Math.max(backoffMs, Math.min(askedMs, LONGEST_PAUSE_MS))
    events.failed?.(endpoint.url, reason)
  }

  async function ask(endpoint: Endpoint, { mostBytes, ...asked }: Asked): Promise<unknown> {
    const { method } = asked
    try {
      const result = await call(endpoint.url, { ...asked, mostBytes: mostBytes ?? MAX_ANSWER_BYTES, timeoutMs })
      endpoint.failures = 0
      endpoint.pausedUntilMs = 0
      return result
    } catch (error) {
      if (error instanceof RpcRefusal || (mostBytes !== undefined && error instanceof AnswerTooLong)) throw error
      pause(endpoint, `${method}: ${(error as Error).message}`, error instanceof Busy ? error.retryAfterMs : 0)
      throw error
    }
  }

  return {
    async request(method, params) {
      const reasons: string[] = []
      for (const endpoint of endpoints.toSorted((a, b) => waitOf(a) - waitOf(b))) {
        try {
          lastUsed = endpoint
          return await ask(endpoint, { method, params })
        } catch (error) {
          if (error instanceof RpcRefusal) throw error
          reasons.push((error as Error).message)
        }
      }
      throw new RpcUnavailable(`${method}: no endpoint answered: ${reasons.join("; ")}`)
    },
    everywhere: (method, params, mostBytes) =>
      Promise.allSettled(endpoints.map((endpoint) => ask(endpoint, { method, params, mostBytes }))),
    distrust: (reason, place = -1) => pause(endpoints[place] ?? lastUsed, reason, 0),
  }
}

const waitOf = ({ pausedUntilMs }: Endpoint) => Math.max(0, pausedUntilMs - Date.now())

class Busy extends Error {
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs: number) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

type Call = Asked & { readonly mostBytes: number; readonly timeoutMs: number }

async function call(url: string, { method, params, mostBytes, timeoutMs }: Call): Promise<unknown> {
  const response = await proxiedFetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (response.status === 429) {
    await response.body?.cancel()
    throw new Busy("429 too many requests", 1000 * Number(response.headers.get("retry-after") ?? 1) || 0)
  }
  const answer = parseAnswer(await readBody(response, mostBytes), response.status)
  // Not the chain refuses but the provider: another one may answer.
  if (DENIED.has(response.status)) throw new Error(`HTTP ${response.status}`)
  if (answer.error === undefined || answer.error === null) return answer.result ?? null
  const error = rpcObject(answer.error, "error")
  const code = Number(error.code)
  if (BUSY_CODES.has(code) && LIMIT_CODES.get(method) !== code) throw new Busy(String(error.message), 0)
  throw new RpcRefusal(String(error.message), code, error.data)
}

function parseAnswer(text: string, status: number) {
  try {
    return rpcObject(JSON.parse(text), "answer")
  } catch {
    throw new RpcLie(`HTTP ${status}, no JSON-RPC answer: ${JSON.stringify(text.slice(0, 80))}`)
  }
}

/** The body as text, of bounded length whatever the node sends; nothing is read of one that is announced as longer. */
async function readBody(response: Response, most: number): Promise<string> {
  const announced = Number(response.headers.get("content-length") ?? 0)
  if (announced > most) {
    await response.body?.cancel()
    throw new AnswerTooLong(announced, most)
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > most) throw new AnswerTooLong(length, most)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}
