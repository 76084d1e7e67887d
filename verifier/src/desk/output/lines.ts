import { type Json, shape, visibleJson } from "@wattest/protocol"
import { SEVERITIES } from "../../quality/findings.ts"
import { claim, ledgerFinding } from "../../report/presentation/schema.ts"
import { finding, quantity, subject } from "../../report/schema.ts"
import { count, expectations, frame, free, MANY, names, sample, trustedBlocks, verdict } from "../../report/shapes.ts"
import { DESK_FINDING_CODES } from "../across/findings.ts"
import { DESK_KINDS } from "../files/kinds.ts"
import type { DeskResult } from "../result.ts"
import type { Row } from "../row.ts"

const { array, described, hex, literal, nullable, object, oneOf } = shape

export const DESK_TYPE = "application/vnd.wattest.desk.v1+ndjson"

const digest = nullable(hex(32))

/** A finding of a certificate's run, or of a claim's ledger. */
const ownFinding: shape.Shape<unknown> = described(
  { anyOf: [{ ...finding.schema }, { ...ledgerFinding.schema }] },
  (value, path) => ("run" in (value as object) ? finding(value, path) : ledgerFinding(value, path)),
)

const LINES = {
  document: object({
    ...{ type: literal("document"), kind: oneOf(DESK_KINDS), name: free, sha256: digest, bytes: count },
    ...{ verdict: nullable(verdict), page: nullable(free) },
    evidence: array(object({ name: free, sha256: digest }), MANY),
    report: nullable(
      object({
        ...{ subject: nullable(subject), quantities: array(quantity, MANY), expectations, trustedBlocks },
        ...{ claims: array(claim, MANY), findings: array(ownFinding, MANY) },
      }),
    ),
  }),
  finding: object({
    ...{ type: literal("finding"), code: names(DESK_FINDING_CODES), severity: oneOf(SEVERITIES), sentence: free },
    ...{ detail: free, documents: array(free, MANY) },
  }),
  drawn: object({ type: literal("drawn"), device: hex(32), run: free, documents: array(free, MANY) }),
  summary: object({
    ...{ type: literal("summary"), mediaType: literal(DESK_TYPE), ...frame, verdict },
    counts: object({ invalid: count, unaccepted: count, undetermined: count, valid: count }),
    sample: nullable(sample),
  }),
}

/** The shape of a line, from which its published JSON Schema is made. */
export const deskLineShape: shape.Shape<unknown> = described(
  { oneOf: Object.values(LINES).map(({ schema }) => ({ ...schema })) },
  (value: Json, path) => {
    const { type } = value as { readonly type?: unknown }
    const known = Object.entries(LINES).find(([name]) => name === type)
    if (known === undefined) throw new TypeError(`${path}: no line is called ${String(type)}`)
    return known[1](value, path)
  },
)

/** How the documents were drawn, without the runs themselves; null where none were. */
export function sampleSummary({ sample: drew }: DeskResult): shape.TypeOf<typeof sample> | null {
  if (drew === null) return null
  const missing = drew.drawn.filter(({ documents }) => documents.length === 0).length
  return { ...drew, drawn: drew.drawn.length, missing }
}

function summary(result: DeskResult) {
  const { verifier, time, policyDigest, policyText, verdict: whole, counts } = result
  const framed = { verifier, time, policyDigest, policyText, verdict: whole }
  return { type: "summary", mediaType: DESK_TYPE, ...framed, counts, sample: sampleSummary(result) }
}

const documentLine = (row: Row) => ({ type: "document", ...row })

/** NDJSON: a line for each document, finding and drawn run, and one that sums up. */
export function renderLines(result: DeskResult): string {
  const lines = [
    ...result.rows.map(documentLine),
    ...result.findings.map((found) => ({ type: "finding", ...found })),
    ...(result.sample?.drawn ?? []).map((run) => ({ type: "drawn", ...run })),
    summary(result),
  ]
  return lines.map((line) => visibleJson(line, 0)).join("")
}
