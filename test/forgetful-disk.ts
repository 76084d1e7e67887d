import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { skip } from "@wattest/testkit/skip"
import { type Loss, ranOnDisk, seeded, type VolatileDisk } from "@wattest/testkit/storage/volatile-disk"

type Ran = { readonly disk: VolatileDisk; readonly moments: number }

/** A disk on which a program has run, for the tests of a suite, which is skipped where none can be built. */
export class ForgetfulDisk {
  #folder = ""
  #ran: Ran | null = null

  /** `argumentsOn`: the program and its words, by the disk's folder. */
  constructor(argumentsOn: (disk: string) => readonly string[]) {
    const run = (): boolean => {
      this.#folder = mkdtempSync(join(tmpdir(), "wattest-power-"))
      this.#ran = ranOnDisk(this.#folder, argumentsOn)
      return this.#ran !== null
    }
    before(function () {
      if (!run()) skip(this, "no gcc to build the disk with")
    })
    afterEach(() => this.#clear())
    after(() => rmSync(this.#folder, { recursive: true, force: true }))
  }

  get #made() {
    if (this.#ran === null) throw new Error("the disk was not built")
    return this.#ran
  }

  /** How many records the program's life has. */
  get moments(): number {
    return this.#made.moments
  }

  /** Where {@link leave} puts what a loss of power leaves. */
  get left(): string {
    return `${this.#made.disk.folder}.left`
  }

  #clear(): void {
    if (this.#ran !== null) rmSync(this.left, { recursive: true, force: true })
  }

  promisedBy(at: number): readonly string[] {
    return this.#made.disk.promisedBy(at)
  }

  leave(loss: Loss): readonly string[] {
    this.#clear()
    return this.#made.disk.leave(this.left, loss)
  }

  /** Asks `holds` of so many losses, one in each stretch of the program's life, and says of which one it failed. */
  async atMoments(count: number, holds: (loss: Loss) => Promise<void>): Promise<void> {
    const seed = Date.now() % 2 ** 31
    const random = seeded(seed)
    for (let i = 0; i < count; i++) {
      const at = 1 + Math.floor(((i + random()) / count) * this.moments)
      const loss = { at, seed: i % 4 === 0 ? null : seed + i }
      this.leave(loss)
      try {
        await holds(loss)
      } catch (cause) {
        throw new Error(`${JSON.stringify(loss)}: ${(cause as Error).message}`, { cause })
      }
    }
  }
}
