import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"

const IMPORT = /\b(?:from |import |import\()["']([^"'\n]+)["']/g

/** What a file imports, as it says it. */
export const importsOf = (file: string): readonly string[] =>
  [...readFileSync(file, "utf8").matchAll(IMPORT)].map((match) => match[1] as string)

/** Files, and the files that each imports by a relative path. */
export type Graph = ReadonlyMap<string, readonly string[]>

export const graphOf = (files: readonly string[]): Graph =>
  new Map(
    files.map((file) => [
      file,
      importsOf(file)
        .filter((target) => target.startsWith("."))
        .map((target) => join(dirname(file), target)),
    ]),
  )
