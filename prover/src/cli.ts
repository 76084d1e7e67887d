import { Rejection } from "@wattest/protocol"
import { UsageError } from "./cli/arguments.ts"
import { certificateCommand, excerptCommand, type Outcome } from "./cli/certificate.ts"
import { chosenCommand, claimCommand, publishCommand } from "./cli/claim.ts"
import { USAGE } from "./cli/usage.ts"
import { Refusal } from "./refusal.ts"

const EXIT = { written: 0, refused: 1, usage: 2, unreachable: 3 } as const

const COMMANDS: { readonly [name: string]: (argv: readonly string[]) => Promise<Outcome> } = {
  certificate: certificateCommand,
  excerpt: excerptCommand,
  claim: claimCommand,
  chosen: chosenCommand,
  publish: publishCommand,
}

/** One line for what went wrong, one for what to do; the exit code that fits. */
function explain(error: unknown): { readonly lines: readonly string[]; readonly exit: number } {
  if (error instanceof UsageError) return { lines: [`error: ${error.message}`, "hint: see --help"], exit: EXIT.usage }
  if (error instanceof Refusal) {
    const exit = error.code === "SOURCE_UNREACHABLE" ? EXIT.unreachable : EXIT.refused
    return { lines: [`error: ${error.message}`, `hint: ${error.hint}`], exit }
  }
  if (error instanceof Rejection)
    return { lines: [`error: ${error.message} (${error.code})`, "hint: nothing was written"], exit: EXIT.refused }
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  return { lines: [`error: ${message}`, "hint: check the paths and their permissions"], exit: EXIT.refused }
}

function report(outcome: Outcome, asJson: boolean): void {
  if (asJson) process.stdout.write(`${JSON.stringify(outcome)}\n`)
  else
    process.stderr.write(
      `${Object.entries(outcome)
        .map(([name, value]) => `${name}: ${value}`)
        .join(", ")}\n`,
    )
}

/** The command `wattest-prove`; resolves with its exit code. */
export async function run([name = "", ...argv]: readonly string[]): Promise<number> {
  if (name === "--help" || argv.includes("--help")) {
    process.stdout.write(USAGE)
    return EXIT.written
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  try {
    if (!command) throw new UsageError(name ? `"${name}" is no command` : "no command is given")
    report(await command(argv), argv.includes("--json"))
    return EXIT.written
  } catch (error) {
    const { lines, exit } = explain(error)
    process.stderr.write(`${lines.join("\n")}\n`)
    return exit
  }
}
