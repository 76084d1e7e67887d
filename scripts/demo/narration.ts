import { run } from "@wattest/testkit/local/processes"

/** The exit code that a command should have, and variables of its environment. */
type Expectation = { readonly exit?: number; readonly env?: Record<string, string> }

/** Tells a person what happens: a numbered title, the command as anybody could type it, and what came of it. */
export function createNarration() {
  const startedAt = Date.now()
  let step = 0
  const narration = {
    step(title: string): void {
      step++
      console.log(`\n${step}. ${title}   (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`)
    },
    say(text: string): void {
      for (const line of text.trimEnd().split("\n")) console.log(`   ${line}`)
    },
    /** Runs one of the project's commands and shows it. Throws unless it ends with the code `exit`. */
    async command(line: readonly string[], { exit: expected = 0, env = {} }: Expectation = {}): Promise<string> {
      const shown = line.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(" ")
      console.log(`   $ npx ${shown}`)
      const [binary = "", ...args] = line
      const { exit, stdout, stderr } = await run([process.execPath, `node_modules/.bin/${binary}`, ...args], { env })
      if (exit !== expected) throw new Error(`${binary} ended with exit code ${exit}\n${stderr}${stdout}`)
      return stdout
    },
  }
  return narration
}
export type Narration = ReturnType<typeof createNarration>
