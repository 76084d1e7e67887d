import { NO_GAUGES } from "@wattest/protocol"
import type { RunLabels } from "../../attester/src/run/run.ts"

export const START = 1_700_000_000_000

const { meanPowerMilliwatts: _, ...gauges } = NO_GAUGES
export const GAUGES = gauges

/** A run that meters nothing and says nothing of itself. */
export const LABELS: RunLabels = {
  tags: { model: "", unit: "", zone: "", site: "", party: "" },
  boundary: "node",
  context: {
    ...{ workload: "test", job: "", modelDigest: null, versions: {}, task: null, qualityRule: "" },
    ...{ vouchDocument: null, accelerators: [], calibrations: [], factors: {}, metering: [], beacon: null },
    jobStart: 0n,
  },
}
