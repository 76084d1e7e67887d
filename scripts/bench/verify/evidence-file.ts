import { generateKeyPairSync } from "node:crypto"
import { once } from "node:events"
import { createWriteStream } from "node:fs"
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import {
  bytesToBigInt,
  createRunTree,
  type DeviceKey,
  EVIDENCE_TYPE,
  encodeEvidenceLine,
  type Registers,
  SCHEMES,
  toHex,
} from "@wattest/protocol"
import { BATCH_CAPTURES } from "../../../verifier/src/evidence/capture-batch.ts"
import type { MadeBatch, Order } from "./evidence-worker.ts"

const RUN = 7n

/** Batches that are made ahead of the one that is written, for each thread. */
const AHEAD = 2

export interface EvidenceFile {
  readonly device: DeviceKey
  readonly run: bigint
  readonly captures: number
  /** Of the last capture: the run's totals. */
  readonly registers: Registers
  readonly capturesRoot: bigint
}

/** The batches of a run in order, made on all cores: batch i by thread i modulo their number. */
async function* batchesOf(order: Order): AsyncGenerator<MadeBatch> {
  const options = { workerData: order }
  const workers = Array.from(
    { length: availableParallelism() },
    () => new Worker(new URL("./evidence-worker.ts", import.meta.url), options),
  )
  const batches = Math.ceil(order.captures / BATCH_CAPTURES)
  const workerOf = (batch: number) => workers[batch % workers.length] as Worker
  const made = workers.map((worker) => answersOf(worker))
  const ask = (batch: number) => {
    if (batch < batches) workerOf(batch).postMessage(batch * BATCH_CAPTURES)
  }
  for (let batch = 0; batch < AHEAD * workers.length; batch++) ask(batch)
  try {
    for (let batch = 0; batch < batches; batch++) {
      const answer = await made[batch % workers.length]?.()
      ask(batch + AHEAD * workers.length)
      if (answer !== undefined) yield answer
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

/** A thread's answers one after another; the one that is asked for may be there already. Throws what ends the thread. */
function answersOf(worker: Worker): () => Promise<MadeBatch> {
  const ready: MadeBatch[] = []
  worker.on("message", (made: MadeBatch) => ready.push(made))
  return async () => {
    while (ready.length === 0) await once(worker, "message")
    return ready.shift() as MadeBatch
  }
}

/** Writes full evidence of so many captures, one a second, signed by a fresh device. */
export async function writeEvidence(path: string, captures: number): Promise<EvidenceFile> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519")
  const key = toHex(Buffer.from(publicKey.export({ format: "jwk" }).x as string, "base64url"))
  const device: DeviceKey = { scheme: SCHEMES.ed25519, key }
  const file = createWriteStream(path)
  file.write(encodeEvidenceLine({ mediaType: EVIDENCE_TYPE, kind: "full", device, run: RUN, captures }))
  const tree = createRunTree()
  let registers: Registers | null = null
  for await (const batch of batchesOf({ run: RUN, captures, privateKey })) {
    registers = batch.registers
    for (const { node, height } of batch.subtrees) tree.append(bytesToBigInt(node), height)
    if (!file.write(batch.lines)) await once(file, "drain")
  }
  file.end()
  await once(file, "close")
  if (registers === null) throw new RangeError("a run has at least one capture")
  return { device, run: RUN, captures, registers, capturesRoot: tree.root() }
}
