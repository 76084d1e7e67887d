import { spawn } from "node:child_process"

export type Ended = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

/** Runs a program of ours without stopping the test's own event loop. */
export function run(main: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args], { env })
    let [stdout, stderr] = ["", ""]
    child.stdout.on("data", (text) => {
      stdout += text
    })
    child.stderr.on("data", (text) => {
      stderr += text
    })
    child.on("close", (status) => resolve({ status, stdout, stderr }))
  })
}
