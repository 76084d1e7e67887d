/** A power sensor is blind where it was unread for longer than three periods, and for longer than this. */
const BLIND_PERIODS = 3
const BLIND_AFTER_MS = 3_000

/** At a longer period a power sensor sees too little of what it meters: it is blind throughout. */
const LONGEST_PERIOD_MS = 10_000

/**
 * A counter's silence loses nothing, since its next reading tells what flowed. One that is away for longer than 60
 * periods and 10 minutes may never come back, so from then on its time is blind until it does.
 */
const AWAY_PERIODS = 60
const AWAY_AFTER_MS = 600_000

/** Longest distance between two readings of a power sensor over which it is not blind, ms; `periodMs` 0 where unknown. */
export const blindAfterMs = (periodMs: number): number =>
  periodMs > LONGEST_PERIOD_MS ? 0 : Math.max(BLIND_PERIODS * periodMs, BLIND_AFTER_MS)

/** Longest silence of a counter that is not blind, ms. */
export const awayAfterMs = (periodMs: number): number => Math.max(AWAY_PERIODS * periodMs, AWAY_AFTER_MS)

/** Most stretches that are kept apart; of more, the two oldest become one with what lies between them. */
const MAX_STRETCHES = 4096

/** The time in which at least one sensor was blind: a union of stretches, each ms once. */
export class BlindTime {
  readonly #stretches: { from: number; to: number }[] = []
  #ms = 0

  get ms(): number {
    return this.#ms
  }

  /** Adds [from, to) in ms; what is known already adds nothing. */
  add(from: number, to: number): void {
    if (to <= from) return
    const joined = { from, to }
    // Stretches come nearly in order, so what they touch is near the end.
    let at = this.#stretches.length
    while (at > 0 && (this.#stretches[at - 1]?.to ?? 0) >= from) at--
    let count = 0
    for (let next = this.#stretches[at]; next !== undefined && next.from <= to; next = this.#stretches[at + count]) {
      joined.from = Math.min(joined.from, next.from)
      joined.to = Math.max(joined.to, next.to)
      this.#ms -= next.to - next.from
      count++
    }
    this.#stretches.splice(at, count, joined)
    this.#ms += joined.to - joined.from
    if (this.#stretches.length > MAX_STRETCHES) this.#joinOldest()
  }

  #joinOldest(): void {
    const [first, second] = this.#stretches
    if (first === undefined || second === undefined) return
    this.#ms += second.from - first.to
    this.#stretches.splice(0, 2, { from: first.from, to: second.to })
  }
}
