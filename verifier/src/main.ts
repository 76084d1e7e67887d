#!/usr/bin/env node
import { visible } from "@wattest/protocol"
import { UsageError } from "./cli/failure.ts"
import { USAGE } from "./cli/usage.ts"
import { EXIT_CODES } from "./verdict.ts"

/** What went wrong and what to do, for errors that the user can mend; anything else is a bug and goes on. */
function explain(error: unknown): readonly [error: string, hint: string] {
  if (error instanceof UsageError) return [error.message, error.hint]
  const { code = "", message } = error as NodeJS.ErrnoException
  if (code.startsWith("ERR_PARSE_ARGS")) return [message, "see wattest-verify --help"]
  if (/^E[A-Z]+$/.test(code)) return [message, "check the path and its permissions"]
  throw error
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 0 || argv.includes("--help")) {
    process.stdout.write(USAGE)
    return argv.length === 0 ? EXIT_CODES.usage : 0
  }
  try {
    if (argv[0] !== "policy") return await (await import("./cli/verify.ts")).verifyCommand(argv)
    return await (await import("./cli/policy.ts")).policyCommand(argv.slice(1))
  } catch (error) {
    const [what, hint] = explain(error)
    process.stderr.write(`error: ${visible(what)}\nhint: ${hint}\n`)
    return EXIT_CODES.usage
  }
}

process.exitCode = await main(process.argv.slice(2))
