/** More names than this are not those of one device, and no page may fill memory with them. */
const MOST_NAMES = 4096

/** What a source has shown once, so that a lost part is never a smaller whole without a word. */
export class Memory {
  readonly #most: number
  readonly #names = new Set<string>()

  constructor(most = MOST_NAMES) {
    this.#most = most
  }

  /** Keeps the names, as far as there is room. */
  keep(names: Iterable<string>): void {
    for (const name of names) if (this.#names.size < this.#most) this.#names.add(name)
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  /** Names that were kept and are not among these. */
  missing(here: Iterable<string>): readonly string[] {
    const now = new Set(here)
    return [...this.#names].filter((name) => !now.has(name))
  }
}
