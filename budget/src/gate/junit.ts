import { html, type Markup } from "@wattest/verifier"
import type { BudgetResult, Line } from "./decide.ts"
import { endsText } from "./text.ts"

/** A case of a test suite: what it found, and whether that is a failure, an error or neither. */
type Case = { readonly element: "failure" | "error" | null; readonly markup: Markup }

function caseOf(budget: string, name: string, element: Case["element"], type: string, told: string): Case {
  const body =
    element === "failure"
      ? html`<failure type="${type}" message="${told}"/>`
      : element === "error"
        ? html`<error type="${type}" message="${told}"/>`
        : html`<system-out>${told}</system-out>`
  return {
    element,
    markup: html`  <testcase classname="wattest.budget.${budget}" name="${name}">${body}</testcase>\n`,
  }
}

function lineCase(budget: string, line: Line): Case {
  const { limit, source, standing, why } = line
  const told = [standing, endsText(line), why ?? ""].filter((part) => part !== "").join("; ")
  const element = standing === "over" ? "failure" : standing === "unknown" ? "error" : null
  return caseOf(budget, source === "runs" ? limit : `${limit} [${source}]`, element, standing, told)
}

/** A test suite in the form that pipelines read (JUnit XML): a case for each limit, and one for what is missing. */
export function renderJunit(results: readonly BudgetResult[], allowsMissing: boolean): string {
  const cases = results.flatMap(({ name, lines, missing }) => [
    ...lines.map((line) => lineCase(name, line)),
    caseOf(
      name,
      "nothing is missing",
      missing.length > 0 && !allowsMissing ? "error" : null,
      "missing",
      missing.join("; "),
    ),
  ])
  const count = (wanted: string) => cases.filter(({ element }) => element === wanted).length
  const suite = html`<testsuite name="wattest gate" tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}">\n${cases.map(({ markup }) => markup)}</testsuite>\n`
  return `<?xml version="1.0" encoding="UTF-8"?>\n${suite.text}`
}
