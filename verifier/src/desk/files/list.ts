import { UsageError } from "@wattest/command"

/** Lines of a list that say something, trimmed, with their numbers from 1: one at a time, however many there are. */
export function* linesIn(list: string): Generator<readonly [line: string, number: number]> {
  for (let start = 0, number = 1; start <= list.length; number++) {
    const found = list.indexOf("\n", start)
    const end = found < 0 ? list.length : found
    const line = list.slice(start, end).trim()
    if (line !== "" && !line.startsWith("#")) yield [line, number]
    start = end + 1
  }
}

/** The paths in a list, one a line, each once; empty lines and those that begin with # say nothing. Throws a UsageError. */
export function pathsIn(list: string): readonly string[] {
  const paths = new Set<string>()
  for (const [path, number] of linesIn(list)) {
    if (path.includes("\0")) throw new UsageError(`line ${number} of the list is no path`, "write one path a line")
    paths.add(path)
  }
  return [...paths]
}
