import { claimConditions, claimFilters, METRIC_NAMES, shape, TOTALS } from "@wattest/protocol"
import { LEDGER_FINDING_CODES } from "../../claims/findings.ts"
import { SEVERITIES } from "../../quality/findings.ts"
import { check, count, expectations, frame, free, MANY, names, real, trustedBlocks, verdict } from "../shapes.ts"
import { PRESENTATION_REPORT_TYPE, type PresentationModel } from "./model.ts"

const { array, hex, literal, nullable, object, oneOf } = shape

const scope = object({
  ...{ chainId: count, registry: hex(20), from: count, to: count, asOf: nullable(count) },
  owners: array(object({ ledger: hex(32), operator: hex(20), voucher: hex(20) }), MANY),
  ...{ filters: claimFilters, conditions: claimConditions },
  ...{ runs: free, unopened: count, voids: count },
})

const coverage = object({
  ...{ sentence: free, expectedMs: nullable(free), meteredMs: free, missingMs: nullable(free), blindPpm: free },
  missingDevices: nullable(real),
  ...{ broken: free, devices: count, joined: count, retired: count, withdrawn: count },
  ...{ neverEnrolled: free, unproven: free, vouchers: array(hex(20), MANY) },
})

const totals = array(oneOf(TOTALS), MANY)

export const claim = object({
  ...{ sentence: free, limits: free, metric: oneOf(METRIC_NAMES), numerator: totals, denominator: totals },
  ...{
    lo: free,
    hi: nullable(free),
    unit: free,
    work: nullable(free),
    said: free,
    tally: scope,
    over: nullable(scope),
    coverage: nullable(coverage),
  },
  ...{ ledgerShare: nullable(object({ lo: free, hi: nullable(free) })), share: nullable(free) },
})

export const ledgerFinding = object({
  ...{ code: names(LEDGER_FINDING_CODES), severity: oneOf(SEVERITIES), sentence: free },
  ...{ tally: count, ledger: nullable(hex(32)), device: nullable(hex(32)), detail: free },
})

/** The shape of a report on a presentation, from which its published JSON Schema is made. */
export const presentationReportShape: shape.Shape<PresentationModel> = object({
  mediaType: literal(PRESENTATION_REPORT_TYPE),
  ...{ name: free, sha256: hex(32), bytes: count },
  verdict,
  ...frame,
  trustedBlocks,
  checks: array(check, MANY),
  claims: array(claim, MANY),
  expectations,
  findings: array(ledgerFinding, MANY),
})
