import { visible } from "@wattest/protocol"
import type { DeskResult } from "../result.ts"
import type { Row } from "../row.ts"

const ESCAPES: { readonly [character: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }

/** Text of an attribute or an element; what XML cannot hold is made visible before. */
const xml = (text: string): string =>
  visible(text)
    .toWellFormed()
    .replace(/[&<>"]/g, (character) => ESCAPES[character] ?? "")

function testCase({ kind, name, verdict }: Row): string {
  const head = `  <testcase classname="wattest.${kind}" name="${xml(name)}"`
  if (verdict === null) return `${head}><skipped/></testcase>`
  if (verdict.code === null) return `${head}/>`
  // What could not be known is an error of the test, what was refused a failure.
  const element = verdict.status === "undetermined" ? "error" : "failure"
  const message = `${verdict.code}: ${verdict.sentence}`
  return `${head}><${element} type="${verdict.status}" message="${xml(message)}">${xml(verdict.detail ?? "")}</${element}></testcase>`
}

function togetherCase({ verdict, rows, findings }: DeskResult): string {
  const isOwn = rows.some((row) => row.verdict?.code === verdict.code && row.verdict?.detail === verdict.detail)
  const head = '  <testcase classname="wattest.together" name="all documents together"'
  const told = findings.map(({ severity, code, detail }) => xml(`${severity} ${code}: ${detail}`))
  const output = told.length === 0 ? "" : `<system-out>${told.join("\n")}</system-out>`
  if (verdict.code === null || isOwn) return `${head}>${output}</testcase>`
  const element = verdict.status === "undetermined" ? "error" : "failure"
  return `${head}><${element} type="${verdict.status}" message="${xml(`${verdict.code}: ${verdict.detail}`)}"/>${output}</testcase>`
}

/** A test suite in the form that pipelines read (JUnit XML): a case for each document, and one for all together. */
export function renderJunit(result: DeskResult): string {
  const cases = [...result.rows.map(testCase), togetherCase(result)]
  const count = (element: string) => cases.filter((text) => text.includes(`><${element} `)).length
  const counts = `tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="wattest verify" ${counts}>\n${cases.join("\n")}\n</testsuite>\n`
}
