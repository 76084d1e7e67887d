import { keccak_256 } from "@noble/hashes/sha3.js"
import {
  bytesToBigInt,
  type DeviceKey,
  deviceIdOf,
  FIELD_ORDER,
  fromHex,
  type Hex,
  parseDocument,
  Rejection,
  type SignatureCheck,
  type Submission,
  submission,
  submissionMessage,
  toHex,
} from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import type { Rpc } from "../chain/endpoints.ts"
import { readDevice, readRoots } from "../chain/registry.ts"
import { GroupCommit, QueueFull } from "../store/group-commit.ts"
import { acceptAll, addDevice, type CheckedSubmission, type Outcome, packRoots } from "../store/intake-store.ts"
import type { Db } from "../store/open.ts"
import { deviceById } from "../store/reads.ts"
import { RateLimit, RecentMap } from "./limits.ts"
import { type PromiseSigner, promiseTypedData, type SignedPromise } from "./promise.ts"
import { Refusal } from "./refusal.ts"

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
const MAX_CACHED_DEVICES = 20_000
const MAX_LOOKUPS = 64
const RETRY_SECONDS = 5

type Item = { readonly parsed: Submission; readonly digest: Hex; readonly device: Hex; readonly document: Uint8Array }

export function createIntake(setup: IntakeSetup): Intake {
  const { db, rpc, registry, chainId, promiser, limits } = setup
  const domain = { chainId, registry }
  const promiserAddress = promiser.address.toLowerCase() as Hex
  const checks = new RecentMap<Hex, SignatureCheck>(MAX_CACHED_DEVICES)
  const rates = new RateLimit(limits.perDevicePerSecond, limits.perDeviceBurst)
  const commits = new GroupCommit<CheckedSubmission, Outcome>((items) => acceptAll(db, items), MAX_BATCH, MAX_WAITING)
  let lookups = 0
  let isStopping = false

  function parse(bytes: Uint8Array): Item {
    const parsed = parseDocument(bytes, submission, MAX_SUBMISSION_BYTES)
    if (parsed.chainId !== chainId || parsed.registry !== registry)
      throw new Refusal("WRONG_REGISTRY", `this relayer anchors in registry ${registry} of chain ${chainId}`, domain)
    const wide = parsed.roots.findIndex((root) => bytesToBigInt(fromHex(root)) >= FIELD_ORDER)
    if (wide >= 0) throw new Refusal("DOCUMENT_REJECTED", `$.roots[${wide}]: not below the BN254 scalar field's order`)
    return { parsed, digest: toHex(keccak_256(bytes)), device: deviceIdOf(parsed.device), document: bytes }
  }

  /** The check of an enrolled device's signatures; asks the chain the first time. */
  async function checkOf(id: Hex, key: DeviceKey): Promise<SignatureCheck> {
    const cached = checks.get(id)
    if (cached) return cached
    if (!(await deviceById(db, id))) await meet(id, key)
    const check = nodeSignatures(key)
    checks.set(id, check)
    return check
  }

  /** Remembers a device that a final block has enrolled: an enrolment that a reorganisation can undo promises nothing. */
  async function meet(id: Hex, key: DeviceKey): Promise<void> {
    if (lookups >= MAX_LOOKUPS)
      throw new Refusal("CHAIN_UNAVAILABLE", "too many unknown devices at once", {}, RETRY_SECONDS)
    lookups++
    try {
      const final = await onChain(() => readDevice(rpc, registry, id, "finalized"))
      if (final.state === "unknown") {
        const latest = await onChain(() => readDevice(rpc, registry, id, "latest"))
        if (latest.state === "unknown")
          throw new Refusal("ENROLMENT_MISSING", `device ${id} is not enrolled in the registry`)
        throw new Refusal("NOT_FINAL", `the enrolment of device ${id} is not in a final block yet`, {}, RETRY_SECONDS)
      }
      if (final.state === "withdrawn")
        throw new Refusal("DEVICE_WITHDRAWN", `the voucher withdrew its word for device ${id}`)
      const { operator, voucher, nextRun } = final
      await addDevice(db, { id, ...key, operator, voucher, finalRun: nextRun, lastRun: final.lastRun })
    } finally {
      lookups--
    }
  }

  async function promise(content: Hex, nowMs: number): Promise<SignedPromise> {
    const deadline = Math.floor(nowMs / 1000) + limits.promiseSeconds
    const signature = await promiser.signTypedData(promiseTypedData(domain, { content, deadline }))
    return { content, deadline, signer: promiserAddress, signature }
  }

  async function check(item: Item, nowMs: number): Promise<void> {
    const { parsed, device } = item
    const holds = await checkOf(device, parsed.device)
    const message = submissionMessage(domain, device, parsed.firstRun, parsed.roots)
    if (!holds(fromHex(parsed.signature), message))
      throw new Refusal("SIGNATURE_INVALID", `device ${device} did not sign this submission`)
    const waitSeconds = rates.take(device, nowMs)
    if (waitSeconds > 0) throw new Refusal("RATE_LIMITED", `device ${device} submits too often`, {}, waitSeconds)
    if (parsed.firstRun + BigInt(parsed.roots.length) > Number.MAX_SAFE_INTEGER)
      throw new Refusal("RUN_GAP", `no device has anchored ${parsed.firstRun} runs`)
  }

  async function store(item: CheckedSubmission): Promise<Outcome> {
    const outcome = await commits.add(item)
    if (outcome.kind !== "compare") return outcome
    const chainRoots = new Map<number, Hex>()
    for (let from = outcome.from; from < item.row.end_run; ) {
      const roots = await onChain(() => readRoots({ rpc, registry }, item.row.device, from))
      if (roots.length === 0) break
      for (const root of roots) chainRoots.set(from++, root)
    }
    return commits.add({ ...item, chainRoots })
  }

  return {
    async submit(bytes) {
      if (isStopping) throw new Refusal("STOPPING", "the relayer is stopping", {}, RETRY_SECONDS)
      const nowMs = Date.now()
      const item = rejecting(() => parse(bytes))
      await rejectingAsync(() => check(item, nowMs))
      if (setup.backlog() >= limits.backlog)
        throw new Refusal("BACKLOG_FULL", `${limits.backlog} submissions wait for the chain`, {}, 30)
      const signed = await promise(item.digest, nowMs)
      const outcome = await storing(() => store(rowOf(item, signed, nowMs)))
      if (outcome.kind === "accepted") setup.accepted(1)
      return answerTo(item, outcome, signed)
    },
    stop() {
      isStopping = true
      return commits.drained()
    },
  }
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

function answerTo({ digest, device }: Item, outcome: Outcome, promise: SignedPromise): IntakeAnswer {
  if (outcome.kind === "accepted") return { digest, device, isNew: true, promise }
  if (outcome.kind === "covered") return { digest, device, isNew: false, promise: null }
  if (outcome.kind !== "known") throw refusalFor({ digest, device }, outcome)
  const { deadline, promise: signature } = outcome.stored
  return { digest, device, isNew: false, promise: { ...promise, deadline, signature: toHex(signature) } }
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
    case "ended": {
      const code = outcome.reason === "retired" ? "DEVICE_RETIRED" : "DEVICE_WITHDRAWN"
      return new Refusal(code, `device ${device} is ${outcome.reason}`, past)
    }
    case "compare":
      return new Refusal("CHAIN_UNAVAILABLE", "the chain's roots changed while they were read", {}, RETRY_SECONDS)
  }
}

function rejecting<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw refusalOf(error)
  }
}

async function rejectingAsync<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw refusalOf(error)
  }
}

function refusalOf(error: unknown): unknown {
  return error instanceof Rejection ? new Refusal("DOCUMENT_REJECTED", error.message, { reason: error.code }) : error
}

async function onChain<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw new Refusal("CHAIN_UNAVAILABLE", `the chain cannot be read: ${(error as Error).message}`, {}, RETRY_SECONDS)
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
