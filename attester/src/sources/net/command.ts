import { execFile } from "node:child_process"
import { SourceError } from "../source.ts"

export type CommandOptions = {
  readonly source: string
  readonly signal: AbortSignal
  /** Added to the environment: secrets go here, never on the command line, which every user of the machine can see. */
  readonly env?: Readonly<Record<string, string>>
}

const MAX_OUTPUT = 4 * 1024 * 1024

/**
 * Runs a tool and gives its standard output. Language and time zone are fixed, so that decimals have points and times
 * are UTC. The tool is killed when `signal` aborts.
 */
export const runCommand = (file: string, args: readonly string[], options: CommandOptions): Promise<string> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: "C", TZ: "UTC", ...options.env }
    const settings = { env, maxBuffer: MAX_OUTPUT, signal: options.signal, killSignal: "SIGKILL" } as const
    const child = execFile(file, args, settings, (error, stdout, stderr) => {
      if (error) reject(commandError(options.source, file, error, `${stderr}\n${stdout}`))
      else resolve(stdout)
    })
    child.stdin?.end()
  })

const commandError = (source: string, file: string, error: Error, output: string): SourceError => {
  const { code, name } = error as NodeJS.ErrnoException
  if (name === "AbortError") return new SourceError(source, "timeout", `${file} did not end in time`)
  if (code === "ENOENT") return new SourceError(source, "missing", `${file} is not installed`)
  if (code === "EACCES") return new SourceError(source, "denied", `${file} may not be run`)
  const lines = output.split("\n").flatMap((line) => line.trim() || [])
  return new SourceError(source, "failed", `${file}: ${lines.join("; ").slice(0, 300) || error.message}`)
}
