import { poseidon } from "../poseidon.ts"
import { check } from "../rejection.ts"

/** Hashes two nodes of the tree into their parent. */
export type PairHash = (left: bigint, right: bigint) => bigint

const poseidonPair: PairHash = (left, right) => poseidon([left, right])

/** Most captures of one run: their number is an unsigned 32-bit integer. */
export const MAX_CAPTURES = 2 ** 32 - 1

/**
 * The captures' root as a LeanIMT (the definition of zk-kit): nodes H2(left, right), a node without a right sibling
 * rises unchanged. Leaves arrive in order and only the frontier is kept, so memory is O(log n).
 */
export function createRunTree(hash: PairHash = poseidonPair): {
  /**
   * Appends a leaf, or the root of a perfect subtree of 2^height leaves, made elsewhere. Throws `RangeError` where the
   * leaves so far do not fill whole subtrees of that height.
   */
  append(node: bigint, height?: number): void
  root(): bigint
  size(): number
} {
  // frontier[h] is the root of the full subtree of 2^h leaves that still waits for its right sibling.
  const frontier: (bigint | undefined)[] = []
  let size = 0
  return {
    append(subtree, from = 0) {
      if (size % 2 ** from !== 0) throw new RangeError(`${size} leaves do not fill subtrees of height ${from}`)
      let node = subtree
      let height = from
      for (let left = frontier[height]; left !== undefined; left = frontier[++height]) {
        node = hash(left, node)
        frontier[height] = undefined
      }
      frontier[height] = node
      size += 2 ** from
    },
    root() {
      check(size > 0, "CAPTURE_COUNT_MISMATCH", "a run has at least one capture")
      let root: bigint | undefined
      for (const node of frontier) {
        if (node !== undefined) root = root === undefined ? node : hash(node, root)
      }
      return root ?? 0n
    },
    size: () => size,
  }
}

/** The captures' root of leaves in order. */
export function captureRoot(leaves: Iterable<bigint>): bigint {
  const tree = createRunTree()
  for (const leaf of leaves) tree.append(leaf)
  return tree.root()
}

/** For each level of a leaf's way up: on which side its sibling stands, or null where the node rises alone. */
function* levels(index: number, count: number): Generator<"left" | "right" | null> {
  for (let at = index, width = count; width > 1; at = Math.floor(at / 2), width = Math.ceil(width / 2)) {
    if (at % 2 === 1) yield "left"
    else yield at + 1 < width ? "right" : null
  }
}

/** The siblings of a leaf from the bottom up; they are as many as {@link rootFromInclusionProof} will ask for. */
export function inclusionProof(leaves: readonly bigint[], index: number): readonly bigint[] {
  check(index >= 0 && index < leaves.length, "CAPTURE_NOT_INCLUDED", `no leaf ${index} among ${leaves.length}`)
  const siblings: bigint[] = []
  let level = leaves
  let at = index
  for (const side of levels(index, leaves.length)) {
    const sibling = side === null ? undefined : level[side === "left" ? at - 1 : at + 1]
    if (sibling !== undefined) siblings.push(sibling)
    level = parents(level)
    at = Math.floor(at / 2)
  }
  return siblings
}

function parents(level: readonly bigint[]): readonly bigint[] {
  const above: bigint[] = []
  for (let i = 0; i < level.length; i += 2) {
    const left = level[i] as bigint
    const right = level[i + 1]
    above.push(right === undefined ? left : poseidonPair(left, right))
  }
  return above
}

/**
 * The root that a leaf and its siblings give. The way up follows from sequence and count alone, never from the proof,
 * so a proof cannot place a leaf elsewhere. Throws CAPTURE_NOT_INCLUDED on a wrong number of siblings.
 */
export function rootFromInclusionProof(
  leaf: bigint,
  index: number,
  count: number,
  siblings: readonly bigint[],
): bigint {
  check(index >= 0 && index < count && count <= MAX_CAPTURES, "CAPTURE_NOT_INCLUDED", `no leaf ${index} among ${count}`)
  let node = leaf
  let used = 0
  for (const side of levels(index, count)) {
    if (side === null) continue
    const sibling = siblings[used++]
    check(sibling !== undefined, "CAPTURE_NOT_INCLUDED", "the inclusion proof is too short")
    node = side === "left" ? poseidonPair(sibling, node) : poseidonPair(node, sibling)
  }
  check(used === siblings.length, "CAPTURE_NOT_INCLUDED", "the inclusion proof is too long")
  return node
}
