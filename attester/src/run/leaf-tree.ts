import { bytesToBigInt, createRunTree, fromHex, type Hex } from "@wattest/protocol"
import { createBatchPoseidon } from "@wattest/protocol/batch"

const WORD = 32
const HEIGHT = 10
const BATCH = 2 ** HEIGHT

/**
 * The run tree of leaves that are all there: whole subtrees of 1024 leaves are hashed by batches, which is several
 * times as fast as one by one. Memory is one batch and the tree's frontier.
 */
export function createLeafTree() {
  const pairs = createBatchPoseidon(2)
  const tree = createRunTree()
  const batch = new Uint8Array(BATCH * WORD)
  let waiting = 0
  return {
    append(leaf: Hex): void {
      batch.set(fromHex(leaf, WORD), waiting++ * WORD)
      if (waiting < BATCH) return
      let level: Uint8Array = batch
      while (level.length > WORD) level = pairs.hash(level)
      tree.append(bytesToBigInt(level), HEIGHT)
      waiting = 0
    },
    size: (): number => tree.size() + waiting,
    /** The root; no leaf can follow. */
    root(): bigint {
      for (let i = 0; i < waiting; i++) tree.append(bytesToBigInt(batch.subarray(i * WORD, (i + 1) * WORD)))
      waiting = 0
      return tree.root()
    },
  }
}
