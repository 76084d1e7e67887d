import type { ProofCheck } from "../proving/checked.ts"
import type { ProverPool } from "../proving/prover-pool.ts"
import type { Board } from "./board.ts"
import { unseal } from "./sealed.ts"
import type { WorkerMetrics } from "./worker-metrics.ts"

export type WorkerSettings = {
  readonly board: Board
  readonly pool: ProverPool
  /** Judges each proof before it goes out: what a broken machine makes is a failed try, and no false answer. */
  readonly check: ProofCheck
  /** Proofs at once. */
  readonly slots: number
  /** `AGE-SECRET-KEY-1…` */
  readonly identity: string
  readonly metrics: WorkerMetrics
  readonly onStart?: () => void
  /** Told after each try. */
  readonly onEnd?: (ended: {
    readonly circuit: string
    readonly seconds: number
    readonly error: string | null
  }) => void
}

/** Takes proofs from the queue until the board stops. What it is given is believed to be nothing but an assignment. */
export async function startWorker({
  board,
  pool,
  check,
  slots,
  identity,
  metrics,
  ...told
}: WorkerSettings): Promise<void> {
  await board.work(slots, async (sealed) => {
    const startedAt = performance.now()
    let circuit = "unknown"
    metrics.inFlight.inc()
    told.onStart?.()
    try {
      const task = await unseal(sealed, identity)
      circuit = task.circuit
      const proof = await pool.prove(task.circuit, task.input)
      if ((await check(task.circuit, task.input, proof)) === null) throw new Error("what was made does not verify")
      const seconds = (performance.now() - startedAt) / 1000
      metrics.proofs.inc({ circuit })
      metrics.seconds.observe({ circuit }, seconds)
      told.onEnd?.({ circuit, seconds, error: null })
      return { proof }
    } catch (error) {
      metrics.failures.inc({ circuit })
      const said = (error as Error).message.split("\n")[0] ?? ""
      told.onEnd?.({ circuit, seconds: (performance.now() - startedAt) / 1000, error: said })
      // The queue's database learns that it failed, and no more
      throw new Error(`${circuit}: no proof`)
    } finally {
      metrics.inFlight.dec()
      metrics.lastEnd.setToCurrentTime()
    }
  })
}
