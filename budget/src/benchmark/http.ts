import { bytesWithin, CommandError, networkReason, Unreachable } from "@wattest/command"

/** Longest answer that is read, in bytes. */
const MAX_ANSWER = 8 * 1024 * 1024

async function textOf(response: Response, place: string): Promise<string> {
  const bytes = await bytesWithin(response, MAX_ANSWER)
  if (bytes === null)
    throw new CommandError(`${place} answers more than ${MAX_ANSWER} bytes`, "is this the server that you meant?")
  return new TextDecoder().decode(bytes)
}

function objectOf(text: string, place: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return { ...value }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new CommandError(`${place} answers no JSON object`, "is this the server that you meant?")
}

const reasonIn = ({ error }: { readonly [name: string]: unknown }): string => {
  if (typeof error === "string") return error
  const message = error !== null && typeof error === "object" && "message" in error ? error.message : undefined
  return typeof message === "string" ? message : "it does not say why"
}

/** Asks with a JSON body. Throws Unreachable where nobody answers, a CommandError where the answer is a refusal. */
export async function postJson(
  url: string,
  body: object,
  { headers = {}, timeoutMs }: { readonly headers?: { readonly [name: string]: string }; readonly timeoutMs: number },
): Promise<{ readonly [name: string]: unknown }> {
  const request = {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  }
  try {
    const response = await fetch(url, request)
    const text = await textOf(response, url)
    const answer = response.ok ? objectOf(text, url) : null
    if (answer !== null) return answer
    const reason = /^\s*\{/.test(text) ? reasonIn(objectOf(text, url)) : "it does not say why"
    throw new CommandError(`${url} refuses with ${response.status}: ${reason}`, "see the server's own output")
  } catch (error) {
    const reason = error instanceof CommandError ? null : networkReason(error)
    if (reason === null) throw error
    throw new Unreachable(`${url}: ${reason}`, "is the server running?")
  }
}
