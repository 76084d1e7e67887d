import { type ChildProcess, fork } from "node:child_process"
import { availableParallelism } from "node:os"
import type { Groth16Proof } from "@wattest/protocol"
import type * as snarkjs from "snarkjs"
import { Refusal } from "../refusal.ts"
import { type Circuit, proofOf } from "./key-folder.ts"
import { findRapidsnark } from "./rapidsnark.ts"

/** A circuit's private assignment, by signal. */
export type Assignment = { readonly [signal: string]: unknown }

export type Task = { readonly id: number; readonly circuit: Circuit; readonly input: Assignment }
export type Answer = { readonly id: number } & ({ readonly proof: snarkjs.Groth16Proof } | { readonly error: string })

type Waiting = {
  readonly task: Task
  readonly resolve: (proof: Groth16Proof) => void
  readonly reject: (error: Error) => void
}

/** Processes that hold the proving keys. Each proves one thing at a time; what is asked beyond that waits in order. */
export type ProverPool = {
  /** Throws PROOF_IMPOSSIBLE where the circuit has no witness for the assignment. */
  readonly prove: (circuit: Circuit, input: Assignment) => Promise<Groth16Proof>
  /** Proofs worth asking for at once, where it is more than a machine's. */
  readonly width?: number
  /** The sum of the largest resident sizes that the processes had, in bytes. */
  readonly peakBytes: () => number
  /** Ends the processes. Proofs that were not finished are refused, and so is what is asked for afterwards. */
  readonly close: () => void
}

export type PoolSettings = {
  /** Folder of keys: see `keyFile`. */
  readonly folder: string
  /** How many proofs are made at once; the number of cores by default. */
  readonly processes?: number
  /** A path of its shared library or of its program. Null: never. By default what the PATH has of it. */
  readonly rapidsnark?: string | null
}

/** Why a proof is refused whose pool was closed. */
export const wasClosed = () => new Error("the prover was closed")

const PROGRAM = new URL(
  import.meta.url.endsWith(".ts") ? "./prover-process.ts" : "./prover-process.js",
  import.meta.url,
)

export function createProverPool({ folder, processes = availableParallelism(), rapidsnark }: PoolSettings): ProverPool {
  const program = rapidsnark === undefined ? findRapidsnark() : rapidsnark
  const busy = new Map<ChildProcess, Waiting | null>()
  const peaks = new Map<ChildProcess, number>()
  const queue: Waiting[] = []
  let [nextId, isClosed] = [0, false]

  function start(): ChildProcess {
    // With one process the cores share a proof; with several each core has its own.
    const child = fork(PROGRAM, [folder, processes === 1 ? "all" : "single", program ?? ""], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      // The structured clone carries integers beyond 2^53, which JSON does not.
      serialization: "advanced",
    })
    child.on("message", (answer: Answer & { readonly peakBytes: number }) => {
      peaks.set(child, answer.peakBytes)
      settle(busy.get(child) ?? null, answer)
      busy.set(child, null)
      next()
    })
    let said = ""
    child.stderr?.on("data", (text: Buffer) => {
      said = `${said}${text}`.slice(-2000)
    })
    child.on("exit", (code) => {
      const waiting = busy.get(child)
      busy.delete(child)
      waiting?.reject(new Error(`a prover process ended with code ${code}: ${said}`))
      if (queue.length > 0) next()
    })
    busy.set(child, null)
    return child
  }

  function next(): void {
    while (queue.length > 0) {
      const idle = [...busy].find(([, waiting]) => waiting === null)?.[0]
      const child = idle ?? (busy.size < processes ? start() : null)
      const waiting = child ? queue.shift() : undefined
      if (!child || !waiting) return
      busy.set(child, waiting)
      child.send(waiting.task)
    }
  }

  return {
    prove: (circuit, input) =>
      new Promise((resolve, reject) => {
        // A process that is started now would be ended by nobody
        if (isClosed) return reject(wasClosed())
        queue.push({ task: { id: nextId++, circuit, input }, resolve, reject })
        next()
      }),
    peakBytes: () => [...peaks.values()].reduce((sum, peak) => sum + peak, 0),
    close: () => {
      isClosed = true
      for (const { reject } of queue.splice(0)) reject(wasClosed())
      for (const child of busy.keys()) child.kill()
    },
  }
}

function settle(waiting: Waiting | null, answer: Answer): void {
  if (waiting === null) return
  if ("proof" in answer) waiting.resolve(proofOf(answer.proof))
  else {
    const detail = `${waiting.task.circuit}: ${answer.error}`
    waiting.reject(
      new Refusal("PROOF_IMPOSSIBLE", detail, "the runs do not satisfy the claim, or the keys are of other circuits"),
    )
  }
}
