import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"

const MAIN = "attester/src/main.ts"
/** Clock ticks a second of /proc (getconf CLK_TCK on every Linux of today). */
const TICKS = 100

export type Measured = { readonly child: ChildProcess; readonly said: () => string }

/** The attester's own program, as its own process. */
export function start(args: readonly string[]): Measured {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "ignore", "pipe"] })
  let said = ""
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text
  })
  return { child, said: () => said }
}

export async function finish({ child, said }: Measured): Promise<void> {
  const [code] = child.exitCode === null ? await once(child, "exit") : [child.exitCode]
  if (code !== 0) throw new Error(`the attester ended with ${code}: ${said()}`)
}

/** Processor time of a process so far, seconds. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** Most memory that a process has had resident, MB; null once it is gone. */
export function peakMegabytes(pid: number): number | null {
  try {
    const [, kilobytes] = /^VmHWM:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? []
    return kilobytes === undefined ? null : Number(kilobytes) / 1024
  } catch {
    return null
  }
}
