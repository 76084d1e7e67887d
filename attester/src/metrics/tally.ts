/** Most names of a tally: some come from outside, and each is a series in whoever scrapes them. */
const MAX_NAMES = 512

/** Where what has no room of its own is counted. */
const OTHER = "other"

/** How often each kind of fault has happened to each source or sensor since the process began. */
export class FaultTally {
  readonly #counts = new Map<string, Map<string, number>>()

  /** `faults`: counts by `NAME/fault.KIND`. */
  add(faults: ReadonlyMap<string, number>): void {
    for (const [key, count] of faults) {
      const at = key.lastIndexOf("/fault.")
      const kinds = this.#kindsOf(key.slice(0, at))
      const kind = key.slice(at + "/fault.".length)
      kinds.set(kind, (kinds.get(kind) ?? 0) + count)
    }
  }

  /** Counts by name and kind. */
  get counts(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    return this.#counts
  }

  #kindsOf(name: string): Map<string, number> {
    const known = this.#counts.get(name)
    if (known !== undefined) return known
    if (this.#counts.size >= MAX_NAMES && name !== OTHER) return this.#kindsOf(OTHER)
    const kinds = new Map<string, number>()
    this.#counts.set(name, kinds)
    return kinds
  }
}
