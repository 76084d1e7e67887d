import { keccak_256 } from "@noble/hashes/sha3.js"
import {
  check,
  decodeRlp,
  equalBytes,
  fromHex,
  type Hex,
  type RejectCode,
  type RlpItem,
  toHex,
} from "@wattest/protocol"

/** A proof within a Merkle Patricia trie (yellow paper, appendix D): its nodes from the root down. */
export type TrieProof = {
  readonly root: Hex
  readonly key: Uint8Array
  readonly nodes: readonly Hex[]
  /** With what to refuse a proof that does not hold. */
  readonly code: RejectCode
}

const EMPTY_TRIE = toHex(keccak_256(Uint8Array.of(0x80)))

const nibblesOf = (bytes: Uint8Array): number[] => [...bytes].flatMap((byte) => [byte >> 4, byte & 15])

/** Hex-prefix encoding: whether the path ends in a leaf, and its nibbles. */
function decodePath(bytes: Uint8Array, code: RejectCode): { isLeaf: boolean; nibbles: readonly number[] } {
  const [flag = 255, ...rest] = nibblesOf(bytes)
  check(flag < 4, code, "a trie path has an unknown flag")
  const isOdd = (flag & 1) === 1
  check(isOdd || rest[0] === 0, code, "a trie path is not padded with 0")
  return { isLeaf: flag >= 2, nibbles: isOdd ? rest : rest.slice(1) }
}

type Cursor = { readonly proof: TrieProof; readonly nibbles: readonly number[]; used: number }

/** The node that a reference names: the next one of the proof by its digest, or one small enough to stand in place. */
function follow(cursor: Cursor, reference: RlpItem | undefined): readonly RlpItem[] | null {
  const { code, nodes } = cursor.proof
  check(reference !== undefined, code, "a trie node is too short")
  if (!(reference instanceof Uint8Array)) return reference
  if (reference.length === 0) return null
  check(reference.length === 32, code, "a trie reference is no digest")
  const node = nodes[cursor.used++]
  check(node !== undefined, code, "the proof ends before its key")
  const bytes = fromHex(node)
  check(equalBytes(keccak_256(bytes), reference), code, `trie node ${cursor.used - 1} has another digest`)
  const item = decodeRlp(bytes)
  check(!(item instanceof Uint8Array), code, "a trie node is no list")
  return item
}

function bytesOf(item: RlpItem | undefined, code: RejectCode): Uint8Array {
  check(item instanceof Uint8Array, code, "expected bytes in a trie node")
  return item
}

/** A value in a branch or leaf; an empty one is none. */
function valueIn(item: RlpItem | undefined, code: RejectCode): Uint8Array | null {
  const value = bytesOf(item, code)
  return value.length === 0 ? null : value
}

function walk(cursor: Cursor): Uint8Array | null {
  const { proof, nibbles } = cursor
  let node = follow(cursor, fromHex(proof.root))
  let at = 0
  while (node !== null) {
    if (node.length === 17) {
      const nibble = nibbles[at++]
      if (nibble === undefined) return valueIn(node[16], proof.code)
      node = follow(cursor, node[nibble])
      continue
    }
    check(node.length === 2, proof.code, `a trie node has ${node.length} items`)
    const path = decodePath(bytesOf(node[0], proof.code), proof.code)
    const isOnPath = path.nibbles.every((nibble, i) => nibbles[at + i] === nibble)
    at += path.nibbles.length
    if (path.isLeaf) return isOnPath && at === nibbles.length ? valueIn(node[1], proof.code) : null
    if (!isOnPath) return null
    node = follow(cursor, node[1])
  }
  return null
}

/** The value under a key, or null where the proof shows that there is none. Throws `code` or FIELD_MALFORMED. */
export function trieValue(proof: TrieProof): Uint8Array | null {
  const { root, nodes, code } = proof
  if (root === EMPTY_TRIE && nodes.length === 0) return null
  const cursor: Cursor = { proof, nibbles: nibblesOf(proof.key), used: 0 }
  const value = walk(cursor)
  check(cursor.used === nodes.length, code, "the proof holds nodes that its key does not need")
  return value
}
