import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"

export type Group = "G1" | "G2"
/** Bytes of an affine point: coordinates in Montgomery form, little-endian, as .zkey files hold them. Infinity is all zeros. */
export const POINT_BYTES = { G1: 64, G2: 128 } as const

export type Job = { readonly group: Group; readonly scalars: Uint8Array }

const WORKER = fileURLToPath(new URL("points-worker.ts", import.meta.url))
const CHUNK = 8192
const SCALAR_BYTES = 32

/**
 * Multiplies the group's generator by each scalar, in `workers` processes (the WebAssembly of one process uses one core).
 * `jobs` and results are in the same order.
 * @param progress told after each chunk how many points of how many are done
 */
export async function multiplyGenerators(
  jobs: readonly { group: Group; scalars: readonly bigint[] }[],
  workers: number,
  progress: (done: number, total: number) => void,
): Promise<Uint8Array[]> {
  const total = jobs.reduce((sum, { scalars }) => sum + scalars.length, 0)
  let done = 0
  const chunks = jobs.flatMap(({ group, scalars }, job) =>
    Array.from({ length: Math.ceil(scalars.length / CHUNK) }, (_, i) => ({
      job,
      at: i * CHUNK * POINT_BYTES[group],
      group,
      scalars: encodeScalars(scalars.slice(i * CHUNK, (i + 1) * CHUNK)),
    })),
  )
  const results = jobs.map(({ group, scalars }) => new Uint8Array(scalars.length * POINT_BYTES[group]))
  const next = () => chunks.shift()
  const work = async () => {
    const worker = startWorker()
    try {
      for (let chunk = next(); chunk !== undefined; chunk = next()) {
        results[chunk.job]?.set(await worker.multiply(chunk), chunk.at)
        done += chunk.scalars.length / SCALAR_BYTES
        progress(done, total)
      }
    } finally {
      worker.stop()
    }
  }
  await Promise.all(Array.from({ length: Math.min(workers, chunks.length) }, work))
  return results
}

function startWorker() {
  const child = fork(WORKER, { serialization: "advanced" })
  const multiply = (job: Job) =>
    new Promise<Uint8Array>((resolve, reject) => {
      const fail = (code: number | null) => reject(new Error(`a worker for point multiplication ended with ${code}`))
      child.once("exit", fail)
      child.once("message", (points: Uint8Array) => {
        child.off("exit", fail)
        resolve(points)
      })
      child.send({ group: job.group, scalars: job.scalars })
    })
  return { multiply, stop: () => child.kill() }
}

function encodeScalars(scalars: readonly bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(SCALAR_BYTES * scalars.length))
  scalars.forEach((scalar, i) => {
    for (let word = 0; word < 4; word++)
      view.setBigUint64(32 * i + 8 * word, BigInt.asUintN(64, scalar >> BigInt(64 * word)), true)
  })
  return new Uint8Array(view.buffer)
}
