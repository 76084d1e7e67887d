import { visible } from "@wattest/protocol"
import { UsageError } from "./cli/failure.ts"
import { USAGE } from "./cli/usage.ts"
import { EXIT_CODES } from "./verdict.ts"

/** What went wrong and what to do, for errors that the user can mend; null for anything else, which is a bug. */
function explain(error: unknown): readonly [error: string, hint: string] | null {
  if (error instanceof UsageError) return [error.message, error.hint]
  const { code = "", message = "" } = Object(error) as Partial<NodeJS.ErrnoException>
  if (code.startsWith("ERR_PARSE_ARGS")) return [message, "see wattest-verify --help"]
  if (/^E[A-Z]+$/.test(code)) return [message, "check the path and its permissions"]
  return null
}

/** Tells of a bug. Never exit code 1: nobody may take it for a refusal. */
function fail(error: unknown): never {
  const what = error instanceof Error ? error.stack : String(error)
  process.stderr.write(
    `error: the verifier failed, and nothing was judged\nhint: please report this: ${visible(`${what}`)}\n`,
  )
  process.exit(EXIT_CODES.fault)
}

/** Who reads only the beginning of a report closes the pipe: the exit code still tells the verdict. */
function onStreamError(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") fail(error)
}

async function dispatch(argv: readonly string[]): Promise<number> {
  if (argv.length === 0 || argv.includes("--help")) {
    process.stdout.write(USAGE)
    return argv.length === 0 ? EXIT_CODES.usage : 0
  }
  try {
    if (argv[0] !== "policy") return await (await import("./cli/verify.ts")).verifyCommand(argv)
    return await (await import("./cli/policy.ts")).policyCommand(argv.slice(1))
  } catch (error) {
    const explained = explain(error)
    if (explained === null) return fail(error)
    const [what, hint] = explained
    process.stderr.write(`error: ${visible(what)}\nhint: ${hint}\n`)
    return EXIT_CODES.usage
  }
}

/** The command `wattest-verify`; resolves with its exit code. */
export function run(argv: readonly string[]): Promise<number> {
  process.stdout.on("error", onStreamError)
  process.stderr.on("error", onStreamError)
  process.on("uncaughtException", fail)
  return dispatch(argv)
}
