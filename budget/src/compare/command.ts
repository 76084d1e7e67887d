import { writeFileSync } from "node:fs"
import { type Context, checkPlace, type Outcome, UsageError } from "@wattest/command"
import { visible, visibleJson } from "@wattest/protocol"
import { EXIT_CODES, OUTCOMES } from "@wattest/verifier"
import { readPolicy } from "@wattest/verifier/files"
import { type Believed, type Books, booksOf, judgeAll } from "../books/books.ts"
import type { Compared } from "./by.ts"
import { compare } from "./compare.ts"
import { contestantOf, refuseUnlike } from "./contestant.ts"
import { renderComparison } from "./text.ts"

export type CompareOptions = {
  readonly policy: string
  readonly by: Compared
  readonly quality: readonly string[]
  readonly html: string | undefined
  readonly offline: boolean
}

const DECLARED = /^(?<path>.+)=(?<value>0(?:\.[0-9]{1,12})?|1(?:\.0{1,12})?)$/

/** What somebody says of the quality of each path. Throws a UsageError. */
function declaredQualities(written: readonly string[], paths: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const text of written) {
    const { path, value } = DECLARED.exec(text)?.groups ?? {}
    if (path === undefined || value === undefined)
      throw new UsageError(`--quality: "${text}" is not PATH=SHARE`, "write it as --quality run.json=0.91")
    if (!paths.includes(path))
      throw new UsageError(`--quality: ${path} is none of what is compared`, "write the path as it is compared")
    if (found.has(path)) throw new UsageError(`--quality: ${path} stands twice`, "say it once")
    found.set(path, Number(value))
  }
  return found
}

/** The exit code where a document is not valid, which is said; null where all are. */
function refusal(books: readonly Books[], { terminal }: Context): number | null {
  const refused = books.flatMap((own) => own.refused)
  for (const { name, status, code, detail } of refused)
    terminal.say(visible(`${name} is ${status}, ${code}: ${detail}`))
  const gravest = OUTCOMES.find((outcome) => refused.some(({ status }) => status === outcome))
  return gravest === undefined ? null : EXIT_CODES[gravest]
}

/** `compare`. */
export async function comparePaths(
  paths: readonly string[],
  options: CompareOptions,
  context: Context,
): Promise<Outcome> {
  if (new Set(paths).size < 2) throw new UsageError("there is nothing to compare with", "name two or more")
  const twice = paths.find((path, i) => paths.indexOf(path) !== i)
  if (twice !== undefined) throw new UsageError(`${twice} stands twice`, "name each once")
  const { by, html } = options
  if (html !== undefined) checkPlace(html, "--html")
  const declared = declaredQualities(options.quality, paths)
  const believed: Believed = { policy: readPolicy(options.policy), offline: options.offline }
  const books: Books[] = []
  for (const path of paths) books.push(booksOf(await judgeAll([path], believed)))
  const exit = refusal(books, context)
  if (exit !== null) return { exit }
  const contestants = paths.map((path, i) =>
    contestantOf(path, books[i]?.runs ?? [], { by, declared: declared.get(path) }),
  )
  refuseUnlike(contestants)
  const comparison = compare(contestants, by)
  if (html !== undefined) writeFileSync(html, (await import("./html.ts")).renderComparisonPage(comparison))
  context.terminal.print(context.json ? visibleJson(comparison) : renderComparison(comparison))
  return {}
}
