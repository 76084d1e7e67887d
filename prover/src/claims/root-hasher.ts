import { bigIntToBytes, bytesToBigInt, type Opening, openingElements } from "@wattest/protocol"
import { createBatchPoseidon } from "@wattest/protocol/batch"

/** The anchored roots of openings in range, in their order. */
export type RootHasher = (openings: readonly Opening[]) => readonly bigint[]

const WORD = 32

const wordOf = (value: bigint) => bigIntToBytes(value, WORD)
const wordAt = (words: Uint8Array, i: number) => words.subarray(i * WORD, (i + 1) * WORD)

/** Hashes many openings side by side: a tenth of what `openingRoot` takes of each. */
export function createRootHasher(): RootHasher {
  const [statement, pair] = [createBatchPoseidon(13), createBatchPoseidon(2)]
  return (openings) => {
    const digests = statement.hash(Buffer.concat(openings.flatMap((opening) => openingElements(opening).map(wordOf))))
    const pairs = openings.flatMap(({ rest }, i) => [wordAt(digests, i), wordOf(rest[4] ?? 0n)])
    const roots = pair.hash(Buffer.concat(pairs))
    return openings.map((_, i) => bytesToBigInt(wordAt(roots, i)))
  }
}
