import { visible } from "@wattest/protocol"
import type { BudgetResult, Line } from "./decide.ts"
import { endsText } from "./text.ts"

const ESCAPES: { readonly [character: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }

const xml = (text: string): string =>
  visible(text)
    .toWellFormed()
    .replace(/[&<>"]/g, (character) => ESCAPES[character] ?? "")

function lineCase(budget: string, line: Line): string {
  const { limit, source, standing, why } = line
  const head = `  <testcase classname="wattest.budget.${xml(budget)}" name="${xml(source === "runs" ? limit : `${limit} [${source}]`)}"`
  const told = xml([endsText(line), ...(why === null ? [] : [why])].filter((part) => part !== "").join("; "))
  if (standing === "over") return `${head}><failure type="over" message="${told}"/></testcase>`
  if (standing === "unknown") return `${head}><error type="unknown" message="${told}"/></testcase>`
  return `${head}><system-out>${standing}: ${told}</system-out></testcase>`
}

function missingCase(budget: string, missing: readonly string[], isAllowed: boolean): string {
  const head = `  <testcase classname="wattest.budget.${xml(budget)}" name="nothing is missing"`
  if (missing.length === 0) return `${head}/>`
  const told = xml(missing.join("\n"))
  return isAllowed
    ? `${head}><system-out>${told}</system-out></testcase>`
    : `${head}><error type="missing" message="${told}"/></testcase>`
}

/** A test suite in the form that pipelines read (JUnit XML): a case for each limit, and one for what is missing. */
export function renderJunit(results: readonly BudgetResult[], allowsMissing: boolean): string {
  const cases = results.flatMap(({ name, lines, missing }) => [
    ...lines.map((line) => lineCase(name, line)),
    missingCase(name, missing, allowsMissing),
  ])
  const count = (element: string) => cases.filter((text) => text.includes(`><${element} `)).length
  const counts = `tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="wattest gate" ${counts}>\n${cases.join("\n")}\n</testsuite>\n`
}
