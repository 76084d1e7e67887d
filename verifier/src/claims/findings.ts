import { ASKED_TAGS, type Hex, isMixedScript, ledgerIdOf, scriptsMark, type Tally } from "@wattest/protocol"
import { FINDING_CODES, type Severity } from "../quality/findings.ts"

/** The closed set of findings about the ledgers of a tally, each with its severity and the sentence that a person reads. */
export const LEDGER_FINDING_CODES = {
  DEVICE_SILENT: ["warning", "a device of the ledger anchored no run in the 48 hours before the period's end"],
  DEVICES_UNPROVEN: [
    "warning",
    "the document does not prove when all devices of the ledger last anchored a run: more of them may be silent",
  ],
  LABEL_MIXED_SCRIPTS: FINDING_CODES.LABEL_MIXED_SCRIPTS,
  SHARE_UNSTATED: [
    "info",
    "the numbers are of runs with certain labels, and how large a part of all energy they are is not shown",
  ],
  RUNS_VOID: ["warning", "runs are void: their work and labels are lost, their energy is in the runs after them"],
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

/** Labels that a tally asks for and that may not be what they look like. */
export function labelFindings(tally: Tally, place: number): readonly LedgerFinding[] {
  if (tally.kind === "join") return []
  const code = "LABEL_MIXED_SCRIPTS"
  const mixed = ASKED_TAGS.filter((name) => isMixedScript(tally.filters[name] ?? ""))
  return mixed.map((name) => ({
    ...{ code, severity: LEDGER_FINDING_CODES[code][0], tally: place, ledger: null, device: null },
    detail: `${name}: ${JSON.stringify(tally.filters[name])}${scriptsMark(tally.filters[name] ?? "")}`,
  }))
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
