import {
  bytesWithin,
  CommandError,
  fieldsWithin,
  networkReason,
  refusedBy,
  textWithin,
  Unreachable,
} from "@wattest/command"
import {
  type AnchorReceipt,
  anchorReceipt,
  type Hex,
  parseDocument,
  type RunContext,
  type Submission,
  shape,
  toJson,
} from "@wattest/protocol"
import { encodeSubmission } from "../run/submission.ts"

const POST_TIMEOUT_MS = 30_000
const GET_TIMEOUT_MS = 10_000
const MAX_RECEIPT_BYTES = 4 * 1024 * 1024
/** Of any other answer. */
const MAX_ANSWER_BYTES = 1024 * 1024

const beaconShape = shape.object({ number: shape.unsigned(64), hash: shape.hex(32) })
const secondsShape = shape.integer(0, 2 ** 40)

const placeOf = (relayer: string, path: string) => new URL(path, relayer.endsWith("/") ? relayer : `${relayer}/`)

const get = (relayer: string, path: string) =>
  fetch(placeOf(relayer, path), { signal: AbortSignal.timeout(GET_TIMEOUT_MS) })

/**
 * Hands a submission to a relayer. Resolves with its answer once it has promised to anchor it. Throws Unreachable where
 * it did not answer or could not, in which case nothing is lost, and a CommandError where it refuses.
 */
export async function postSubmission(relayer: string, submission: Submission): Promise<string> {
  const url = placeOf(relayer, "v1/submissions")
  const again = "nothing is lost: the same command tries again"
  let response: Response
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new TextDecoder().decode(encodeSubmission(submission)),
      signal: AbortSignal.timeout(POST_TIMEOUT_MS),
    })
  } catch (error) {
    throw new Unreachable(`${url.origin} does not answer: ${networkReason(error) ?? "the request failed"}`, again)
  }
  const answer = await textWithin(response, MAX_ANSWER_BYTES)
  if (response.ok) return answer
  const said = refusedBy(url.origin, response.status, answer)
  if (response.status === 429 || response.status >= 500) throw new Unreachable(said, again)
  throw new CommandError(said, "the code says what the relayer objects to; see docs/operating.md")
}

/** The number after the last run that the chain has, or that the relayer has taken; 0 for a device it does not know. */
export async function fetchKnownRuns(relayer: string, device: Hex): Promise<bigint> {
  const response = await get(relayer, `v1/devices/${device}`)
  if (!response.ok) return 0n
  const { nextRun, expectedRun } = await fieldsWithin(response, MAX_ANSWER_BYTES)
  const [onChain = 0n, taken = 0n] = [nextRun, expectedRun].map((text) => shape.unsigned(64)(String(text), "device"))
  if (onChain > taken) return onChain
  return taken
}

/** A recent block of the chain, which a run that names it cannot be older than. */
export type KnownBeacon = {
  readonly value: NonNullable<RunContext["beacon"]>
  /** Its time, Unix seconds. */
  readonly seconds: number
  /** What the relayer's own clock says, ms; 0 where it does not. */
  readonly relayerMs: number
}

export async function fetchBeacon(relayer: string): Promise<KnownBeacon> {
  const response = await get(relayer, "v1/beacon")
  if (!response.ok) throw new Error(`no beacon: ${response.status}`)
  const body = await fieldsWithin(response, MAX_ANSWER_BYTES)
  const value = beaconShape(toJson({ number: String(body.number), hash: body.hash }), "beacon")
  const relayerMs = Date.parse(response.headers.get("date") ?? "") || 0
  return { value, seconds: secondsShape(toJson(body.timestamp), "beacon.timestamp"), relayerMs }
}

/** A run's receipt, parsed and as it came; null while the anchor is not final. */
export async function fetchReceipt(
  relayer: string,
  device: Hex,
  run: bigint,
): Promise<{ readonly receipt: AnchorReceipt; readonly bytes: Uint8Array } | null> {
  const response = await get(relayer, `v1/receipts/${device}/${run}`)
  if (response.status !== 200) return null
  const bytes = await bytesWithin(response, MAX_RECEIPT_BYTES)
  if (bytes === null)
    throw new Unreachable(
      `the receipt of run ${run} has more than ${MAX_RECEIPT_BYTES} bytes`,
      "ask whoever runs the relayer",
    )
  return { receipt: parseDocument(bytes, anchorReceipt, MAX_RECEIPT_BYTES), bytes }
}
