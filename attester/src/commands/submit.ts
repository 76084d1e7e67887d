import {
  CommandError,
  type Context,
  type Hex,
  networkReason,
  type Outcome,
  Unreachable,
  UsageError,
} from "@wattest/command"
import { type Submission, visible } from "@wattest/protocol"
import { encodeSubmission, signSubmission } from "../run/submission.ts"
import { withDevice } from "./home.ts"

const TIMEOUT_MS = 30_000
const MAX_SAID = 300

/**
 * Hands a submission to a relayer. Resolves with its answer once it has promised to anchor it. Throws Unreachable where
 * it did not answer or could not, in which case nothing is lost, and a CommandError where it refuses.
 */
export async function postSubmission(relayer: string, submission: Submission): Promise<string> {
  const url = new URL("v1/submissions", relayer.endsWith("/") ? relayer : `${relayer}/`)
  const again = "nothing is lost: the same command tries again"
  let response: Response
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new TextDecoder().decode(encodeSubmission(submission)),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (error) {
    throw new Unreachable(`${url.origin} does not answer: ${networkReason(error) ?? "the request failed"}`, again)
  }
  const answer = await response.text()
  if (response.ok) return answer
  const said = `${url.origin} answers ${response.status}: ${visible(answer.slice(0, MAX_SAID))}`
  if (response.status === 429 || response.status >= 500) throw new Unreachable(said, again)
  throw new CommandError(said, "the code says what the relayer objects to; see docs/operating.md")
}

type SubmitOptions = {
  readonly home: string
  readonly chain: number
  readonly registry: Hex
  readonly "first-run": bigint
  readonly relayer: string | undefined
}

export async function submit(options: SubmitOptions, context: Context): Promise<Outcome> {
  const { home, chain, registry, "first-run": firstRun, relayer } = options
  const target = { chainId: chain, registry }
  const submission = await withDevice(home, context, (device) => signSubmission(device, target, firstRun))
  if (submission === null)
    throw new UsageError(`no closed run from ${firstRun} on`, "close a run first, or give a lower --first-run")
  const text =
    relayer === undefined
      ? new TextDecoder().decode(encodeSubmission(submission))
      : await postSubmission(relayer, submission)
  context.terminal.print(`${text}\n`)
  return { next: relayer === undefined ? "relay submit FILE" : "prove certificate" }
}
