import { UsageError } from "../errors.ts"
import { readAtMost } from "./document.ts"

/** More than a file of keys has, even a long one. */
const MAX_BYTES = 1 << 20

/**
 * The secret keys in a file as age writes them: its lines that begin as one does, in their order; none in a file of another
 * kind. Whether a key is whole, age's library says. Throws a UsageError for a longer file, whose last keys would be left out,
 * and what {@link readAtMost} throws.
 */
export function ageIdentitiesIn(path: string): readonly string[] {
  const bytes = readAtMost(path, MAX_BYTES)
  if (bytes.length > MAX_BYTES)
    throw new UsageError(
      `${path} is too long for a file of keys`,
      `at most ${MAX_BYTES} bytes are read: name the file of your keys`,
    )
  const lines = new TextDecoder().decode(bytes).split("\n")
  return lines.map((line) => line.trim()).filter((line) => line.startsWith("AGE-SECRET-KEY-"))
}
