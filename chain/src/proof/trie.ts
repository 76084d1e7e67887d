import { keccak_256 } from "@noble/hashes/sha3.js"
import { encodeRlp, type RlpItem } from "@wattest/protocol"

/** A key with its value, under a Merkle-Patricia trie. */
export type TrieEntry = { readonly key: Uint8Array; readonly value: Uint8Array }

/** A trie in memory (yellow paper, appendix D), made to be proved, not to be changed. */
export type Trie = {
  readonly root: Uint8Array
  /** The nodes from the root to `key`, those that a hash refers to: what a light client checks. */
  prove(key: Uint8Array): Uint8Array[]
}

type Nibbles = readonly number[]
type Leaf = { readonly path: Nibbles; readonly value: Uint8Array }
type Node = {
  readonly item: RlpItem
  readonly encoded: Uint8Array
  /** How many nibbles the node consumes before its children; a leaf consumes all. */
  readonly depth: number
  readonly children: readonly (Node | undefined)[]
}

const EMPTY = new Uint8Array(0)

/** Builds the trie of these entries; keys are distinct and none is a prefix of another, as RLP numbers are. */
export function createTrie(entries: readonly TrieEntry[]): Trie {
  const leaves = entries.map(({ key, value }) => ({ path: nibblesOf(key), value }))
  const top = leaves.length === 0 ? nodeOf(EMPTY, 0) : build(leaves, 0)
  return { root: keccak_256(top.encoded), prove: (key) => path(top, nibblesOf(key)) }
}

function nibblesOf(key: Uint8Array): Nibbles {
  return [...key].flatMap((byte) => [byte >> 4, byte & 15])
}

function nodeOf(item: RlpItem, depth: number, children: Node["children"] = []): Node {
  return { item, encoded: encodeRlp(item), depth, children }
}

/** The node over leaves that agree in their first `depth` nibbles. */
function build(leaves: readonly Leaf[], depth: number): Node {
  const [first] = leaves as readonly [Leaf]
  if (leaves.length === 1) return nodeOf([hexPrefix(first.path.slice(depth), true), first.value], first.path.length)
  const shared = sharedDepth(leaves, depth)
  if (shared === depth) return buildBranch(leaves, depth)
  const child = buildBranch(leaves, shared)
  return nodeOf([hexPrefix(first.path.slice(depth, shared), false), reference(child)], shared, [child])
}

function buildBranch(leaves: readonly Leaf[], depth: number): Node {
  const children = Array.from({ length: 16 }, (_, nibble) => {
    const below = leaves.filter(({ path }) => path[depth] === nibble)
    return below.length === 0 ? undefined : build(below, depth + 1)
  })
  return nodeOf([...children.map((child) => (child ? reference(child) : EMPTY)), EMPTY], depth + 1, children)
}

function sharedDepth(leaves: readonly Leaf[], from: number): number {
  const [first] = leaves as readonly [Leaf]
  let depth = from
  while (leaves.every(({ path }) => path[depth] !== undefined && path[depth] === first.path[depth])) depth++
  return depth
}

/** A node's parent holds its hash, or the node itself where that is shorter. */
function reference({ item, encoded }: Node): RlpItem {
  return encoded.length < 32 ? item : keccak_256(encoded)
}

/** Nibbles as bytes; the first nibble says leaf or extension, odd or even. */
function hexPrefix(nibbles: Nibbles, isLeaf: boolean): Uint8Array {
  const isOdd = nibbles.length % 2 === 1
  const flag = (isLeaf ? 2 : 0) + (isOdd ? 1 : 0)
  const padded = isOdd ? [flag, ...nibbles] : [flag, 0, ...nibbles]
  return Uint8Array.from(
    { length: padded.length / 2 },
    (_, i) => (padded[2 * i] as number) * 16 + (padded[2 * i + 1] as number),
  )
}

function path(top: Node, nibbles: Nibbles): Uint8Array[] {
  const nodes: Uint8Array[] = [top.encoded]
  for (let node: Node | undefined = top; node; ) {
    const isBranch: boolean = node.children.length === 16
    const next: Node | undefined = isBranch ? node.children[nibbles[node.depth - 1] as number] : node.children[0]
    if (next && next.encoded.length >= 32) nodes.push(next.encoded)
    node = next
  }
  return nodes
}
