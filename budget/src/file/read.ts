import { foreignKind, placeOf, readAtMost, UsageError } from "@wattest/command"
import { type Json, Rejection, visible } from "@wattest/protocol"
import { parseDocument } from "yaml"
import { type BudgetFile, budgetFile } from "./shape.ts"

/** Where budgets are unless something else is said. */
export const BUDGET_FILE = "wattest.budget.yaml"

/** Names are compared each with each, so that the time grows with the square of the length. */
const MAX_BYTES = 128 * 1024
const HINT = "the fields are listed in docs/budgets.md"

const refusal = (place: string, why: string) => new UsageError(`${place}: ${visible(why)}`, HINT)

/** The value of a YAML text (1.2, core schema) without aliases, tags of its own, and names twice. Throws a UsageError. */
function readYaml(source: string, place: string): Json {
  const document = parseDocument(source, { version: "1.2", schema: "core", uniqueKeys: true, logLevel: "error" })
  const [fault] = [...document.errors, ...document.warnings]
  if (fault?.code === "RESOURCE_EXHAUSTION") throw refusal(place, "it is nested too deep")
  if (fault !== undefined) throw refusal(place, fault.message.split("\n")[0]?.replace(/:$/, "") ?? "it is no YAML")
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    throw refusal(place, "aliases (*name) are not taken")
  }
}

/** Budgets from the text of a file. Throws a UsageError that names the field. */
export function parseBudgets(source: string, place: string): BudgetFile {
  try {
    return budgetFile(readYaml(source, place), "budget file")
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw refusal(place, error.message)
  }
}

/** Reads a file of budgets. Throws a UsageError where it is none, and what the system throws. */
export function readBudgets(path: string): BudgetFile {
  const bytes = readAtMost(path, MAX_BYTES)
  const place = placeOf(path)
  if (bytes.length > MAX_BYTES) throw refusal(place, `a file of budgets has at most ${MAX_BYTES} bytes`)
  const foreign = foreignKind(bytes)
  if (foreign !== null) throw new UsageError(`${place} is ${foreign}, not a file of budgets`, HINT)
  return parseBudgets(new TextDecoder().decode(bytes), place)
}
