import { type FailureWords, IndexFailure } from "./errors.ts"

/** How an index is reached. */
export type Way = {
  /** Of the index, with the path that a proxy serves it under; `/v1` is added. */
  readonly url: string
  /** Asks in the place of the global one: through a proxy, or in a test. */
  readonly fetch?: typeof fetch
  /** Bounds one question; 30 seconds unless given. */
  readonly timeoutMs?: number
  /** Ends every question that is under way. */
  readonly signal?: AbortSignal
}

const TIMEOUT_MS = 30_000
/** A page of a thousand rows is far below. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024
/** An index that bounds questions says when to ask again; for so long it is waited for, so often. */
const LONGEST_WAIT_SECONDS = 60
const MOST_WAITS = 3

/**
 * The JSON that an index answers; null: it knows nothing of that name (404). Waits where it is told to ask again later.
 * Throws an {@link IndexFailure}.
 */
export async function ask(way: Way, path: string, waits = 0): Promise<unknown> {
  const response = await requested(way, path)
  if (response.status === 429 && waits < MOST_WAITS) {
    await response.body?.cancel()
    await pause(way, waitOf(response))
    return ask(way, path, waits + 1)
  }
  const text = await textOf(way, response)
  const { status } = response
  if (status === 404) return null
  const body = parsed(text)
  if (response.ok && body !== undefined) return body
  throw refusal(way, status, body)
}

async function requested({ url, fetch: asked = fetch, timeoutMs = TIMEOUT_MS, signal }: Way, path: string) {
  const limit = AbortSignal.timeout(timeoutMs)
  const target = `${url.replace(/\/+$/, "")}${path}`
  try {
    return await asked(target, {
      headers: { accept: "application/json" },
      // Whoever is asked answers for itself.
      redirect: "error",
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    })
  } catch (cause) {
    throw unreachable({ url }, "it does not answer", cause)
  }
}

/** An answer's text, read no further than what an answer may be. */
async function textOf(way: Way, { body }: Response): Promise<string> {
  if (body === null) return ""
  const [decoder, reader] = [new TextDecoder(), body.getReader()]
  const read = () =>
    reader.read().catch((cause: unknown) => {
      throw unreachable(way, "its answer was cut", cause)
    })
  let [text, bytes] = ["", 0]
  for (let chunk = await read(); !chunk.done; chunk = await read()) {
    bytes += chunk.value.byteLength
    text += decoder.decode(chunk.value, { stream: true })
    if (bytes <= MAX_ANSWER_BYTES) continue
    await reader.cancel()
    throw malformed(way, `its answer passes ${MAX_ANSWER_BYTES} bytes`)
  }
  return text + decoder.decode()
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const waitOf = ({ headers }: Response) => {
  const seconds = Number(headers.get("retry-after"))
  return 1000 * (seconds > 0 ? Math.min(seconds, LONGEST_WAIT_SECONDS) : 1)
}

/** Waits, unless the caller ends it. */
async function pause(way: Way, milliseconds: number): Promise<void> {
  const { signal } = way
  await new Promise<void>((resolve) => {
    if (signal?.aborted === true) return resolve()
    const timer = setTimeout(resolve, milliseconds)
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    signal?.addEventListener("abort", end, { once: true })
  })
  if (signal?.aborted === true) throw unreachable(way, "the question was ended", signal.reason)
}

function failure(kind: IndexFailure["kind"], { url }: Pick<Way, "url">, words: FailureWords, cause?: unknown) {
  const origin = URL.canParse(url) ? new URL(url).origin : url
  return new IndexFailure(kind, origin, words, { cause })
}

const unreachable = (way: Pick<Way, "url">, reason: string, cause: unknown) =>
  failure("unreachable", way, { reason, hint: "check the index's URL and the network, or ask another index" }, cause)

/** What an index said is not of the form that its description gives. */
export const malformed = (way: Pick<Way, "url">, reason: string) =>
  failure("malformed", way, { reason, hint: "this is no index of ours, or one of another version: ask another index" })

/** Longest words of an index that a person is shown. */
const MAX_WORDS = 300

function refusal(way: Way, status: number, body: unknown): IndexFailure {
  const { error } = Object(body) as { readonly error?: unknown }
  const { message } = Object(error) as { readonly message?: unknown }
  if (typeof message !== "string") return malformed(way, `it answers ${status} without a word of ours`)
  // What a stranger says must not steer a terminal.
  const said = message.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ").slice(0, MAX_WORDS)
  if (status === 503) return failure("not-ready", way, { status, reason: said, hint: "ask again soon" })
  const hint = status === 429 ? "ask again in a minute, or run an index of your own" : "check what was asked"
  return failure("refused", way, { status, reason: said, hint })
}
