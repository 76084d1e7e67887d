import type { Believed } from "./policy.ts"

/** A document to judge. `policy`: the reader's own, as text; "" for the page's. */
export type Task = {
  readonly id: number
  readonly kind: "extract" | "presentation" | "certificate"
  readonly bytes: Uint8Array
  readonly believed: Believed
  readonly policy: string
}

/** What the verifier said. */
export type Judged = {
  readonly id: number
  readonly status: "valid" | "invalid" | "undetermined" | "unaccepted"
  /** Why it is not valid. */
  readonly code: string | null
  readonly detail: string | null
  /** For people: the policy that it was judged under. */
  readonly policy: string
  /** The newest block that it rests on; null where none is trusted. */
  readonly block: number | null
  /** What the document says of the chain, by name; empty unless it is valid. */
  readonly said: { readonly [name: string]: string }
  /** What it proves of tallies, a claim each: the sentence, and by name the values that it is made of. */
  readonly claims: readonly ProvedClaim[]
  /** The verifier's own report, as markup. */
  readonly report: string
}

export type ProvedClaim = { readonly sentence: string; readonly values: { readonly [name: string]: string } }

/** The document could not be judged. */
export type Fault = { readonly id: number; readonly fault: string }
