import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  type Context,
  checkPlace,
  checkReplaced,
  EXIT,
  jsonLine,
  type Outcome,
  replaceDurably,
  UsageError,
} from "@wattest/command"
import { visible, visibleJson } from "@wattest/protocol"
import { EXIT_CODES, type Fraction } from "@wattest/verifier"
import { readPolicy } from "@wattest/verifier/files"
import { type Believed, type Books, booksOf, judgeAll } from "../books/books.ts"
import type { Compared } from "../compare/by.ts"
import { BUDGET_FILE, readBudgets } from "../file/read.ts"
import type { Budget } from "../file/shape.ts"
import { type BudgetResult, decideBudget, gravest } from "./decide.ts"
import { renderJunit } from "./junit.ts"
import { renderPrometheus } from "./prometheus.ts"
import { decidePromotion, type Promotion } from "./promote.ts"
import { endsText, renderGate } from "./text.ts"

export type GateOptions = {
  readonly policy: string
  readonly budget: string | undefined
  readonly at: number | undefined
  readonly "allow-missing": boolean
  readonly junit: string | undefined
  readonly prometheus: string | undefined
  readonly offline: boolean
  readonly promote: string | undefined
  readonly incumbent: string | undefined
  readonly by: Compared
  readonly "allow-regression": string
}

/** Budgets of the file that was named, or of the one that lies here; none where nobody asks for any. */
function budgetsFor({ budget, prometheus, incumbent }: GateOptions, folder: string): readonly Budget[] {
  if (budget !== undefined) return readBudgets(budget).budgets
  const here = join(folder, BUDGET_FILE)
  if (existsSync(here)) return readBudgets(here).budgets
  if (prometheus !== undefined || incumbent !== undefined) return []
  throw new UsageError(
    `there is no ${BUDGET_FILE} here`,
    "name the budgets with --budget FILE; docs/budgets.md shows one",
  )
}

const VERDICTS = { 0: "WITHIN BUDGET", 1: "OVER BUDGET", 3: "NOT KNOWN" } as const

/** Over is certain whatever is missing; within is certain only where nothing is. */
function exitOf(results: readonly BudgetResult[], allowsMissing: boolean): keyof typeof VERDICTS {
  const standing = results.length === 0 ? "within" : gravest(results)
  if (standing === "over") return EXIT.failed
  const isMissing = !allowsMissing && results.some(({ missing }) => missing.length > 0)
  return standing === "unknown" || isMissing ? EXIT.undetermined : EXIT.done
}

async function gateBudgets(paths: readonly string[], options: GateOptions, context: Context): Promise<Outcome> {
  const { junit, prometheus, "allow-missing": allowsMissing } = options
  if (junit !== undefined) checkPlace(junit, "--junit")
  if (prometheus !== undefined) checkReplaced(prometheus, "--prometheus")
  const budgets = budgetsFor(options, context.folder)
  const books = booksOf(await judgeAll(paths, believedBy(options)))
  // The first moment of a period is its own, where an end there would be the last of the one before.
  const atMs = options.at === undefined ? null : options.at * 1000 + 1
  const results = budgets.map((budget) => decideBudget(budget, books, atMs))
  const exit = exitOf(results, allowsMissing)
  if (junit !== undefined) writeFileSync(junit, renderJunit(results, allowsMissing))
  // A scraper never sees half a file.
  if (prometheus !== undefined) replaceDurably(prometheus, renderPrometheus(books, results))
  const { valid, refused } = books
  const { terminal, json } = context
  if (json) terminal.print(jsonLine({ verdict: VERDICTS[exit].toLowerCase(), valid, refused, budgets: results }))
  else terminal.print(renderGate(results, books, VERDICTS[exit]))
  for (const { name, lines } of results)
    for (const line of lines.filter(({ standing }) => standing === "warning"))
      terminal.say(visible(`warning: ${name}: ${line.limit}: the upper end passes it: ${endsText(line)}`))
  return { exit }
}

const believedBy = ({ policy, offline }: GateOptions): Believed => ({ policy: readPolicy(policy), offline })

/** A percentage as a share, exactly. */
function shareOf(percent: string): Fraction {
  const [whole = "0", decimals = ""] = percent.split(".")
  return { value: BigInt(whole + decimals), divisor: 100n * 10n ** BigInt(decimals.length) }
}

function promotionText({ decision, candidate, incumbent, by, lines, refused, sentence }: Promotion): string {
  const side = (name: string, one: Promotion["candidate"]) =>
    one === null
      ? []
      : [
          `${name}  ${one.name}  ${one.model}  ${one.lower.toPrecision(4)} to ${one.upper.toPrecision(4)} J/${one.unit}, ${by} at ${one.boundary}`,
        ]
  return [
    ...side("candidate", candidate),
    ...side("incumbent", incumbent),
    ...lines.map((line) => `  ${line.standing}: ${line.budget}: ${line.limit}; ${endsText(line)}`),
    ...refused.map(({ name, status, code, detail }) => `  ${name} is ${status}, ${code}: ${detail}`),
    `${decision.toUpperCase()}: ${sentence}`,
  ]
    .map((line) => `${visible(line)}\n`)
    .join("")
}

function exitOfPromotion({ decision }: Promotion, candidate: Books): number {
  const [refused] = candidate.refused
  if (refused !== undefined) return EXIT_CODES[refused.status]
  return { promote: EXIT.done, refuse: EXIT.failed, unknown: EXIT.undetermined }[decision]
}

async function gatePromotion(
  promote: string,
  options: GateOptions,
  { terminal, json, folder }: Context,
): Promise<Outcome> {
  const believed = believedBy(options)
  const budgets = budgetsFor(options, folder)
  const candidate = booksOf(await judgeAll([promote], believed))
  const { by, incumbent: path } = options
  const incumbent = path === undefined ? null : booksOf(await judgeAll([path], believed))
  const regression = shareOf(options["allow-regression"])
  const promotion = decidePromotion({ by, budgets, candidate, incumbent, regression })
  if (incumbent === null && promotion.candidate !== null && promotion.lines.length === 0)
    throw new UsageError(
      "nothing decides this promotion",
      "name --incumbent FILE, or a budget for a unit of work that selects the candidate",
    )
  terminal.print(json ? visibleJson(promotion) : promotionText(promotion))
  return { exit: exitOfPromotion(promotion, candidate) }
}

/** `gate`. */
export async function gate(paths: readonly string[], options: GateOptions, context: Context): Promise<Outcome> {
  const { promote, incumbent } = options
  if (promote === undefined) {
    if (incumbent !== undefined) throw new UsageError("--incumbent of which candidate?", "name it with --promote FILE")
    if (paths.length === 0) throw new UsageError("no document was named", "name certificates, or a folder of them")
    return gateBudgets(paths, options, context)
  }
  if (paths.length > 0) throw new UsageError("--promote judges its own documents", "leave out the other paths")
  const foreign = (["junit", "prometheus", "at"] as const).find((name) => options[name] !== undefined)
  if (foreign !== undefined) throw new UsageError(`--${foreign} says nothing of a promotion`, "leave it out")
  return gatePromotion(promote, options, context)
}
