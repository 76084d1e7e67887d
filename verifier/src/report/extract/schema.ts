import { shape } from "@wattest/protocol"
import { finding } from "../schema.ts"
import { check, count, expectations, frame, free, MANY, trustedBlocks, verdict } from "../shapes.ts"
import { EXTRACT_REPORT_TYPE, type ExtractModel } from "./model.ts"

const { array, hex, literal, nullable, object } = shape

/** The shape of a report on an extract, from which its published JSON Schema is made. */
export const extractReportShape: shape.Shape<ExtractModel> = object({
  mediaType: literal(EXTRACT_REPORT_TYPE),
  ...{ name: free, sha256: hex(32), bytes: count },
  verdict,
  ...frame,
  trustedBlocks,
  checks: array(check, MANY),
  said: nullable(object({ sentence: free, rows: array(object({ name: free, value: free }), MANY) })),
  expectations,
  findings: array(finding, MANY),
})
