import { BOUNDARIES, GRADES, ORIGINS, STATUSES, shape } from "@wattest/protocol"
import { MEASURES } from "../measure/catalogue.ts"
import { EXTENTS } from "../measure/job-extent.ts"
import { FINDING_CODES, SEVERITIES } from "../quality/findings.ts"
import { REPORT_TYPE, type ReportModel } from "./model.ts"
import { check, count, expectations, frame, free, MANY, names, real, trustedBlocks, verdict } from "./shapes.ts"

const { array, literal, nullable, object, oneOf } = shape

export const quantity = object({
  ...{ id: names(MEASURES), title: free, formula: free, own: shape.boolean, run: nullable(free) },
  extent: nullable(oneOf(EXTENTS)),
  ...{ value: real, unit: free, uncertainty: nullable(real), grade: oneOf(GRADES) },
})

const curve = object({
  ...{ run: free, kind: oneOf(["full", "excerpt"]) },
  intervals: array(
    object({
      startMs: count,
      endMs: count,
      powerWatts: nullable(real),
      uncertaintyWatts: nullable(real),
      utilisation: nullable(real),
    }),
    MANY,
  ),
  phases: array(object({ phase: free, durationSeconds: real, energyJoules: real, workUnits: real }), MANY),
})

export const subject = object({
  ...{ device: free, chainId: count, registry: free, operator: free, voucher: free },
  labels: object({ model: free, unit: free, zone: free, site: free, party: free }),
  ...{ workload: free, job: free, accelerators: array(free, MANY) },
  books: object({
    ...{ origin: oneOf(ORIGINS), inventory: oneOf(["shown", "claimed", "none"]), beacons: shape.boolean },
    ...{ blindMs: count, durationMs: count, broken: count },
  }),
  jobExtent: object({ extent: oneOf(EXTENTS), start: nullable(free), missing: free }),
  ...{ boundary: oneOf(BOUNDARIES), status: oneOf(STATUSES), energyGrade: oneOf(GRADES), workGrade: oneOf(GRADES) },
  ...{ startTimeMs: count, endTimeMs: count },
  runs: array(object({ run: free, root: free, position: free, blockNumber: free, anchoredAt: count }), MANY),
})

export const finding = object({
  ...{ code: names(FINDING_CODES), severity: oneOf(SEVERITIES), sentence: free, run: free },
  ...{ sequence: nullable(count), detail: free, count },
})

/** The shape of a report, from which its published JSON Schema is made. */
export const reportShape: shape.Shape<ReportModel> = object({
  mediaType: literal(REPORT_TYPE),
  verdict,
  ...frame,
  trustedBlocks,
  documents: array(
    object({
      ...{ kind: oneOf(["certificate", "evidence"]), name: free, sha256: shape.hex(32), bytes: count },
      ...{ verdict, checks: array(check, MANY) },
    }),
    MANY,
  ),
  findings: array(finding, MANY),
  subject: nullable(subject),
  quantities: array(quantity, MANY),
  expectations,
  curves: array(curve, MANY),
})
