import { readFileSync } from "node:fs"
import { setTimeout as pause } from "node:timers/promises"

/** What a relayer answered. */
export type Answer = { readonly status: number; readonly body: { readonly [name: string]: unknown } }

/** The relayer could not be reached: nothing is known. */
export class Unreachable extends Error {
  override readonly name = "Unreachable"
}

const TIMEOUT_MS = 30_000
const WAIT_MS = 1000

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
    return { status: response.status, body: (await response.json()) as Answer["body"] }
  } catch (error) {
    throw new Unreachable(`${url}: ${(error as Error).message}`)
  }
}

export const askStatus = (base: string) => ask(`${base}/v1/status`)

/** Hands in a submission file; with `wait`, answers when it is final or refused. */
export async function submitFile(base: string, file: string, wait: boolean): Promise<Answer> {
  const body = readFileSync(file)
  const answer = await ask(`${base}/v1/submissions`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  })
  if (!wait || answer.status >= 300) return answer
  for (;;) {
    const state = await ask(`${base}/v1/submissions/${answer.body.digest}`)
    if (state.status !== 200 || state.body.state === "final" || state.body.state === "refused") return state
    await pause(WAIT_MS)
  }
}
