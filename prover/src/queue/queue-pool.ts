import { createHash } from "node:crypto"
import {
  type BoundInput,
  boundPublic,
  type FoldInput,
  foldPublic,
  type Groth16Proof,
  groth16Proof,
  type JoinInput,
  joinPublic,
  type OpenInput,
  openPublic,
  type VerificationKey,
} from "@wattest/protocol"
import { checkProofs } from "@wattest/verifier"
import { type Circuit, readVerificationKey } from "../proving/key-folder.ts"
import type { Assignment, ProverPool } from "../proving/prover-pool.ts"
import { Refusal } from "../refusal.ts"
import { type Board, type Ended, unreachable } from "./board.ts"
import { seal } from "./sealed.ts"

export type QueuePoolSettings = {
  readonly board: Board
  /** Folder of keys: a proof counts once it verifies under them. */
  readonly folder: string
  /** Keys of the workers, as `age1…`: each can read every input. */
  readonly recipients: readonly string[]
  /** Told of each proof that did not verify. */
  readonly onFalse?: (circuit: Circuit) => void
}

/** Proofs that lie in the queue at once: enough for hundreds of workers, and a bound of what a stolen queue holds. */
const POSTED = 512
const POLL_MS = 500
/** False answers to one proof before the launcher gives up on the workers. */
const MAX_FALSE = 5

type Waiting = {
  readonly circuit: Circuit
  readonly input: Assignment
  readonly resolve: (proof: Groth16Proof) => void
  readonly reject: (error: Error) => void
  falseAnswers: number
}

/** Public signals of an assignment: it was made here, by the circuit's own planner. */
function publicOf(circuit: Circuit, input: Assignment): bigint[] {
  switch (circuit) {
    case "fold":
      return foldPublic(input as FoldInput)
    case "open":
      return openPublic(input as OpenInput)
    case "join":
      return joinPublic((input as JoinInput).parts, (input as JoinInput).sum)
    case "bound":
      return boundPublic(input as BoundInput)
  }
}

/** The same proof has the same id for every launcher; blinds in the input keep it from telling what it is of. */
function idOf(circuit: Circuit, input: Assignment): string {
  const text = JSON.stringify([circuit, input], (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value))
  const hex = createHash("sha256").update(text).digest("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/**
 * Proofs made by workers on any number of machines. What a worker answers counts once it verifies for this very input;
 * a false answer is put up again. Proofs that a launcher left behind are found by the next one.
 */
export function createQueuePool({ board, folder, recipients, onFalse }: QueuePoolSettings): ProverPool {
  if (recipients.length === 0) throw new Refusal("INPUT_INVALID", "no worker's key is named", "name each with --worker")
  const posted = new Map<string, Waiting>()
  const queue: [string, Waiting][] = []
  const keys = new Map<Circuit, Promise<VerificationKey>>()
  let isClosed = false
  let isPolling = false

  const keyOf = (circuit: Circuit) => {
    const key = keys.get(circuit) ?? readVerificationKey(folder, circuit)
    keys.set(circuit, key)
    return key
  }

  async function post(id: string, { circuit, input }: Waiting): Promise<void> {
    await board.post(id, await seal(circuit, input, recipients))
  }

  /** The proof, if it verifies. */
  async function verified({ circuit, input }: Waiting, output: unknown): Promise<Groth16Proof | null> {
    const key = await keyOf(circuit)
    try {
      const answer = (output as { readonly proof?: unknown } | null)?.proof
      const proof = groth16Proof(answer as Parameters<typeof groth16Proof>[0], "proof")
      checkProofs([{ key, publicSignals: publicOf(circuit, input), proof, label: circuit }])
      return proof
    } catch {
      return null
    }
  }

  async function settle({ id, state, output }: Ended, waiting: Waiting): Promise<void> {
    const proof = state === "completed" ? await verified(waiting, output) : null
    if (proof !== null) waiting.resolve(proof)
    else if (state === "failed" || ++waiting.falseAnswers >= MAX_FALSE) {
      const detail = `${waiting.circuit}: ${state === "failed" ? "every worker that tried it failed" : "workers gave false proofs"}`
      waiting.reject(new Refusal("PROOF_IMPOSSIBLE", detail, "look at the workers' logs, and at their --keys"))
    } else onFalse?.(waiting.circuit)
    await board.remove([id])
    if (proof === null && state === "completed" && waiting.falseAnswers < MAX_FALSE) await post(id, waiting)
    else posted.delete(id)
  }

  async function turn(): Promise<void> {
    while (posted.size < POSTED && queue.length > 0) {
      const [id, waiting] = queue.shift() as [string, Waiting]
      posted.set(id, waiting)
      await post(id, waiting)
    }
    const { ended, gone } = await board.look([...posted.keys()])
    for (const answer of ended) {
      const waiting = posted.get(answer.id)
      if (waiting !== undefined) await settle(answer, waiting)
    }
    // Another launcher of the same job has taken its answer down
    for (const id of gone) {
      const waiting = posted.get(id)
      if (waiting !== undefined) await post(id, waiting)
    }
  }

  function fail(error: Error): void {
    for (const { reject } of [...posted.values(), ...queue.splice(0).map(([, waiting]) => waiting)]) reject(error)
    posted.clear()
  }

  async function poll(): Promise<void> {
    if (isPolling) return
    isPolling = true
    try {
      while (!isClosed && posted.size + queue.length > 0) {
        await turn()
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    } finally {
      isPolling = false
    }
  }

  return {
    prove: (circuit, input) =>
      new Promise((resolve, reject) => {
        queue.push([idOf(circuit, input), { circuit, input, resolve, reject, falseAnswers: 0 }])
        poll().catch((error: Error) => fail(error instanceof Refusal ? error : unreachable(error)))
      }),
    width: POSTED,
    peakBytes: () => 0,
    close: () => {
      isClosed = true
      fail(new Error("the prover was closed"))
    },
  }
}
