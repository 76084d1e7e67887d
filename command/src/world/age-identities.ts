import { readText } from "./document.ts"

/** More than a file of keys has, even a long one. */
const MAX_BYTES = 1 << 20

/**
 * The secret keys in a file as age writes them: its lines that begin as one does, in their order; none in a file of another
 * kind. Whether a key is whole, age's library says. Throws a UsageError for a longer file, whose last keys would be left out.
 */
export function ageIdentitiesIn(path: string): readonly string[] {
  const lines = readText(path, MAX_BYTES, "a file of keys").split("\n")
  return lines.map((line) => line.trim()).filter((line) => line.startsWith("AGE-SECRET-KEY-"))
}
