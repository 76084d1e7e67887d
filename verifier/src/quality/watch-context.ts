import type { CertifiedRun } from "@wattest/protocol"
import type { Tolerances } from "../policy.ts"
import type { FindingLog } from "./findings.ts"

/** What a look at captures goes by, and where it says what it saw. */
export type WatchContext = {
  readonly statement: Pick<CertifiedRun["statement"], "boundary" | "context">
  readonly tolerances: Tolerances
  readonly log: FindingLog
}
