import { shape } from "@wattest/protocol"
import { LEDGER_FINDING_CODES } from "../../claims/findings.ts"
import { SEVERITIES } from "../../quality/findings.ts"
import { check, count, free, MANY, names, trustedBlocks, verdict } from "../shapes.ts"
import { PRESENTATION_REPORT_TYPE, type PresentationModel } from "./model.ts"

const { array, hex, literal, nullable, object, oneOf } = shape

/** The shape of a report on a presentation, from which its published JSON Schema is made. */
export const presentationReportShape: shape.Shape<PresentationModel> = object({
  mediaType: literal(PRESENTATION_REPORT_TYPE),
  name: free,
  verdict,
  policyDigest: free,
  trustedBlocks,
  checks: array(check, MANY),
  claims: array(object({ sentence: free, limits: free, runs: free, unopened: count, voids: count }), MANY),
  findings: array(
    object({
      ...{ code: names(LEDGER_FINDING_CODES), severity: oneOf(SEVERITIES), sentence: free },
      ...{ claim: count, ledger: hex(32), device: nullable(hex(32)), detail: free },
    }),
    MANY,
  ),
})
