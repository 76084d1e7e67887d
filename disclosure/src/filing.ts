import type { Grade, Hex } from "@wattest/protocol"
import type { Outcome } from "@wattest/verifier"

export const FILING_TYPE = "application/vnd.wattest.filing.v1+json"

/** On whose word a number rests, best first: proved by documents, attested by somebody whom the reader believes, or the entity's own. */
export const EVIDENCE = ["proved", "attested", "declared"] as const
export type Evidence = (typeof EVIDENCE)[number]

/** `partly`: something that belongs into the number is known to be missing, or is not known to be there. */
export const CELL_STATES = ["filled", "partly", "missing"] as const
export type CellState = (typeof CELL_STATES)[number]

export const SOURCE_KINDS = ["certificate", "job", "presentation", "profile", "instrument", "factor"] as const
export type SourceKind = (typeof SOURCE_KINDS)[number]

/** The block that anchors a source. */
export type SourceBlock = {
  readonly chainId: number
  /** Decimal. */
  readonly number: string
  /** Unix seconds. */
  readonly time: number
}

/** One document behind a cell, and what it gives. */
export type Source = {
  /** The file, or the item of the profile, by which the reader knows it. */
  readonly document: string
  /** SHA-256 of the document; null where it is an item without a file. */
  readonly documentDigest: Hex | null
  readonly kind: SourceKind
  readonly evidence: Evidence
  /** The verifier's; null for what it does not judge: profile, instruments and factors. */
  readonly verdict: Outcome | null
  /** The last of the blocks that anchor it, of a presentation that show its ledgers; null for what no chain holds. */
  readonly block: SourceBlock | null
  /** What it gives, decimal, in the unit of the cell, not rounded to the cell's places; of a quotient, of what is divided. Empty for a text. */
  readonly quantity: string
  /** Its part of all that is given, decimal, from 0 to 1. */
  readonly share: string
}

/** What of a cell's number has which grade; shares are decimal, from 0 to 1. */
export type GradeShare = { readonly grade: Grade; readonly share: string }

/** How complete the metered time behind a cell is. Times in ms, decimal. */
export type CellCoverage = {
  readonly meteredMs: string
  /** What the chain, a claim or the profile says there is; null where nobody says it. */
  readonly expectedMs: string | null
  readonly blindMs: string
  /** Void runs and runs that are shown by no document, as far as they are known. */
  readonly voids: string
  readonly notShown: string
  /** Devices whose books do not reach the end of the period. */
  readonly behind: readonly Hex[]
}

/** A period by its days, `YYYY-MM-DD`, the last one included. */
export type Days = { readonly from: string; readonly to: string }

export type Cell = {
  /** Unique in the filing; the standard's own number where it has one, such as `E1-6_09`. */
  readonly id: string
  /** The name in the standard's format: an element of its taxonomy, or a field's path. */
  readonly concept: string
  readonly label: string
  readonly kind: "number" | "text"
  /** As the standard writes it: `utr:MWh`; empty for texts. */
  readonly unit: string
  /** Exact decimal, or a text; null where nothing is known. Uncertainty is never part of it. */
  readonly value: string | null
  /** Places of `value`, as XBRL counts them; null for texts and where nothing is known. */
  readonly decimals: number | null
  readonly bound: "exact" | "at-most"
  readonly state: CellState
  /** Axis to member, as the standard names them. */
  readonly dimensions: { readonly [axis: string]: string }
  readonly period: Days
  /** Expanded (k = 2), decimal, in the cell's unit; null where nothing is known of it. */
  readonly uncertainty: string | null
  readonly grades: readonly GradeShare[]
  /** The weakest evidence behind it; null where nothing is known. */
  readonly evidence: Evidence | null
  readonly coverage: CellCoverage | null
  readonly sources: readonly Source[]
  /** As stated at the earlier `asOf`; null where there is none, or nothing changed. */
  readonly previous: string | null
  /** What would fill the cell, or fill it whole. */
  readonly needs: readonly string[]
  /** What a reader must know of the number. */
  readonly notes: readonly string[]
}

/** A sum that the standard itself states, by cell ids. */
export type CellSum = {
  readonly total: string
  readonly parts: readonly { readonly cell: string; readonly weight: 1 | -1 }[]
}

/** The version of a standard that a filing follows, and what its formats must name. */
export type FiledStandard = {
  readonly id: string
  readonly title: string
  readonly version: string
  readonly validFrom: string
  readonly source: string
  /** Prefix to namespace; none where the format has none. */
  readonly namespaces: { readonly [prefix: string]: string }
  /** Entry points of the taxonomy. */
  readonly taxonomy: readonly string[]
  /** Who may be named as the entity of a fact: a prefix of a scheme. */
  readonly entityScheme: string | null
}

export type FiledEntity = {
  readonly name: string
  /** Legal entity identifier, 20 characters; null where the profile has none. */
  readonly lei: string | null
  readonly country: string
  readonly currency: string
}

/** A document that did not enter, and why. */
export type RefusedDocument = {
  readonly name: string
  readonly status: Exclude<Outcome, "valid">
  readonly code: string
  readonly detail: string
}

/** A file of one standard before any format: each cell with its way to the proof. Plain data. */
export type Filing = {
  readonly mediaType: typeof FILING_TYPE
  /** Version of this program. */
  readonly program: string
  readonly standard: FiledStandard
  readonly entity: FiledEntity
  readonly period: Days
  /** What the filing is about where it is not the whole entity: a site, a job, a model, a product. */
  readonly subject: { readonly kind: "entity" | "site" | "job" | "model"; readonly name: string }
  /** Unix seconds: what was anchored later is not in it. Null: everything that was given is. */
  readonly asOf: number | null
  /** The earlier one against which `previous` holds. */
  readonly previousAsOf: number | null
  /** SHA-256 of the policy under which documents were judged. */
  readonly policyDigest: Hex
  /** SHA-256 of the profile, and the account that signed it; null where nobody did. */
  readonly profileDigest: Hex
  readonly profileSigner: Hex | null
  readonly cells: readonly Cell[]
  readonly sums: readonly CellSum[]
  readonly refused: readonly RefusedDocument[]
  /** What concerns the whole filing. */
  readonly notes: readonly string[]
}
