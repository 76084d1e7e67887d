import { createHash } from "node:crypto"

/** One place of a source file, and what stands there instead. Offsets count UTF-16 code units of the file's text. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly replacement: string
}

/** A small change of one source file, of which some test should notice that it is wrong. */
export interface Mutant extends Edit {
  readonly file: string
  /** Line of the first changed character, from 1. */
  readonly line: number
  /** The changed lines before and after, trimmed: what a person compares. */
  readonly before: string
  readonly after: string
  /** Of file, before, after and how often these stood above: it stays the same while other lines of the file change. */
  readonly id: string
}

/** Whether an edit moves a bound by one or turns a comparison round. */
export const isBound = ({ replacement }: Edit): boolean => /^[<>]=?$/.test(replacement)

export const applied = (text: string, { start, end, replacement }: Edit): string =>
  text.slice(0, start) + replacement + text.slice(end)

/** Makes mutants of edits: without those that change nothing, each once, in the order of the file. */
export function mutantsOf(file: string, text: string, edits: readonly Edit[]): readonly Mutant[] {
  const seen = new Map<string, number>()
  const known = new Set<string>()
  return [...edits]
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .flatMap((edit) => {
      const changed = applied(text, edit)
      if (changed === text || known.has(changed)) return []
      known.add(changed)
      const from = text.lastIndexOf("\n", edit.start - 1) + 1
      const to = endOfLine(text, edit.end)
      const before = trimmed(text.slice(from, to))
      const after = trimmed(text.slice(from, edit.start) + edit.replacement + text.slice(edit.end, to))
      const key = [file, before, after].join("\0")
      const count = seen.get(key) ?? 0
      seen.set(key, count + 1)
      const id = createHash("sha256").update(`${key}\0${count}`).digest("hex").slice(0, 16)
      return [{ ...edit, file, line: text.slice(0, edit.start).split("\n").length, before, after, id }]
    })
}

const endOfLine = (text: string, from: number) => {
  const end = text.indexOf("\n", from)
  return end === -1 ? text.length : end
}

const trimmed = (lines: string) =>
  lines
    .split("\n")
    .map((line) => line.trim())
    .join("\n")
    .trim()
