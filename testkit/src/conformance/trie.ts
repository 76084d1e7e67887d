import { keccak_256 } from "@noble/hashes/sha3.js"
import { encodeRlp, type Hex, type RlpItem, toHex } from "@wattest/protocol"

/** A Merkle Patricia trie (yellow paper, appendix D) built from all of its entries, with proofs. */
export type BuiltTrie = { readonly root: Hex; readonly prove: (key: Uint8Array) => readonly Hex[] }

type Entry = { readonly path: readonly number[]; readonly value: Uint8Array }

const nibblesOf = (key: Uint8Array) => [...key].flatMap((byte) => [byte >> 4, byte & 15])

function compact(path: readonly number[], isLeaf: boolean): Uint8Array {
  const flag = (isLeaf ? 2 : 0) + (path.length % 2)
  const nibbles = path.length % 2 === 1 ? [flag, ...path] : [flag, 0, ...path]
  return Uint8Array.from(
    { length: nibbles.length / 2 },
    (_, i) => (nibbles[2 * i] ?? 0) * 16 + (nibbles[2 * i + 1] ?? 0),
  )
}

function sharedLength(entries: readonly Entry[]): number {
  const [first, ...rest] = entries
  let length = 0
  while (
    first !== undefined &&
    length < first.path.length &&
    rest.every(({ path }) => path[length] === first.path[length])
  )
    length++
  return length
}

/** The node over these entries; with `trail` the encodings that lie on the way to a key are kept. */
function nodeOf(entries: readonly Entry[]): RlpItem {
  const [first] = entries
  if (first === undefined) return new Uint8Array(0)
  if (entries.length === 1) return [compact(first.path, true), first.value]
  const shared = sharedLength(entries)
  const below = entries.map(({ path, value }) => ({ path: path.slice(shared), value }))
  if (shared > 0) return [compact(first.path.slice(0, shared), false), reference(nodeOf(below))]
  const children = Array.from({ length: 16 }, (_, nibble) => reference(nodeOf(childrenAt(below, nibble))))
  return [...children, below.find(({ path }) => path.length === 0)?.value ?? new Uint8Array(0)]
}

function childrenAt(entries: readonly Entry[], nibble: number): readonly Entry[] {
  return entries.filter(({ path }) => path[0] === nibble).map(({ path, value }) => ({ path: path.slice(1), value }))
}

function reference(node: RlpItem): RlpItem {
  if (node instanceof Uint8Array) return node
  const encoded = encodeRlp(node)
  return encoded.length < 32 ? node : keccak_256(encoded)
}

/** Nodes on the way to a path that a digest refers to, from the top. */
function trail(entries: readonly Entry[], path: readonly number[], isTop: boolean): readonly Hex[] {
  if (entries.length === 0) return []
  const encoded = encodeRlp(nodeOf(entries))
  const own = isTop || encoded.length >= 32 ? [toHex(encoded)] : []
  if (entries.length === 1) return own
  const shared = sharedLength(entries)
  const isOnPath = entries[0]?.path.slice(0, shared).every((nibble, i) => path[i] === nibble) === true
  if (!isOnPath) return own
  const below = entries.map((entry) => ({ ...entry, path: entry.path.slice(shared) }))
  const rest = path.slice(shared)
  if (shared > 0) return [...own, ...trail(below, rest, false)]
  const [nibble] = rest
  return nibble === undefined ? own : [...own, ...trail(childrenAt(below, nibble), rest.slice(1), false)]
}

export function buildTrie(values: readonly (readonly [key: Uint8Array, value: Uint8Array])[]): BuiltTrie {
  const entries = values.map(([key, value]) => ({ path: nibblesOf(key), value }))
  return {
    root: toHex(keccak_256(encodeRlp(nodeOf(entries)))),
    prove: (key) => trail(entries, nibblesOf(key), true),
  }
}
