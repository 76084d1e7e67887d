import { keccak_256 } from "@noble/hashes/sha3.js"
import { bigIntToBytes, type CheckpointProof, concatBytes, fromHex, type Hex, toHex } from "@wattest/protocol"
import { buildBlock, type TestBlock } from "./chain.ts"

/** The parent chain's side of a side chain, by the rule of pos-contracts and bor. */

const word = (value: bigint) => bigIntToBytes(value, 32)

/** keccak256(number ‖ time ‖ transactions root ‖ receipts root). */
function leafOf({ number, timestamp, transactionsRoot, receiptsRoot }: TestBlock): Uint8Array {
  const roots = [fromHex(transactionsRoot), fromHex(receiptsRoot)]
  return keccak_256(concatBytes(word(number), word(BigInt(timestamp)), ...roots))
}

/** All levels of the tree, leaves first, padded with zero words to a power of two. */
function levelsOf(blocks: readonly TestBlock[]): readonly (readonly Uint8Array[])[] {
  const width = 2 ** Math.ceil(Math.log2(blocks.length))
  const leaves = Array.from({ length: width }, (_, i) => {
    const block = blocks[i]
    return block === undefined ? new Uint8Array(32) : leafOf(block)
  })
  const levels = [leaves]
  for (let level = leaves; level.length > 1; ) {
    const below = level
    level = Array.from({ length: below.length / 2 }, (_, i) =>
      keccak_256(concatBytes(below[2 * i] as Uint8Array, below[2 * i + 1] as Uint8Array)),
    )
    levels.push(level)
  }
  return levels
}

export type CheckpointSpec = {
  /** Consecutive blocks of the side chain. */
  readonly blocks: readonly TestBlock[]
  readonly headerBlock: bigint
  readonly rootChain: Hex
  /** The parent chain's block that holds the checkpoint. */
  readonly number: bigint
  readonly timestamp: number
  /** Number of the first and the last block that RootChain names; those of `blocks` where absent. */
  readonly range?: readonly [first: bigint, last: bigint]
}

/** A parent block whose RootChain holds the checkpoint, and the way of each side block to it. */
export function buildCheckpoint({ blocks, headerBlock, rootChain, number, timestamp, range }: CheckpointSpec) {
  const levels = levelsOf(blocks)
  const root = levels.at(-1)?.[0] as Uint8Array
  const begin = blocks[0]?.number ?? 0n
  const [first, last] = range ?? [begin, blocks.at(-1)?.number ?? 0n]
  // headerBlocks is the sixth value of RootChain's storage; a checkpoint is root, first, last, time, proposer.
  const base = BigInt(toHex(keccak_256(concatBytes(word(headerBlock), word(5n)))))
  const slots = [0n, 1n, 2n].map((offset) => toHex(word(base + offset)))
  const values = [BigInt(toHex(root)), first, last]
  const storage = new Map(slots.map((slot, i): [Hex, bigint] => [slot, values[i] as bigint]))
  const parent = buildBlock({ number, timestamp, receipts: [], state: { [rootChain]: storage } })
  const prove = (block: TestBlock): CheckpointProof => {
    const index = Number(block.number - begin)
    const siblings = levels.slice(0, -1).map((level, height) => toHex(level[(index >> height) ^ 1] as Uint8Array))
    const state = parent.proveStorage(rootChain, slots)
    return { headerBlock, firstBlock: first, lastBlock: last, siblings, state }
  }
  return { parent, prove }
}
