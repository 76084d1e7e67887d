import { spawn } from "node:child_process"
import { existsSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"

/** What became of the tests: all passed; one failed, or none could be loaded; they did not end in time. */
export type Outcome =
  | { readonly kind: "passed" | "timeout" }
  | { readonly kind: "failed"; readonly test: string; readonly title: string }

interface Report {
  readonly failures: readonly { readonly file: string; readonly fullTitle: string }[]
}

/** Snapshots notice every change of a contract or a circuit, whatever it means. */
const ACCIDENTS = String.raw`at most [\d,]+ gas|on gas hold|has (?:\d+|exactly its) constraints`

/** Runs test files in a tree until one fails, and ends every process that they leave behind. */
export async function runTests(root: string, tests: readonly string[], limitSeconds: number): Promise<Outcome> {
  const end = performance.now() + 1000 * limitSeconds
  const inSolidity = tests.filter((test) => test.endsWith(".sol"))
  const rest = tests.filter((test) => !test.endsWith(".sol"))
  const first = inSolidity.length === 0 ? PASSED : await runSolidity(root, inSolidity, limitSeconds)
  if (first.kind !== "passed" || rest.length === 0) return first
  return runMocha(root, rest, (end - performance.now()) / 1000)
}

const PASSED: Outcome = { kind: "passed" }

async function runSolidity(root: string, tests: readonly string[], limitSeconds: number): Promise<Outcome> {
  const hardhat = ["node_modules/hardhat/dist/src/cli.js", "test", "solidity"]
  const code = await runNode(root, [...hardhat, ...tests], limitSeconds)
  if (code === null) return { kind: "timeout" }
  return code === 0 ? PASSED : { kind: "failed", test: tests[0] ?? "", title: "in Solidity" }
}

async function runMocha(root: string, tests: readonly string[], limitSeconds: number): Promise<Outcome> {
  const report = join(root, "build", "trial.json")
  rmSync(report, { force: true })
  const options = ["--bail", "--reporter", "json", "--reporter-option", `output=${report}`]
  const mocha = ["node_modules/mocha/bin/mocha.js", ...options, "--grep", ACCIDENTS, "--invert"]
  const code = await runNode(root, [...mocha, ...tests], limitSeconds)
  if (code === null) return { kind: "timeout" }
  // A failure whose values the reporter cannot write ends it with 0, and without a report
  if (code === 0 && existsSync(report)) return PASSED
  const { failures }: Report = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : { failures: [] }
  const [first] = failures
  if (first === undefined)
    return { kind: "failed", test: tests[0] ?? "", title: "does not load, or cannot be reported" }
  return { kind: "failed", test: first.file.replace(`${root}/`, ""), title: first.fullTitle }
}

const groups = new Set<number>()

/** Ends what tests have started when the campaign itself is told to end: they are groups of their own. */
export function endWithTests(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      for (const group of groups) killGroup(group)
      process.exit(130)
    })
}

function killGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL")
  } catch {
    // the whole group has ended by itself
  }
}

/** The exit code, or null where the limit came first. The group is killed in any case: tests start chains and servers. */
export function runNode(root: string, command: readonly string[], limitSeconds: number): Promise<number | null> {
  const child = spawn(process.execPath, command, { cwd: root, detached: true, stdio: "ignore" })
  const { promise, resolve } = Promise.withResolvers<number | null>()
  const { pid } = child
  if (pid !== undefined) groups.add(pid)
  const end = (code: number | null) => {
    resolve(code)
    if (pid !== undefined && groups.delete(pid)) killGroup(pid)
  }
  const timer = setTimeout(() => end(null), Math.max(1, limitSeconds * 1000))
  child.on("error", () => end(1))
  child.on("exit", (code) => {
    clearTimeout(timer)
    end(code ?? 1)
  })
  return promise
}
