import assert from "node:assert/strict"
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readBudgets } from "@wattest/budget"
import { ageIdentitiesIn } from "@wattest/command"
import { readPrompts } from "../../budget/src/benchmark/prompts.ts"
import { readFactors } from "../../disclosure/src/books/factor.ts"
import { parseFiling } from "../../disclosure/src/filing-shape.ts"
import { parseTallyFile } from "../../prover/src/claims/tally-file.ts"
import { readRecord } from "../../registry/src/deploy/record.ts"
import { readSigned } from "../../registry/src/signed.ts"
import { listedPopulation } from "../../verifier/src/desk/sample/population.ts"

const [KIB, MIB] = [1024, 1024 ** 2]

/** What reads a file that anybody wrote, and the most bytes that it takes. */
const READERS: readonly (readonly [what: string, most: number, read: (path: string) => unknown])[] = [
  ["a file of budgets", 128 * KIB, readBudgets],
  ["prompts", 64 * MIB, (path) => readPrompts(path, 1)],
  ["keys of age", MIB, ageIdentitiesIn],
  ["a table of factors", 4 * MIB, readFactors],
  ["a deployment", MIB, readRecord],
  ["what a device signed", 64 * KIB, (path) => readSigned(path, "a message")],
  ["a population", 64 * MIB, (path) => listedPopulation(path)],
]

/** Parsers of bytes that somebody else read. */
const PARSERS: readonly (readonly [what: string, most: number, parse: (bytes: Uint8Array) => unknown])[] = [
  ["a filing", 64 * MIB, parseFiling],
  ["a tally", 40 * MIB, parseTallyFile],
]

const IS_LONG = /too long|too large|at most \d+|\d+ bytes, at most/i

/** What it is refused for; empty where it is not. */
function refusal(read: () => unknown): string {
  try {
    read()
    return ""
  } catch (error) {
    const { message, hint = "" } = error as Error & { readonly hint?: string }
    return `${message} ${hint}`
  }
}

describe("what anybody wrote is read up to its limit, and not beyond", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-limits-"))
  after(() => rmSync(folder, { recursive: true }))

  /** A file of so many bytes of which the disk holds none. */
  function sparse(bytes: number): string {
    const path = join(folder, "long")
    const file = openSync(path, "w")
    ftruncateSync(file, bytes)
    closeSync(file)
    return path
  }

  for (const [what, most, read] of READERS)
    it(`${what}: ${most} bytes`, () => {
      const [at, above] = [0, 1].map((more) => refusal(() => read(sparse(most + more))))
      assert.doesNotMatch(at ?? "", IS_LONG)
      assert.match(above ?? "", IS_LONG)
    })
  for (const [what, most, parse] of PARSERS)
    it(`${what}: ${most} bytes`, () => {
      const [at, above] = [0, 1].map((more) => refusal(() => parse(new Uint8Array(most + more))))
      assert.doesNotMatch(at ?? "", IS_LONG)
      assert.match(above ?? "", IS_LONG)
    })
})
