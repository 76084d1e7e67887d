import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Something that a test needs and this machine lacks. */
export type Lack = {
  /** What, and how it is to be had. */
  readonly what: string
  /** ci: `.ci/run` brings it, so a strict run has no excuse; deep: the deep run alone does; elsewhere: not on such a machine. */
  readonly had: "ci" | "deep" | "elsewhere"
}

/** What a test or its hook can do about itself. */
export type Skippable = {
  readonly test?: { fullTitle(): string } | undefined
  readonly currentTest?: { fullTitle(): string } | undefined
  skip(): never
}

const HOOK = / "(?:before|after) (?:all|each)" hook.*/

const titleOf = ({ test, currentTest }: Skippable) => (currentTest ?? test)?.fullTitle().replace(HOOK, "") ?? "a test"

type Skipped = { readonly title: string; readonly lack: Lack }

/** The process that ends the run: this one, or the one that shares the files of tests out to workers like this. */
const isWorker = process.env.MOCHA_WORKER_ID !== undefined && process.env.WATTEST_TEST_RUN === `${process.ppid}`
const run = isWorker ? process.ppid : process.pid
process.env.WATTEST_TEST_RUN = `${run}`
const list = join(tmpdir(), `wattest-skipped-${run}.ndjson`)

/** Skips a test, or in a hook its whole suite. All that was skipped stands in the last lines of the run, with the reason. */
export function skip(context: Skippable, what: string, had: Lack["had"] = "ci"): never {
  const skipped: Skipped = { title: titleOf(context), lack: { what, had } }
  appendFileSync(list, `${JSON.stringify(skipped)}\n`)
  return context.skip()
}

/** What a strict run must not skip: what can be had there. */
const hasNoExcuse = ({ had }: Lack) => had === "ci" || (had === "deep" && process.env.WATTEST_DEPTH === "deep")

function tell(): void {
  if (!existsSync(list)) return
  const skipped = readFileSync(list, "utf8")
    .trim()
    .split("\n")
    .map((line): Skipped => JSON.parse(line))
  rmSync(list)
  const lines = skipped.map(({ title, lack }) => `  ${title}: ${lack.what}`)
  console.error(`${skipped.length} not tried here:\n${lines.join("\n")}`)
  const wrong = skipped.filter(({ lack }) => hasNoExcuse(lack))
  if (process.env.WATTEST_STRICT !== "1" || wrong.length === 0) return
  console.error(`error: a strict run has all that can be had, and ${wrong.length} of these can`)
  process.exitCode = 1
}

if (!isWorker) process.on("exit", tell)
