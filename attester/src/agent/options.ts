import type { Clock, RunContext } from "@wattest/protocol"
import type { Uptime } from "../books/stand.ts"
import type { ClosedRun, Device } from "../run/device.ts"
import type { Source } from "../sources/source.ts"
import type { Clocks } from "../time/clock.ts"
import type { Period } from "../time/period.ts"
import type { WorkloadLabels } from "../workload/workload.ts"
import type { PlanOptions } from "./plan.ts"

/** What an agent is started with. Clocks and uptime are the host's own unless a caller has others. */
export type AgentOptions = {
  readonly device: Device
  readonly sources: readonly Source[]
  readonly plan: Omit<PlanOptions, "sources">
  readonly intervalMs: number
  /** A run is cut at the end of such a period of UTC, and the next goes on with its labels. */
  readonly period: Period
  /** Labels of the runs between workloads. */
  readonly idle: WorkloadLabels
  /** How far the host's clock can be believed: asked at the beginning of each run. */
  readonly clock?: () => Promise<Clock>
  readonly calibrations: RunContext["calibrations"]
  readonly factors: RunContext["factors"]
  /** A finalized block that is known now, or null. */
  readonly beacon: () => RunContext["beacon"]
  /** Called when a run has been closed. */
  readonly closed: (closed: ClosedRun) => void
  /** What an operator should read, a line at a time. */
  readonly say: (line: string) => void
  readonly clocks?: Clocks
  readonly uptime?: () => Uptime
}
