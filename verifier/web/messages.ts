import type { Kind, Outcome } from "../src/index.ts"

/** A file and what it says it is; null for none of ours. */
export type Chosen = { readonly file: File; readonly kind: Kind | null }

/** What the page hands to its worker: the chosen files and the text of the policy. */
export type Task = {
  readonly documents: readonly Chosen[]
  readonly policy: string
  /** Unix seconds that the report bears; null for none. */
  readonly time: number | null
}

/** A report as the worker made it: markup for the page, and two files to keep. */
export type Report = {
  readonly kind: "report"
  readonly status: Outcome
  /** Markup to stand within an element of class `report`; its parts were escaped where it was made. */
  readonly body: string
  readonly html: string
  readonly json: string
}

export type Answer =
  | { readonly kind: "progress"; readonly name: string; readonly done: number; readonly total: number }
  | { readonly kind: "refused"; readonly what: string; readonly hint: string }
  | Report
