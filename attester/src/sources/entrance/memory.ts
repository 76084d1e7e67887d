/** More names than this are not those of one device, and no page may fill memory with them. */
const MOST_NAMES = 4096
/** What all names have together, in UTF-16 units: one page could have names of megabytes, and other ones at each read. */
const MOST_CHARACTERS = 1 << 20

/** What a source has shown once, so that a lost part is never a smaller whole without a word. */
export class Memory {
  readonly #most: number
  readonly #names = new Set<string>()
  #characters = 0

  constructor(most = MOST_NAMES) {
    this.#most = most
  }

  /** Keeps the names, as far as there is room. */
  keep(names: Iterable<string>): void {
    for (const name of names) {
      const characters = this.#characters + name.length
      if (this.#names.has(name) || this.#names.size >= this.#most || characters > MOST_CHARACTERS) continue
      this.#names.add(name)
      this.#characters = characters
    }
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
