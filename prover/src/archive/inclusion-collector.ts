import { check, type PairHash, poseidon } from "@wattest/protocol"

const pairHash: PairHash = (left, right) => poseidon([left, right])

/** Level and index of a node as one key: an index has at most 32 bits. */
const keyOf = (level: number, index: number) => level * 2 ** 33 + index

/** The keys of a leaf's siblings from the bottom up, by index and count alone. */
function siblingKeys(index: number, count: number): readonly number[] {
  const keys: number[] = []
  for (let level = 0, at = index, width = count; width > 1; level++) {
    const sibling = at % 2 === 1 ? at - 1 : at + 1
    if (sibling < width) keys.push(keyOf(level, sibling))
    at = Math.floor(at / 2)
    width = Math.ceil(width / 2)
  }
  return keys
}

/**
 * The captures' root and the inclusion proofs of chosen leaves in one pass: a hash for each pair, memory for one node a
 * level and for the siblings that were asked for. `count` is the number of leaves that will come.
 */
export function createInclusionCollector(count: number, chosen: readonly number[]) {
  const proofs = new Map(chosen.map((index) => [index, siblingKeys(index, count)]))
  const wanted = new Set([...proofs.values()].flat())
  const kept = new Map<number, bigint>()
  // waiting[level] is the latest node with an even index: a left sibling, or the end of an odd level.
  const waiting: bigint[] = []
  let size = 0

  function place(leaf: bigint, atLevel: number, atIndex: number): bigint {
    let node = leaf
    for (let level = atLevel, index = atIndex; ; level++, index = (index - 1) / 2) {
      if (wanted.has(keyOf(level, index))) kept.set(keyOf(level, index), node)
      if (index % 2 === 0) {
        waiting[level] = node
        return node
      }
      node = pairHash(waiting[level] as bigint, node)
    }
  }

  return {
    append: (leaf: bigint): void => {
      place(leaf, 0, size++)
    },
    /** Throws CAPTURE_COUNT_MISMATCH unless as many leaves came as were announced. */
    finish: (): { root: bigint; siblings(index: number): readonly bigint[] } => {
      check(size === count && count > 0, "CAPTURE_COUNT_MISMATCH", `expected ${count} captures, found ${size}`)
      let root = waiting[0] as bigint
      for (let level = 0, width = count; width > 1; level++, width = Math.ceil(width / 2)) {
        // A node without a right sibling rises unchanged.
        if (width % 2 === 1) place(waiting[level] as bigint, level + 1, (width - 1) / 2)
        root = waiting[level + 1] as bigint
      }
      return { root, siblings: (index) => (proofs.get(index) ?? []).map((key) => kept.get(key) as bigint) }
    },
  }
}
