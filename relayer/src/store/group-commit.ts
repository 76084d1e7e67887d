/** Too many items wait already. */
export class QueueFull extends Error {
  override readonly name = "QueueFull"
}

type Waiting<I, O> = {
  readonly item: I
  readonly resolve: (outcome: O) => void
  readonly reject: (error: unknown) => void
}

/** Collects what arrives while a commit is under way and commits it together next: one sync for many items. */
export class GroupCommit<I, O> {
  readonly #commit: (items: readonly I[]) => Promise<readonly O[]>
  readonly #maxBatch: number
  readonly #maxWaiting: number
  #waiting: Waiting<I, O>[] = []
  #running: Promise<void> | null = null

  constructor(commit: (items: readonly I[]) => Promise<readonly O[]>, maxBatch: number, maxWaiting: number) {
    this.#commit = commit
    this.#maxBatch = maxBatch
    this.#maxWaiting = maxWaiting
  }

  /** Resolves when the item is committed. Rejects with QueueFull, or with what the commit threw. */
  add(item: I): Promise<O> {
    if (this.#waiting.length >= this.#maxWaiting) return Promise.reject(new QueueFull(`${this.#maxWaiting} items wait`))
    const done = new Promise<O>((resolve, reject) => this.#waiting.push({ item, resolve, reject }))
    this.#running ??= this.#run()
    return done
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    // A turn of the event loop lets requests that arrived together share the first commit too.
    await new Promise(setImmediate)
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#maxBatch)
      try {
        const outcomes = await this.#commit(batch.map(({ item }) => item))
        batch.forEach(({ resolve }, i) => {
          resolve(outcomes[i] as O)
        })
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
      await new Promise(setImmediate)
    }
    this.#running = null
  }
}
