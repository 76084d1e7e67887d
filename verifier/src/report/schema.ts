import { BOUNDARIES, GRADES, type Json, STATUSES, shape } from "@wattest/protocol"
import { TRUST_REASONS } from "../chain/trust.ts"
import { MEASURES } from "../measure/catalogue.ts"
import { EXTENTS } from "../measure/job-extent.ts"
import { FINDING_CODES, SEVERITIES } from "../quality/findings.ts"
import { OUTCOMES } from "../verdict.ts"
import { REPORT_TYPE, type ReportModel } from "./model.ts"

const { array, boolean, described, integer, literal, nullable, object, oneOf, text } = shape

const MANY = { max: 2 ** 31 - 1 }
const free = text(2 ** 31 - 1)
const count = integer(0, 2 ** 53 - 1)
const names = <T extends string>(table: { readonly [K in T]: unknown }) => oneOf(Object.keys(table) as T[])

/** Any finite number. */
const real: shape.Shape<number> = described({ type: "number" }, (value: Json, path) => {
  if (typeof value !== "number") throw new TypeError(`${path}: expected a number`)
  return value
})

const verdict = object({
  status: oneOf(OUTCOMES),
  code: nullable(free),
  sentence: free,
  detail: nullable(free),
})

const check = object({ id: free, title: free, proves: free, stops: free, required: boolean, verdict })

const quantity = object({
  ...{ id: names(MEASURES), title: free, formula: free, own: boolean, run: nullable(free) },
  extent: nullable(oneOf(EXTENTS)),
  ...{ value: real, unit: free, uncertainty: nullable(real), grade: oneOf(GRADES) },
})

const curve = object({
  ...{ run: free, kind: oneOf(["full", "excerpt"]) },
  intervals: array(
    object({ startMs: count, endMs: count, powerWatts: nullable(real), utilisation: nullable(real) }),
    MANY,
  ),
  phases: array(object({ phase: free, durationSeconds: real, energyJoules: real, workUnits: real }), MANY),
})

const subject = object({
  ...{ device: free, chainId: count, registry: free, operator: free, voucher: free },
  labels: object({ model: free, unit: free, zone: free, party: free }),
  ...{ workload: free, job: free, accelerators: array(free, MANY) },
  jobExtent: object({ extent: oneOf(EXTENTS), start: nullable(free), missing: free }),
  ...{ boundary: oneOf(BOUNDARIES), status: oneOf(STATUSES), energyGrade: oneOf(GRADES), workGrade: oneOf(GRADES) },
  ...{ startTimeMs: count, endTimeMs: count },
  runs: array(object({ run: free, root: free, position: free, blockNumber: free, anchoredAt: count }), MANY),
})

/** The shape of a report, from which its published JSON Schema is made. */
export const reportShape: shape.Shape<ReportModel> = object({
  mediaType: literal(REPORT_TYPE),
  verdict,
  policyDigest: free,
  trustedBlocks: array(object({ chainId: count, number: free, by: oneOf(TRUST_REASONS), nodes: count }), MANY),
  documents: array(
    object({ kind: oneOf(["certificate", "evidence"]), name: free, verdict, checks: array(check, MANY) }),
    MANY,
  ),
  findings: array(
    object({
      ...{ code: names(FINDING_CODES), severity: oneOf(SEVERITIES), sentence: free, run: free },
      ...{ sequence: nullable(count), detail: free, count },
    }),
    MANY,
  ),
  subject: nullable(subject),
  quantities: array(quantity, MANY),
  curves: array(curve, MANY),
})
