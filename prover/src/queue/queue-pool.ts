import { createHash } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import type { Groth16Proof } from "@wattest/protocol"
import { createProofCheck } from "../proving/checked.ts"
import type { Circuit } from "../proving/key-folder.ts"
import { type Assignment, type ProverPool, wasClosed } from "../proving/prover-pool.ts"
import { Refusal } from "../refusal.ts"
import { type Board, unreachable } from "./board.ts"
import { assertRecipients, seal } from "./sealed.ts"

export type QueuePoolSettings = {
  readonly board: Board
  /** Folder of keys: a proof counts once it verifies under them. */
  readonly folder: string
  /** Keys of the workers, as `age1…`: each can read every input. */
  readonly recipients: readonly string[]
  /** Makes what the workers do not bring. */
  readonly own: ProverPool
  /** How long a database may fail before the proofs are refused; ten minutes by default. */
  readonly patienceMs?: number
  /** How long a proof may lie in the queue unmade before it is put up anew; 90 minutes by default. */
  readonly restMs?: number
  /** How long nothing comes back before it is said; a minute by default. */
  readonly silenceMs?: number
  /** Told, as a sentence, what goes wrong and is mended: false proofs, a database that fails, workers that are not there. */
  readonly onTrouble?: (what: string) => void
}

/** Proofs that lie in the queue at once: enough for hundreds of workers, and a bound of what a stolen queue holds. */
const POSTED = 512
const POLL_MS = 500
const MAX_POLL_MS = 30_000
const PATIENCE_MS = 600_000
/** Longer than the queue itself lets a worker hold a proof. */
const REST_MS = 5_400_000
const SILENCE_MS = 60_000
/** How often a proof is put up before the launcher makes it itself. */
const MAX_POSTS = 5

type Waiting = {
  readonly circuit: Circuit
  readonly input: Assignment
  readonly resolve: (proof: Groth16Proof) => void
  readonly reject: (error: Error) => void
  posts: number
  /** When it was put up last, by performance.now(). */
  postedAt: number
}

/** The same proof has the same id for every launcher; blinds in the input keep it from telling what it is of. */
function idOf(circuit: Circuit, input: Assignment): string {
  const text = JSON.stringify([circuit, input], (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value))
  const hex = createHash("sha256").update(text).digest("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/**
 * Proofs made by workers on any number of machines. What a worker answers counts once it verifies for this very input;
 * what comes to nothing is put up again, and at last made here, so that nobody who can write into the database can do more
 * than delay. Proofs that a launcher left behind are found by the next one.
 */
export function createQueuePool(settings: QueuePoolSettings): ProverPool {
  const {
    board,
    folder,
    recipients,
    own,
    patienceMs = PATIENCE_MS,
    restMs = REST_MS,
    silenceMs = SILENCE_MS,
    onTrouble,
  } = settings
  assertRecipients(recipients)
  const check = createProofCheck(folder)
  const asked = new Map<string, Promise<Groth16Proof>>()
  const posted = new Map<string, Waiting>()
  const queue: [string, Waiting][] = []
  const closing = new AbortController()
  let [isPolling, heardAt, waitMs] = [false, 0, POLL_MS]
  /** Proofs that somebody was at when the queue was last looked at. */
  let active = 0
  /** When a database that fails began to. */
  let failingSince: number | null = null

  function makeHere(id: string, { circuit, input, resolve, reject }: Waiting): void {
    onTrouble?.(`${circuit}: the workers bring no proof of it; it is made here`)
    posted.delete(id)
    own.prove(circuit, input).then(resolve, reject)
  }

  async function post(id: string, waiting: Waiting): Promise<void> {
    if (waiting.posts === MAX_POSTS) return makeHere(id, waiting)
    await board.post(id, await seal(waiting.circuit, waiting.input, recipients))
    waiting.posts++
    waiting.postedAt = performance.now()
  }

  async function settle(id: string, waiting: Waiting, output: unknown): Promise<void> {
    const answer = (output as { readonly proof?: unknown } | null)?.proof
    const proof = await check(waiting.circuit, waiting.input, answer)
    if (proof !== null) waiting.resolve(proof)
    await board.remove([id])
    // False, failed, or no answer: what the database says of it is believed in nothing
    if (proof === null) await post(id, waiting)
    else posted.delete(id)
  }

  /** Whoever can write into the database can have a proof look as if somebody were at it for ever. */
  const hasRested = ({ posts, postedAt }: Waiting): boolean => posts > 0 && performance.now() - postedAt > restMs

  /** Puts up what there is room for and looks what came of the rest. Whatever it leaves half done the next one does again. */
  async function turn(): Promise<void> {
    for (const [id, waiting] of queue.splice(0, POSTED - posted.size)) posted.set(id, waiting)
    const { ended, gone, ...rest } = await board.look([...posted.keys()])
    active = rest.active
    for (const { id, output } of ended) {
      const waiting = posted.get(id)
      if (waiting === undefined) continue
      heardAt = performance.now()
      await settle(id, waiting, output)
    }
    // Not yet there; or somebody took it down, such as another launcher of the same job
    for (const id of gone) {
      const waiting = posted.get(id)
      if (waiting !== undefined) await post(id, waiting)
    }
    for (const [id, waiting] of posted) if (hasRested(waiting)) await settle(id, waiting, null)
  }

  function fail(error: Error): void {
    for (const { reject } of [...posted.values(), ...queue.splice(0).map(([, waiting]) => waiting)]) reject(error)
    posted.clear()
  }

  function sayIfSilent(): void {
    if (performance.now() - heardAt < silenceMs) return
    heardAt = performance.now()
    const silence = `no proof came back for ${Math.round(silenceMs / 1000)} seconds`
    onTrouble?.(
      active > 0
        ? `${silence}: workers are at ${active}, ${posted.size - active} wait`
        : `${silence}, ${posted.size} wait: is a worker running, with the same keys?`,
    )
  }

  /** A turn, and how long to wait for the next. A database that fails is asked ever less often, and the proofs are kept. */
  async function attempt(): Promise<number> {
    try {
      await turn()
      if (failingSince !== null) onTrouble?.("the queue's database answers again")
      failingSince = null
      waitMs = POLL_MS
      sayIfSilent()
    } catch (error) {
      if (error instanceof Refusal) throw error
      const refusal = unreachable(error as Error)
      if (failingSince === null) onTrouble?.(`${refusal.message}; it is tried again`)
      failingSince ??= performance.now()
      if (performance.now() - failingSince > patienceMs) throw refusal
      waitMs = Math.min(2 * waitMs, MAX_POLL_MS)
    }
    return waitMs
  }

  /** Turns until nothing waits. Whoever asks meanwhile is served by the one that is at it. */
  async function poll(): Promise<void> {
    if (isPolling) return
    isPolling = true
    heardAt = performance.now()
    failingSince = null
    try {
      while (!closing.signal.aborted && posted.size + queue.length > 0) {
        const pauseMs = await attempt()
        await sleep(pauseMs, null, { signal: closing.signal }).catch(() => {})
      }
    } finally {
      isPolling = false
    }
  }

  function ask(id: string, circuit: Circuit, input: Assignment): Promise<Groth16Proof> {
    const proof = new Promise<Groth16Proof>((resolve, reject) => {
      queue.push([id, { circuit, input, resolve, reject, posts: 0, postedAt: 0 }])
    })
    asked.set(id, proof)
    const forget = () => asked.delete(id)
    proof.then(forget, forget)
    poll().catch(fail)
    return proof
  }

  return {
    prove: async (circuit, input) => {
      if (closing.signal.aborted) throw wasClosed()
      const id = idOf(circuit, input)
      return asked.get(id) ?? ask(id, circuit, input)
    },
    width: POSTED,
    peakBytes: own.peakBytes,
    close: () => {
      closing.abort()
      own.close()
      fail(wasClosed())
    },
  }
}
