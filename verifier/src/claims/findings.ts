import { type Hex, ledgerIdOf, type Tally } from "@wattest/protocol"
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
  /** Null where it is of all ledgers of the tally. */
  readonly ledger: Hex | null
  /** Null where it is of the ledger as a whole. */
  readonly device: Hex | null
  readonly detail: string
}

/** How many runs of each ledger are void, as the tally's proofs show, or of all together, as the registry of claims does. */
export function voidFindings(tally: Tally, place: number): readonly LedgerFinding[] {
  const found = (ledger: Hex | null, voids: number, runs: bigint): readonly LedgerFinding[] => {
    if (voids === 0) return []
    const [code, detail] = ["RUNS_VOID" as const, `${voids} of ${runs} runs`]
    return [{ code, severity: LEDGER_FINDING_CODES[code][0], tally: place, ledger, device: null, detail }]
  }
  if (tally.kind === "published") return found(null, tally.voids, tally.runs)
  if (tally.kind !== "period") return []
  return tally.ledgers.flatMap(({ operator, voucher, from, asOf, segments }) => {
    const voids = segments.reduce((sum, segment) => sum + segment.voids, 0)
    return found(ledgerIdOf(operator, voucher), voids, asOf.length - from.length)
  })
}
