import { type ChildProcess, spawn } from "node:child_process"
import { createServer } from "node:net"

/** Programs that this one started; all of them end with it, however it ends. */
const running = new Set<ChildProcess>()
let isWatching = false

function track(child: ChildProcess): void {
  running.add(child)
  child.once("exit", () => running.delete(child))
  if (isWatching) return
  isWatching = true
  process.once("exit", () => {
    for (const left of running) left.kill("SIGKILL")
  })
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1))
}

/** What a finished program said; `exit` is its exit code. */
export type Outcome = { readonly exit: number; readonly stdout: string; readonly stderr: string }

type Options = { readonly env?: Record<string, string> }

/** Starts a program that runs until {@link stop}; its output goes to `onLine`, line by line. */
export function start(
  command: readonly string[],
  onLine: (line: string) => void,
  { env = {} }: Options = {},
): ChildProcess {
  const [program = "", ...args] = command
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] })
  track(child)
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ""
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) onLine(line)
    })
  }
  return child
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once("exit", resolve))
  child.kill(signal)
  await ended
}

/** Asks a program to end, and waits until it has. */
export const stop = (child: ChildProcess): Promise<void> => end(child, "SIGTERM")

/** Ends a program at once. */
export const kill = (child: ChildProcess): Promise<void> => end(child, "SIGKILL")

/** Runs a program to its end. */
export async function run(command: readonly string[], options: Options = {}): Promise<Outcome> {
  const [program = "", ...args] = command
  const child = spawn(program, args, { env: { ...process.env, ...options.env }, stdio: ["ignore", "pipe", "pipe"] })
  track(child)
  let [stdout, stderr] = ["", ""]
  child.stdout.setEncoding("utf8").on("data", (chunk) => (stdout += chunk))
  child.stderr.setEncoding("utf8").on("data", (chunk) => (stderr += chunk))
  const exit = await new Promise<number>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => resolve(code ?? 1))
  })
  return { exit, stdout, stderr }
}

/** A port of the loopback interface that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      )
    })
  })
}

/** Waits until `probe` answers something, asking every 100 ms. Throws after `timeoutMs`, naming `what`. */
export async function until<T>(what: string, probe: () => Promise<T | null>, timeoutMs = 60_000): Promise<T> {
  for (const startedAt = Date.now(); Date.now() - startedAt < timeoutMs; ) {
    const found = await probe().catch(() => null)
    if (found !== null) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${what} did not happen within ${timeoutMs / 1000} s`)
}
