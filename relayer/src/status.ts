import type { View } from "@wattest/chain"
import type { Backlog } from "./store/reads.ts"

/** What the relayer says of itself. */
export type Status = Backlog & {
  /** The last look at the chain; null before the first. */
  readonly view: View | null
  readonly lastStepMs: number | null
  readonly lastError: string | null
}
