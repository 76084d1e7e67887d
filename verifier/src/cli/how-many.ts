import { statSync } from "node:fs"

/** Options that concern many documents. */
export type ManyOptions = {
  readonly evidence: readonly string[]
  readonly offline: boolean
  readonly html: string | undefined
  readonly line: boolean
  readonly csv: boolean
  readonly junit: string | undefined
  readonly progress: boolean
  readonly population: string | undefined
  readonly sample: number | undefined
  readonly seed: string | undefined
  /** Unix seconds. */
  readonly "anchored-from": number | undefined
  readonly "anchored-to": number | undefined
  /** A private key in PEM. */
  readonly sign: string | undefined
  /** Unix seconds. */
  readonly time: number | undefined
  readonly out: string
  /** A public key in PEM. */
  readonly signer: string | undefined
}

/** Whether an option was given that only many documents have an answer for. */
export const wantsMany = ({ csv, junit, population, sample, seed, ...options }: ManyOptions): boolean =>
  csv ||
  [junit, population, sample, seed, options["anchored-from"], options["anchored-to"]].some(
    (value) => value !== undefined,
  )

/** What a shell's pattern has and few names do. */
const PATTERN = /[*?[{]/

/** Whether a path stands for one file, which is judged and told of by itself. */
export function isOneFile(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? !PATTERN.test(path) : !found.isDirectory()
}
