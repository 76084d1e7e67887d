import { hash, type KeyObject, sign } from "node:crypto"
import { parentPort, workerData } from "node:worker_threads"
import {
  type CaptureSources,
  encodeCanonicalJson,
  type OpenedCapture,
  REGISTERS,
  type Registers,
  toHex,
  toJson,
} from "@wattest/protocol"
import { BATCH_CAPTURES, createBatchBuilder } from "../../../verifier/src/evidence/capture-batch.ts"
import { createBatchHash, type Subtree } from "../../../verifier/src/evidence/capture-engine.ts"
import { createCaptureSource } from "./captures.ts"

/** Makes some of a run's batches, in order: each is asked for by the sequence of its first capture. */

export interface Order {
  readonly run: bigint
  readonly captures: number
  readonly privateKey: KeyObject
}

export interface MadeBatch {
  /** The batch's lines of evidence, UTF-8. */
  readonly lines: Uint8Array<ArrayBuffer>
  readonly subtrees: readonly Subtree[]
  /** Registers of its last capture. */
  readonly registers: Registers
}

/** Sources in their one spelling: without labels they are made in its order, and a judge refuses any other. */
function spellingOf(sources: CaptureSources): string {
  return sources.opening === undefined ? JSON.stringify(sources) : encodeCanonicalJson(toJson(sources))
}

const NAMES = [...REGISTERS].sort()

/** A line of evidence in its one spelling, of sources that are spelt already. */
function lineOf({ gauges, registers, salt, sequence, timeMs }: OpenedCapture, sources: string, signature: string) {
  const totals = NAMES.map((name) => `"${name}":"${registers[name]}"`).join(",")
  const values = `"gauges":${JSON.stringify(gauges)},"registers":{${totals}},"salt":"${salt}"`
  return `{${values},"sequence":${sequence},"signature":"${signature}","sources":${sources},"timeMs":${timeMs}}\n`
}

function createBatchMaker({ run, captures, privateKey }: Order): (first: number) => MadeBatch {
  const source = createCaptureSource()
  const builder = createBatchBuilder()
  const hashBatch = createBatchHash(run)
  let done = 0
  return (first) => {
    source.skip(first - done)
    done = Math.min(first + BATCH_CAPTURES, captures)
    const batch = Array.from({ length: done - first }, () => source.next())
    const sources = batch.map((capture) => spellingOf(capture.sources))
    for (const [i, capture] of batch.entries()) builder.add(capture, hash("sha256", sources[i] ?? "", "buffer"))
    const { message, subtrees } = hashBatch(builder.take())
    const lines = batch.map((capture, i) =>
      lineOf(capture, sources[i] ?? "", toHex(sign(null, message(i), privateKey))),
    )
    const registers = batch.at(-1)?.registers
    if (registers === undefined) throw new RangeError(`no capture ${first}`)
    return { lines: new TextEncoder().encode(lines.join("")), subtrees, registers }
  }
}

const makeBatch = createBatchMaker(workerData as Order)
parentPort?.on("message", (first: number) => {
  const made = makeBatch(first)
  parentPort?.postMessage(made, [made.lines.buffer])
})
