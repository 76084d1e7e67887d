import { type Context, type Hex, type Outcome, UsageError } from "@wattest/command"
import { postSubmission } from "../relay/client.ts"
import { encodeSubmission, signSubmission } from "../run/submission.ts"
import { withDevice } from "./home.ts"

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
  const submission = await withDevice(home, context, (device) => signSubmission(device, target, firstRun, Date.now()))
  if (submission === null)
    throw new UsageError(
      `no run from ${firstRun} on was closed in a minute that is over`,
      "wait for the minute's end, close a run first, or give a lower --first-run",
    )
  const text =
    relayer === undefined
      ? new TextDecoder().decode(encodeSubmission(submission))
      : await postSubmission(relayer, submission)
  context.terminal.print(`${text}\n`)
  return { next: relayer === undefined ? "relay submit FILE" : "prove certificate" }
}
