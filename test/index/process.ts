import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"

const MAIN = "index/src/main.ts"

export type Running = { readonly process: ChildProcess; line(pattern: RegExp): Promise<string> }

/** The real command on a store of its own. */
export function startIndex(argv: readonly string[]): Running {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ["ignore", "pipe", "pipe"] })
  const lines: string[] = []
  const heard: (() => void)[] = []
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (text) => {
      lines.push(text)
      for (const wake of heard.splice(0)) wake()
    })
  const line = async (pattern: RegExp): Promise<string> => {
    const found = lines.find((text) => pattern.test(text))
    if (found !== undefined) return found
    if (child.exitCode !== null) throw new Error(lines.join("\n"))
    await new Promise<void>((wake) => heard.push(wake))
    return line(pattern)
  }
  return { process: child, line }
}

export const ended = async ({ process: child }: Running) => child.exitCode ?? (await once(child, "exit"))[0]
