import { BOUNDARIES, GRADES, ORIGINS, shape } from "@wattest/protocol"
import { finding, quantity } from "../schema.ts"
import { check, count, expectations, frame, free, MANY, real, trustedBlocks, verdict } from "../shapes.ts"
import { JOB_REPORT_TYPE, type JobModel } from "./model.ts"

const { array, boolean, literal, nullable, object, oneOf } = shape

const ids = array(free, MANY)

const part = object({
  ...{ part: count, outcome: oneOf(["complete", "failed", "incomplete"]), devices: count },
  ...{ missing: ids, joined: ids, left: ids, voids: count, sharedWork: boolean },
  ...{ startTimeMs: nullable(count), endTimeMs: nullable(count), gapMs: nullable(real) },
  ...{ energyJoules: real, uncertaintyJoules: real, workUnits: free },
})

const subject = object({
  ...{ job: free, workload: free, model: free, unit: free, party: free, zones: ids, sites: ids },
  ...{ boundary: oneOf(BOUNDARIES), origin: oneOf(ORIGINS), energyGrade: oneOf(GRADES), workGrade: oneOf(GRADES) },
  chains: array(object({ chainId: count, registry: free }), MANY),
  owners: array(object({ operator: free, voucher: free }), MANY),
  ...{ devices: count, runs: count, broken: count, startTimeMs: count, endTimeMs: count, uncertaintyRule: free },
})

const evidence = object({
  ...{ name: free, sha256: nullable(shape.hex(32)), bytes: count, verdict },
  ...{ device: nullable(free), run: nullable(free), captures: nullable(count) },
  kind: nullable(oneOf(["full", "excerpt"])),
})

/** The shape of a report on a job, from which its published JSON Schema is made. */
export const jobReportShape: shape.Shape<JobModel> = object({
  mediaType: literal(JOB_REPORT_TYPE),
  ...{ name: free, sha256: shape.hex(32), bytes: count },
  verdict,
  ...frame,
  trustedBlocks,
  checks: array(check, MANY),
  subject: nullable(subject),
  parts: array(part, MANY),
  quantities: array(quantity, MANY),
  expectations,
  evidence: array(evidence, MANY),
  findings: array(finding, MANY),
})
