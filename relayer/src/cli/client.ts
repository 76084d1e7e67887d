import { setTimeout as pause } from "node:timers/promises"
import {
  CommandError,
  type Context,
  EXIT,
  jsonLine,
  networkReason,
  type Outcome,
  proxiedFetch,
  readDocument,
  textWithin,
  Unreachable,
} from "@wattest/command"
import { type Answer, describeAnswer } from "./answer.ts"

const MAX_SUBMISSION_BYTES = 1 << 20
const MAX_ANSWER_BYTES = 1 << 20
const TIMEOUT_MS = 30_000
const WAIT_MS = 1000

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  try {
    const response = await proxiedFetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
    return { status: response.status, body: JSON.parse(await textWithin(response, MAX_ANSWER_BYTES)) as Answer["body"] }
  } catch (error) {
    const reason = networkReason(error) ?? "it answers something that no relayer does"
    throw new Unreachable(`${new URL(url).origin}: ${reason}`, "is the relayer running there? --relayer names another")
  }
}

export const askStatus = (base: string) => ask(`${base}/v1/status`)

/** Hands in a submission file; with `wait`, answers when it is final or refused. */
export async function submitFile(base: string, file: string, wait: boolean): Promise<Answer> {
  const body = new TextDecoder().decode(readDocument(file, MAX_SUBMISSION_BYTES, "a submission"))
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

/** Says an answer on standard output; a refusal is told as one. Answers the exit code. */
export function report({ status, body }: Answer, { terminal, json }: Context): Outcome {
  const error = body.error as { readonly code: string; readonly message: string } | undefined
  if (json) terminal.print(jsonLine(body))
  else if (error === undefined) terminal.print(describeAnswer(body))
  if (error !== undefined && !json)
    throw new CommandError(
      `the relayer refuses: ${error.message} (${error.code})`,
      "the code says what it objects to; see docs/operating.md",
    )
  return { exit: error === undefined && status < 300 && body.state !== "refused" ? EXIT.done : EXIT.failed }
}
