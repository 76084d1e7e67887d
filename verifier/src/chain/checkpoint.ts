import { keccak_256 } from "@noble/hashes/sha3.js"
import {
  bigIntToBytes,
  type CheckpointProof,
  check,
  concatBytes,
  equalBytes,
  fromHex,
  type Hex,
  mappingSlot,
  toHex,
} from "@wattest/protocol"
import type { BlockHeader } from "./header.ts"
import { checkSlots, proveStorage, readSlot } from "./state.ts"

/**
 * Polygon's validators write, now and then, a Merkle root over a range of its blocks to the contract RootChain on
 * Ethereum (pos-contracts, RootChain.sol and Merkle.sol; bor, GetRootHash). The root commits to a block's number, time,
 * transactions root and receipts root, and to no state root: receipts can be proved through it, storage cannot.
 */

const CODE = "CHECKPOINT_PROOF_INVALID"

/** Slot of `headerBlocks` in RootChain: after owner, proxy target, Heimdall id and two counters. */
const HEADER_BLOCKS_SLOT = 5n

const word = (value: bigint) => bigIntToBytes(value, 32)

/** Slots of a checkpoint's root, first and last block: the first three fields of its struct. */
export function checkpointSlots(headerBlock: bigint): readonly [root: Hex, first: Hex, last: Hex] {
  const base = BigInt(toHex(mappingSlot(word(HEADER_BLOCKS_SLOT), toHex(word(headerBlock)))))
  const at = (offset: bigint) => toHex(word((base + offset) % 2n ** 256n))
  return [at(0n), at(1n), at(2n)]
}

/** keccak256(number ‖ time ‖ transactions root ‖ receipts root), each as 32 bytes. */
export function checkpointLeaf({ number, timestamp, transactionsRoot, receiptsRoot }: BlockHeader): Uint8Array {
  const roots = [fromHex(transactionsRoot, 32), fromHex(receiptsRoot, 32)]
  return keccak_256(concatBytes(word(number), word(BigInt(timestamp)), ...roots))
}

/** Levels of the tree over this many blocks: leaves are padded to a power of two. */
function depthOf(blocks: bigint): number {
  return (blocks - 1n).toString(2).length - (blocks === 1n ? 1 : 0)
}

function rootFrom(leaf: Uint8Array, index: bigint, siblings: readonly Hex[]): Uint8Array {
  let node = leaf
  let at = index
  for (const sibling of siblings) {
    const other = fromHex(sibling, 32)
    node = keccak_256(at % 2n === 0n ? concatBytes(node, other) : concatBytes(other, node))
    at /= 2n
  }
  return node
}

/**
 * Throws CHECKPOINT_PROOF_INVALID unless the block lies under the checkpoint that RootChain's storage holds. Returns the
 * parent chain's block of that storage: whether that one is trusted is another check.
 */
export function proveCheckpoint(block: BlockHeader, proof: CheckpointProof, rootChain: Hex): BlockHeader {
  const { firstBlock, lastBlock, siblings } = proof
  const storage = proveStorage(proof.state, rootChain, CODE)
  const needed = checkpointSlots(proof.headerBlock)
  checkSlots(storage, needed, CODE)
  const [root, first, last] = needed.map((slot) => readSlot(storage, slot))
  check(first === firstBlock, CODE, "the checkpoint begins at another block")
  check(last === lastBlock, CODE, "the checkpoint ends at another block")
  const { number } = block
  const isWithin = firstBlock <= number && number <= lastBlock
  check(isWithin, CODE, `block ${number} is not among blocks ${firstBlock} to ${lastBlock}`)
  const depth = depthOf(lastBlock - firstBlock + 1n)
  check(siblings.length === depth, CODE, `${siblings.length} siblings in a tree of ${depth} levels`)
  const actual = rootFrom(checkpointLeaf(block), number - firstBlock, siblings)
  check(equalBytes(actual, word(root ?? 0n)), CODE, `block ${number} leads to another root`)
  return storage.header
}
