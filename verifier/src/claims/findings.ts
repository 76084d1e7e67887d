import { type Hex, ledgerIdOf, type PeriodTally } from "@wattest/protocol"
import type { Severity } from "../quality/findings.ts"

/** The closed set of findings about the ledgers of a tally, each with its severity and the sentence that a person reads. */
export const LEDGER_FINDING_CODES = {
  DEVICE_SILENT: ["warning", "a device of the ledger anchored no run in the 48 hours before the period's end"],
  DEVICES_UNPROVEN: [
    "warning",
    "the document does not prove when all devices of the ledger last anchored a run: more of them may be silent",
  ],
  RUNS_VOID: ["warning", "runs are void: their data is lost, and no number holds them"],
} as const satisfies Record<string, readonly [Severity, string]>

export type LedgerFindingCode = keyof typeof LEDGER_FINDING_CODES

/** What deserves a question about a ledger of a tally; never a reason for the verdict. */
export type LedgerFinding = {
  readonly code: LedgerFindingCode
  readonly severity: Severity
  /** Place of the tally in its document, from 1. */
  readonly tally: number
  readonly ledger: Hex
  /** Null where it is of the ledger as a whole. */
  readonly device: Hex | null
  readonly detail: string
}

/** How many runs of each ledger are void, as the tally's proofs show. */
export function voidFindings({ ledgers }: PeriodTally, tally: number): readonly LedgerFinding[] {
  return ledgers.flatMap(({ operator, voucher, from, asOf, segments }) => {
    const voids = segments.reduce((sum, segment) => sum + segment.voids, 0)
    if (voids === 0) return []
    const [code, ledger] = ["RUNS_VOID" as const, ledgerIdOf(operator, voucher)]
    const detail = `${voids} of ${asOf.length - from.length} runs`
    return [{ code, severity: LEDGER_FINDING_CODES[code][0], tally, ledger, device: null, detail }]
  })
}
