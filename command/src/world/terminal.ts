import { CommandError, UsageError } from "../errors.ts"
import { printable } from "./printable.ts"

/** Where a command speaks: answers on standard output, everything else on standard error. */
export type Terminal = {
  readonly print: (text: string) => void
  readonly say: (line: string) => void
  /** A line that a person types; null where nobody is there to ask. Throws a CommandError where the person breaks off. */
  readonly ask: (question: string) => Promise<string | null>
}

export const processTerminal: Terminal = {
  print: (text) => void process.stdout.write(text),
  say: (line) => void process.stderr.write(`${line}\n`),
  ask: async (question) => {
    if (!process.stdin.isTTY) return null
    const { createInterface } = await import("node:readline/promises")
    const lines = createInterface({ input: process.stdin, output: process.stderr })
    try {
      return (await lines.question(question)).trim()
    } catch (error) {
      // Ctrl-C and Ctrl-D, or a terminal that is gone.
      if ((error as Error).name !== "AbortError") throw error
      throw new CommandError(
        "the question was broken off",
        "nothing was done; start again, or give its answer as an option",
      )
    } finally {
      lines.close()
    }
  },
}

/** Asks before what is final. Throws where nobody is there to ask, or the answer is not yes. */
export async function confirm({ say, ask }: Terminal, consequence: string): Promise<void> {
  say(`this is final: ${printable(consequence)}`)
  const answer = await ask('type "yes" to go on: ')
  if (answer === null) throw new UsageError("there is no terminal to ask on", "add --yes if you are sure")
  if (answer !== "yes") throw new CommandError("not confirmed", "nothing was sent")
}

/** Named values, a line each. */
export function rows(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length)) + 2
  return pairs.map(([name, value]) => `${name.padEnd(width)}${printable(value)}\n`).join("")
}

/** A table with a heading; columns are as wide as their widest cell. */
export function grid(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const all = [head, ...lines.map((line) => line.map(printable))]
  const widths = head.map((_, i) => Math.max(...all.map((line) => [...(line[i] ?? "")].length)))
  const cell = (text: string, i: number) => text + " ".repeat((widths[i] ?? 0) - [...text].length)
  return all.map((line) => `${line.map(cell).join("  ").trimEnd()}\n`).join("")
}

/** JSON of one line, for machines: whole numbers beyond 2^53 as texts. */
export const jsonLine = (value: unknown): string =>
  `${JSON.stringify(value, (_, item) => (typeof item === "bigint" ? item.toString() : item))}\n`
