import { parseArgs } from "node:util"
import type { Submission } from "@wattest/protocol"
import { encodeSubmission, signSubmission } from "../run/submission.ts"
import { homeOf, parseTarget, UsageError, withDevice } from "./home.ts"

/** The relayer did not take a submission. Exit 3: nothing is lost, and the same command tries again. */
export class RelayerError extends Error {
  override readonly name = "RelayerError"
}

const TIMEOUT_MS = 30_000

/** Hands a submission to a relayer. Resolves with its answer once it has promised to anchor it. */
export async function postSubmission(relayer: string, submission: Submission): Promise<string> {
  const url = new URL("v1/submissions", relayer.endsWith("/") ? relayer : `${relayer}/`)
  let response: Response
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new TextDecoder().decode(encodeSubmission(submission)),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (error) {
    throw new RelayerError(`${url} does not answer: ${(error as Error).message}`)
  }
  const answer = await response.text()
  if (!response.ok) throw new RelayerError(`${url} answers ${response.status}: ${answer.slice(0, 500)}`)
  return answer
}

export async function submit(args: string[]): Promise<void> {
  const options = {
    home: { type: "string" },
    "chain-id": { type: "string" },
    registry: { type: "string" },
    "first-run": { type: "string", default: "0" },
    relayer: { type: "string" },
  } as const
  const { values } = parseArgs({ args, options })
  const target = parseTarget(values)
  const { relayer } = values
  if (!/^[0-9]{1,15}$/.test(values["first-run"])) throw new UsageError("--first-run must be a run's number", "use 0")
  const firstRun = BigInt(values["first-run"])
  const submission = await withDevice(homeOf(values.home), (device) => signSubmission(device, target, firstRun))
  if (submission === null)
    throw new UsageError(`no closed run from ${firstRun} on`, "close a run first, or give a lower --first-run")
  const text =
    relayer === undefined
      ? new TextDecoder().decode(encodeSubmission(submission))
      : await postSubmission(relayer, submission)
  process.stdout.write(`${text}\n`)
}
