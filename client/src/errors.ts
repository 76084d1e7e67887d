/** Why there is no answer: nobody answers, the question is refused, the index is not ready, or what it says has another form. */
export type FailureKind = "unreachable" | "refused" | "not-ready" | "malformed"

/** An index gave no answer that can be used. `hint` says what to do about it. */
export class IndexFailure extends Error {
  override readonly name = "IndexFailure"
  readonly kind: FailureKind
  /** Scheme, host and port of the index: a path may hold somebody's key. */
  readonly origin: string
  readonly hint: string
  /** HTTP status; null where there was no answer. */
  readonly status: number | null

  constructor(kind: FailureKind, origin: string, words: FailureWords, options?: ErrorOptions) {
    super(`${origin}: ${words.reason}`, options)
    this.kind = kind
    this.origin = origin
    this.hint = words.hint
    this.status = words.status ?? null
  }
}

export type FailureWords = { readonly reason: string; readonly hint: string; readonly status?: number }
