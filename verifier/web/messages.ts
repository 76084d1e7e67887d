/** What the page hands to its worker: the chosen files and the text of the policy. */
export type Task = {
  readonly documents: readonly File[]
  readonly policy: string
}

/** A report as the worker made it: markup for the page, and two files to keep. */
export type Report = {
  readonly kind: "report"
  readonly status: "valid" | "invalid" | "unaccepted" | "undetermined"
  /** Markup to stand within an element of class `report`; its parts were escaped where it was made. */
  readonly body: string
  readonly html: string
  readonly json: string
}

export type Answer =
  | { readonly kind: "progress"; readonly name: string; readonly done: number; readonly total: number }
  | { readonly kind: "refused"; readonly what: string; readonly hint: string }
  | Report
