import { mkdirSync, writeFileSync } from "node:fs"
import { budgetFile } from "@wattest/budget"
import { factorTable, filing, standard } from "@wattest/disclosure"
import {
  anchorReceipt,
  certificate,
  evidenceCapture,
  evidenceHeader,
  extract,
  jobHeader,
  jobPlan,
  presentation,
  profile,
  runRecord,
  type Shape,
  submission,
  vouchDocument,
} from "@wattest/protocol"

import {
  deskLineShape,
  extractReportShape,
  jobReportShape,
  policy,
  presentationReportShape,
  reportShape,
  signedStatement,
} from "@wattest/verifier"
import { assumptions, tableEntry } from "../../explorer/src/table/entry.ts"

/** Writes docs/schemas/*.schema.json: the JSON Schema (draft 2020-12) of every document, from the shapes that parse it. */
export const SCHEMA_FOLDER = "docs/schemas"

const DOCUMENTS: Record<string, Shape<unknown>> = {
  "anchor-receipt": anchorReceipt,
  budget: budgetFile,
  certificate,
  "evidence-capture": evidenceCapture,
  "evidence-header": evidenceHeader,
  factors: factorTable,
  filing,
  "desk-line": deskLineShape,
  extract,
  "extract-report": extractReportShape,
  "job-header": jobHeader,
  "job-plan": jobPlan,
  "job-report": jobReportShape,
  policy,
  report: reportShape,
  presentation,
  profile,
  "presentation-report": presentationReportShape,
  "run-record": runRecord,
  "signed-report": signedStatement,
  standard,
  submission,
  "table-assumptions": assumptions,
  "table-entry": tableEntry,
  vouch: vouchDocument,
}

/** File name to content. */
export function documentSchemas(): Map<string, string> {
  const files = Object.entries(DOCUMENTS).map(([name, { schema }]): [string, string] => {
    const head = { $schema: "https://json-schema.org/draft/2020-12/schema", title: `Wattest ${name}, version 1` }
    return [`${name}.schema.json`, `${JSON.stringify({ ...head, ...schema }, null, 1)}\n`]
  })
  return new Map(files)
}

if (import.meta.main) {
  mkdirSync(SCHEMA_FOLDER, { recursive: true })
  for (const [name, content] of documentSchemas()) writeFileSync(`${SCHEMA_FOLDER}/${name}`, content)
}
