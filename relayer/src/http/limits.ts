import { RecentMap } from "@wattest/chain"

type Bucket = { tokens: number; filledMs: number }

/** Token buckets, one for each key; a key that rests long enough is forgotten at no loss. */
export class RateLimit {
  readonly #buckets: RecentMap<string, Bucket>
  readonly #perSecond: number
  readonly #burst: number

  constructor(perSecond: number, burst: number, maxKeys = 100_000) {
    this.#buckets = new RecentMap(maxKeys)
    this.#perSecond = perSecond
    this.#burst = burst
  }

  /** 0 if the key may go on now; else the seconds after which it may. */
  take(key: string, nowMs: number): number {
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, filledMs: nowMs }
    const elapsed = Math.max(0, nowMs - bucket.filledMs) / 1000
    bucket.tokens = Math.min(this.#burst, bucket.tokens + elapsed * this.#perSecond)
    bucket.filledMs = nowMs
    this.#buckets.set(key, bucket)
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / this.#perSecond)
    bucket.tokens--
    return 0
  }
}
