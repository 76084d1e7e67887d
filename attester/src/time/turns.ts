/** One change at a time, and one of them at a steady rate: turns that are missed are skipped, never made up for. */
export class Turns {
  readonly #intervalMs: number
  #timer: NodeJS.Timeout | undefined
  #last: Promise<unknown> = Promise.resolve()
  #isStopped = false

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  /** Does `work` after all that was asked for before. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }

  /** Takes a turn for `work` in each interval; what it throws goes to `failed`. */
  repeat(
    work: () => Promise<void>,
    failed: (error: Error) => void,
    dueMs = performance.now() + this.#intervalMs,
  ): void {
    this.#timer = setTimeout(
      async () => {
        await this.take(work).catch(failed)
        const late = Math.max(0, performance.now() - dueMs)
        const nextMs = dueMs + this.#intervalMs * (1 + Math.floor(late / this.#intervalMs))
        if (!this.#isStopped) this.repeat(work, failed, nextMs)
      },
      Math.max(0, dueMs - performance.now()),
    )
  }

  /** No further repetition; a turn can still be taken. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }
}
