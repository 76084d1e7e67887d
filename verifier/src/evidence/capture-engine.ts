import { sha256 } from "@noble/hashes/sha2.js"
import { captureMessage, type DeviceKey, type SignatureCheck } from "@wattest/protocol"
import { type BatchPoseidon, createBatchPoseidon, createPortableBatch } from "@wattest/protocol/batch"
import type { CaptureBatch } from "./capture-batch.ts"

const WORD = 32
const SIGNATURE = 64
/** Batches below this are not worth the time that a WebAssembly module takes to make. */
const FEW_CAPTURES = 256

/** The root of a perfect subtree of the run tree, over 2^height leaves. */
export interface Subtree {
  readonly height: number
  readonly node: Uint8Array<ArrayBuffer>
}

export interface BatchOutcome {
  /** Index in the batch of the first capture that the device did not sign; null: it signed all. */
  readonly unsigned: number | null
  /** The batch's leaves as subtrees from left to right: one for a batch that is full. */
  readonly subtrees: readonly Subtree[]
}

/** The cryptography of a run's captures. Two exist: in this thread, and in threads of their own. */
export interface CaptureEngine {
  /** SHA-256 of text in UTF-8. */
  digest(text: string): Uint8Array
  /** May run several batches at once; the promises settle in any order. */
  check(batch: CaptureBatch): Promise<BatchOutcome>
  /** Frees what the engine holds. Batches still under way are dropped. */
  close(): Promise<void>
}

/** Of which run captures are, as an engine needs to know it. */
export interface CaptureOrigin {
  readonly device: DeviceKey
  readonly run: bigint
}

export type CaptureEngineFactory = (origin: CaptureOrigin) => CaptureEngine

/** A batch with its leaves: what each capture's signature is over, and what the run tree is made of. */
export interface HashedBatch {
  /** The signed message of a capture; valid until the next call. */
  message(index: number): Uint8Array<ArrayBuffer>
  signature(index: number): Uint8Array<ArrayBuffer>
  readonly size: number
  readonly subtrees: readonly Subtree[]
}

/** Computes the leaves of one run's batches. */
export function createBatchHash(run: bigint): (batch: CaptureBatch) => HashedBatch {
  const message = captureMessage(run, 0n).slice()
  const leafAt = message.length - WORD
  const hashes = createHashes()
  return ({ words, signatures }) => {
    const size = signatures.length / SIGNATURE
    const { leaf, pair } = hashes(size)
    const leaves = leaf.hash(words)
    return {
      size,
      subtrees: subtreesOf(leaves, pair),
      signature: (index) => signatures.subarray(index * SIGNATURE, (index + 1) * SIGNATURE),
      message(index) {
        message.set(leaves.subarray(index * WORD, (index + 1) * WORD), leafAt)
        return message
      },
    }
  }
}

/** Checks batches of one run, one after another. */
export type BatchCheck = (batch: CaptureBatch) => BatchOutcome

/** `isSigned` is the device's signature check. */
export function createBatchCheck(run: bigint, isSigned: SignatureCheck): BatchCheck {
  const hash = createBatchHash(run)
  return (batch) => {
    const { size, subtrees, message, signature } = hash(batch)
    for (let i = 0; i < size; i++) if (!isSigned(signature(i), message(i))) return { unsigned: i, subtrees }
    return { unsigned: null, subtrees }
  }
}

/** Hash functions for a number of captures; modules are made when many come. */
function createHashes(): (captures: number) => { leaf: BatchPoseidon; pair: BatchPoseidon } {
  const portable = { leaf: createPortableBatch(6), pair: createPortableBatch(2) }
  let fast: typeof portable | null = null
  return (captures) => {
    if (captures >= FEW_CAPTURES) fast ??= { leaf: createBatchPoseidon(6), pair: createBatchPoseidon(2) }
    return fast ?? portable
  }
}

/** Level by level: what has no right neighbour is the root of a subtree of its own, right of all larger ones. */
function subtreesOf(leaves: Uint8Array<ArrayBuffer>, pair: BatchPoseidon): readonly Subtree[] {
  const subtrees: Subtree[] = []
  let level = leaves
  for (let height = 0; level.length > 0; height++) {
    const paired = level.length - (level.length % (2 * WORD))
    if (paired < level.length) subtrees.unshift({ height, node: level.slice(paired) })
    level = pair.hash(level.subarray(0, paired))
  }
  return subtrees
}

const encoder = new TextEncoder()

/** SHA-256 of text, without the platform's cryptography. */
export function digestOf(text: string): Uint8Array {
  return sha256(encoder.encode(text))
}

/** Computes everything in this thread when asked: for engines without threads, and for short evidence. */
export function createLocalEngine(run: bigint, isSigned: SignatureCheck): CaptureEngine {
  const check = createBatchCheck(run, isSigned)
  return {
    digest: digestOf,
    check: async (batch) => check(batch),
    close: async () => {},
  }
}
