import { createHash } from "node:crypto"
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs"
import { dirname } from "node:path"

/**
 * What became of a mutant. Killed by a test, or by one that never ended; lived, with the tests that saw nothing;
 * unreached, where no test comes near its file; unjudged, where those that do fail here without it; unbuilt, where it is
 * not even a program.
 */
export interface Result {
  readonly id: string
  readonly file: string
  readonly fate: "killed" | "timeout" | "lived" | "unreached" | "unjudged" | "unbuilt"
  /** The test that killed it, or all that were tried. */
  readonly tests: readonly string[]
  /** How many tests come near the file; those beyond the patience were not tried. */
  readonly judges: number
  /** The sentence of the test that failed. */
  readonly title?: string
  /** Digest of the file and of `tests`: the result holds while these are as they were. */
  readonly state: string
}

/** Results on disk, a line each, appended as they come: a run that is stopped goes on where it was. */
export interface Results {
  /** What became of a mutant, if that still holds. */
  get(id: string): Result | undefined
  add(result: Omit<Result, "state">): Result
}

export function openResults(path: string): Results {
  mkdirSync(dirname(path), { recursive: true })
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : []
  const known = new Map(lines.flatMap(parse).map((result) => [result.id, result]))
  return {
    get(id) {
      const result = known.get(id)
      return result !== undefined && result.state === stateOf(result) ? result : undefined
    },
    add(found) {
      const result = { ...found, state: stateOf(found) }
      known.set(result.id, result)
      appendFileSync(path, `${JSON.stringify(result)}\n`)
      return result
    },
  }
}

/** A last line that a kill cut off is no result. */
function parse(line: string): readonly Result[] {
  try {
    return line === "" ? [] : [JSON.parse(line)]
  } catch {
    return []
  }
}

function stateOf({ file, tests }: Pick<Result, "file" | "tests">): string {
  const hash = createHash("sha256")
  for (const path of [file, ...tests])
    hash
      .update(path)
      .update("\0")
      .update(existsSync(path) ? readFileSync(path) : "")
  return hash.digest("hex").slice(0, 16)
}
