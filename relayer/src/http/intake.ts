import { keccak_256 } from "@noble/hashes/sha3.js"
import type { Rpc } from "@wattest/chain"
import { type RegistryAt, readRoots } from "@wattest/chain"
import {
  bytesToBigInt,
  deviceIdOf,
  FIELD_ORDER,
  fromHex,
  type Hex,
  parseDocument,
  Rejection,
  type Submission,
  submission,
  submissionMessage,
  toHex,
} from "@wattest/protocol"
import { GroupCommit, QueueFull } from "../store/group-commit.ts"
import { acceptAll, type CheckedSubmission, type Outcome, packRoots } from "../store/intake-store.ts"
import type { Db } from "../store/open.ts"
import { createKnownDevices, type KnownDevices } from "./known-devices.ts"
import { RateLimit } from "./limits.ts"
import { type PromiseSigner, promiseSignerOf, promiseTypedData, type SignedPromise } from "./promise.ts"
import { onChain, RETRY_SECONDS, Refusal } from "./refusal.ts"

/** Longest body of a submission: 128 roots and their frame. */
export const MAX_SUBMISSION_BYTES = 16 * 1024

export type IntakeLimits = {
  /** Submissions a device may make: a second on average, and at once. */
  readonly perDevicePerSecond: number
  readonly perDeviceBurst: number
  /** Accepted submissions that may be on their way to finality. */
  readonly backlog: number
  /** Seconds within which an accepted submission is promised to be anchored. */
  readonly promiseSeconds: number
}

export type IntakeSetup = {
  readonly db: Db
  readonly rpc: Rpc
  readonly registry: Hex
  readonly chainId: number
  readonly promiser: PromiseSigner
  readonly limits: IntakeLimits
  /** Accepted and not yet settled, as last counted. */
  readonly backlog: () => number
  /** Called for what is newly accepted. */
  readonly accepted: (count: number) => void
}

/** `isNew`: this request made the relayer accept it. */
export type IntakeAnswer = {
  readonly digest: Hex
  readonly device: Hex
  readonly isNew: boolean
  readonly promise: SignedPromise | null
}

export type Intake = {
  /** Takes a document's bytes; when it resolves, the submission is durable. Throws a Refusal. */
  submit(bytes: Uint8Array): Promise<IntakeAnswer>
  /** Takes nothing more, and resolves when all that was taken is durable. */
  stop(): Promise<void>
}

const MAX_BATCH = 256
const MAX_WAITING = 4096

type Item = { readonly parsed: Submission; readonly digest: Hex; readonly device: Hex; readonly document: Uint8Array }
type Commits = GroupCommit<CheckedSubmission, Outcome>

export function createIntake(setup: IntakeSetup): Intake {
  const { db, rpc, registry, limits } = setup
  const devices = createKnownDevices(db, { rpc, registry })
  const rates = new RateLimit(limits.perDevicePerSecond, limits.perDeviceBurst)
  const commits: Commits = new GroupCommit((items) => acceptAll(db, items), MAX_BATCH, MAX_WAITING)
  let isStopping = false
  return {
    async submit(bytes) {
      if (isStopping) throw new Refusal("STOPPING", "the relayer is stopping", {}, RETRY_SECONDS)
      const nowMs = Date.now()
      const item = await readSigned(setup, devices, bytes)
      requireNear(item, nowMs)
      const waitSeconds = rates.take(item.device, nowMs)
      if (waitSeconds > 0) throw new Refusal("RATE_LIMITED", `device ${item.device} submits too often`, {}, waitSeconds)
      if (setup.backlog() >= limits.backlog)
        throw new Refusal("BACKLOG_FULL", `${limits.backlog} submissions wait for the chain`, {}, 30)
      const promise = await promiseFor(setup, item, nowMs)
      const outcome = await storing(() => store(commits, { rpc, registry }, rowOf(item, promise, nowMs)))
      if (outcome.kind === "accepted") setup.accepted(1)
      return answerTo(setup, item, outcome, promise)
    },
    stop() {
      isStopping = true
      return commits.drained()
    },
  }
}

/** A minute that is farther ahead waits with its device: here it would take another's place for so long. */
const MOST_AHEAD_SECONDS = 600

function requireNear({ device, parsed }: Item, nowMs: number): void {
  const ahead = parsed.through - Math.floor(nowMs / 1000)
  if (ahead <= MOST_AHEAD_SECONDS) return
  const message = `device ${device} tells a minute that is ${ahead} s ahead: check its clock`
  throw new Refusal("THROUGH_AHEAD", message, {}, ahead - MOST_AHEAD_SECONDS)
}

/** A document that an enrolled device signed. Throws a Refusal. */
async function readSigned(setup: IntakeSetup, devices: KnownDevices, bytes: Uint8Array): Promise<Item> {
  try {
    const item = parse(setup, bytes)
    await checkSignature(setup, devices, item)
    return item
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new Refusal("DOCUMENT_REJECTED", error.message, { reason: error.code })
  }
}

function parse({ chainId, registry }: IntakeSetup, bytes: Uint8Array): Item {
  const parsed = parseDocument(bytes, submission, MAX_SUBMISSION_BYTES)
  if (parsed.chainId !== chainId || parsed.registry !== registry) {
    const message = `this relayer anchors in registry ${registry} of chain ${chainId}`
    throw new Refusal("WRONG_REGISTRY", message, { chainId, registry })
  }
  const wide = parsed.roots.findIndex((root) => bytesToBigInt(fromHex(root)) >= FIELD_ORDER)
  if (wide >= 0) throw new Refusal("DOCUMENT_REJECTED", `$.roots[${wide}]: not below the BN254 scalar field's order`)
  return { parsed, digest: toHex(keccak_256(bytes)), device: deviceIdOf(parsed.device), document: bytes }
}

async function checkSignature(target: IntakeSetup, devices: KnownDevices, { parsed, device }: Item): Promise<void> {
  const holds = await devices.checkOf(device, parsed.device)
  const message = submissionMessage(target, device, parsed)
  if (!holds(fromHex(parsed.signature), message))
    throw new Refusal("SIGNATURE_INVALID", `device ${device} did not sign this submission`)
  if (parsed.firstRun + BigInt(parsed.roots.length) > Number.MAX_SAFE_INTEGER)
    throw new Refusal("RUN_GAP", `no device has anchored ${parsed.firstRun} runs`)
}

async function promiseFor(
  setup: IntakeSetup,
  { digest: content, parsed }: Item,
  nowMs: number,
): Promise<SignedPromise> {
  const { promiser, limits } = setup
  // No block takes it before the minute that it tells is over.
  const deadline = Math.floor(Math.max(nowMs / 1000, parsed.through) + limits.promiseSeconds)
  const signature = await promiser.signTypedData(promiseTypedData(setup, { content, deadline }))
  return { content, deadline, signer: promiser.address.toLowerCase() as Hex, signature }
}

/** Hands a submission to the store, with the chain's roots where the store must compare them. */
async function store(commits: Commits, at: RegistryAt, item: CheckedSubmission): Promise<Outcome> {
  const outcome = await commits.add(item)
  if (outcome.kind !== "compare") return outcome
  const chainRoots = new Map<number, Hex>()
  for (let from = outcome.from; from < item.row.end_run; ) {
    const roots = await onChain(() => readRoots(at, item.row.device, from))
    if (roots.length === 0) break
    for (const root of roots) chainRoots.set(from++, root)
  }
  return commits.add({ ...item, chainRoots })
}

function rowOf({ parsed, digest, device, document }: Item, promise: SignedPromise, nowMs: number): CheckedSubmission {
  const first = Number(parsed.firstRun)
  return {
    document,
    chainRoots: new Map(),
    row: {
      digest,
      device,
      first_run: first,
      end_run: first + parsed.roots.length,
      roots: packRoots(parsed.roots.map((root) => fromHex(root))),
      through: parsed.through,
      signature: fromHex(parsed.signature),
      accepted_ms: nowMs,
      deadline: promise.deadline,
      promise: fromHex(promise.signature),
      state: "queued",
      reason: null,
      sender: null,
      nonce: null,
    },
  }
}

async function answerTo(
  domain: IntakeSetup,
  { digest, device }: Item,
  outcome: Outcome,
  promise: SignedPromise,
): Promise<IntakeAnswer> {
  if (outcome.kind === "accepted") return { digest, device, isNew: true, promise }
  if (outcome.kind === "covered") return { digest, device, isNew: false, promise: null }
  if (outcome.kind !== "known") throw refusalFor({ digest, device }, outcome)
  const given = { ...promise, deadline: outcome.stored.deadline, signature: toHex(outcome.stored.promise) }
  // The key may have been another one when it was given.
  return { digest, device, isNew: false, promise: { ...given, signer: await promiseSignerOf(domain, given) } }
}

type Refused = Exclude<Outcome, { kind: "accepted" | "covered" | "known" }>

/** Why the store did not take it. One that had been accepted is told so: its old promise is void. */
function refusalFor({ digest, device }: Pick<Item, "digest" | "device">, outcome: Refused): Refusal {
  const { refused } = outcome
  const past = refused ? { state: "refused", reason: refused } : {}
  switch (outcome.kind) {
    case "gap": {
      const expected = String(outcome.expected)
      return new Refusal("RUN_GAP", `the next run of device ${device} is ${expected}`, { ...past, expected })
    }
    case "conflict": {
      const { run, heldRoot } = outcome
      const message = `run ${run} of device ${device} is held with another root: the device signed both, so it was rolled back; the evidence is kept`
      return new Refusal("ROOT_CONFLICT", message, { ...past, run: String(run), heldRoot, evidence: digest })
    }
    case "early": {
      const { through } = outcome
      const message = `device ${device} told its books up to ${through} before: a later submission tells no earlier minute`
      return new Refusal("THROUGH_TOO_EARLY", message, { ...past, through })
    }
    case "ended": {
      const code = outcome.reason === "retired" ? "DEVICE_RETIRED" : "DEVICE_WITHDRAWN"
      return new Refusal(code, `device ${device} is ${outcome.reason}`, past)
    }
    case "compare":
      return new Refusal("CHAIN_UNAVAILABLE", "the chain's roots changed while they were read", {}, RETRY_SECONDS)
  }
}

async function storing<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (error instanceof Refusal) throw error
    if (error instanceof QueueFull) throw new Refusal("BACKLOG_FULL", "too many submissions at once", {}, 1)
    throw new Refusal("STORE_UNAVAILABLE", `nothing was stored: ${(error as Error).message}`, {}, RETRY_SECONDS)
  }
}
