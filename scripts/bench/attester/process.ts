import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs"
import { join, resolve } from "node:path"
import { packMember } from "../../pack/member.ts"

let main = "attester/src/main.ts"

/** Measures the program as it is installed: packed, built to JavaScript, laid out as npm would. */
export async function installAttester(home: string): Promise<void> {
  const modules = join(home, "node_modules")
  mkdirSync(join(modules, "@wattest"), { recursive: true })
  for (const name of readdirSync("node_modules")) {
    if (name !== "@wattest" && !name.startsWith(".")) symlinkSync(resolve("node_modules", name), join(modules, name))
  }
  for (const member of ["protocol", "command", "attester"]) {
    const folder = join(modules, "@wattest", member)
    const tarball = await packMember(member, home)
    mkdirSync(folder)
    execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", folder])
  }
  main = join(modules, "@wattest/attester/dist/main.js")
}

/** The program as {@link installAttester} has laid it out. */
export const mainOf = (): string => main

/** Runs a command of the program to its end. */
export const runToEnd = (...args: string[]): Buffer => execFileSync(process.execPath, [main, ...args])
/** Clock ticks a second of /proc (getconf CLK_TCK on every Linux of today). */
const TICKS = 100

export type Measured = { readonly child: ChildProcess; readonly said: () => string }

/** The attester's own program, as its own process. */
export function start(args: readonly string[]): Measured {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "ignore", "pipe"] })
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
