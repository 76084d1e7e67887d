import type { Severity } from "../../quality/findings.ts"

/** What only several documents together show, each with its severity and the sentence that a person reads. */
export const DESK_FINDING_CODES = {
  RUN_REPEATED: ["info", "one run is in several documents: whoever adds them up counts it twice"],
  RUN_CONTRADICTED: ["serious", "documents show different roots for one run of one device"],
  RUNS_MISSING: ["warning", "runs of a device between those shown are in no document"],
  TIMES_BROKEN: ["serious", "a device's run does not begin where the one before it ended"],
  LIFETIME_BROKEN: ["serious", "a device's lifetime energy does not go on from one document to the next"],
  BOUNDARY_CHANGED: ["serious", "a device's runs are of different boundaries"],
  SENSOR_SHARED: ["serious", "one meter counts for several devices at the same time, for more than all of it"],
  RUN_IN_TWO_JOBS: ["serious", "one run is in two jobs that are not the same document: its energy counts in both"],
  JOB_CUT_SHORT: ["serious", "a certificate is of a later part of a job than the job's document shows"],
  JOB_NOT_SHOWN: ["info", "a certificate is of one device of a job, and no document here shows the whole job"],
  CLAIMS_OVERLAP: ["info", "claims overlap: their difference is a number about what only one of them holds"],
  RUNS_VOID: ["warning", "runs of the population are anchored as void: no document can show them, and none was drawn"],
  RECEIPT_DIFFERS: ["serious", "a receipt holds another root for a run than its certificate"],
  PRIVATE_FILE: ["warning", "a private file of a prover or a device lies here: whoever has it knows what is hidden"],
  RECEIPT_UNUSED: ["info", "a receipt is of runs that no valid certificate here shows"],
  VOUCH_UNUSED: ["info", "a vouch document is named by no run that a valid certificate here shows"],
} as const satisfies Record<string, readonly [Severity, string]>

export type DeskFindingCode = keyof typeof DESK_FINDING_CODES

export type DeskFinding = {
  readonly code: DeskFindingCode
  readonly severity: Severity
  readonly sentence: string
  readonly detail: string
  /** The documents that show it. */
  readonly documents: readonly string[]
}

export function deskFinding(code: DeskFindingCode, detail: string, documents: readonly string[]): DeskFinding {
  const [severity, sentence] = DESK_FINDING_CODES[code]
  return { code, severity, sentence, detail, documents: [...new Set(documents)] }
}

/** A fact with the document that shows it. */
export type Shown<T> = T & { readonly document: string }
