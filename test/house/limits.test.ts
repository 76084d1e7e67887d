import assert from "node:assert/strict"
import {
  closeSync,
  ftruncateSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { readBudgets } from "@wattest/budget"
import { readKeystore } from "@wattest/chain"
import { ageIdentitiesIn, findProfile, PROFILE_FILE, readSecret } from "@wattest/command"
import { ARCHIVE_FILES, runFolder } from "@wattest/protocol"
import { openArchive, type RunArchive, readVerificationKey } from "@wattest/prover"
import { openAgent } from "../../attester/src/launch/agent-client.ts"
import { readPrompts } from "../../budget/src/benchmark/prompts.ts"
import { readFactors } from "../../disclosure/src/books/factor.ts"
import { parseFiling } from "../../disclosure/src/filing-shape.ts"
import { parseTallyFile } from "../../prover/src/claims/tally-file.ts"
import { readRecord } from "../../registry/src/deploy/record.ts"
import { readSigned } from "../../registry/src/signed.ts"
import { listedPopulation } from "../../verifier/src/desk/sample/population.ts"
import { FLOORS } from "./floors.ts"

const [KIB, MIB] = [1024, 1024 ** 2]

/** Reads a file by its name in the folder where it lies. */
function named<T>(path: string, name: string, read: (folder: string) => T): T {
  renameSync(path, join(dirname(path), name))
  return read(dirname(path))
}

/** What reads a file that anybody wrote, and the most bytes that it takes. */
const READERS: readonly (readonly [what: string, most: number, read: (path: string) => unknown])[] = [
  ["a file of budgets", 128 * KIB, readBudgets],
  ["prompts", 64 * MIB, (path) => readPrompts(path, 1)],
  ["keys of age", MIB, ageIdentitiesIn],
  ["a table of factors", 4 * MIB, readFactors],
  ["a deployment", MIB, readRecord],
  ["what a device signed", 64 * KIB, (path) => readSigned(path, "a message")],
  ["a population", 64 * MIB, (path) => listedPopulation(path)],
  ["a secret", 64 * KIB, readSecret],
  ["a keystore", 64 * KIB, readKeystore],
  ["a profile", 64 * KIB, (path) => named(path, PROFILE_FILE, findProfile)],
  ["a verification key", 64 * KIB, (path) => named(path, "fold.vkey.json", (at) => readVerificationKey(at, "fold"))],
  ["an agent's endpoint", 64 * KIB, (path) => openAgent(path).status()],
]

const [DEVICE, RUN] = [`0x${"11".repeat(32)}`, 0n] as const

/** Reads a file as one of a run in an archive. */
function archived(path: string, name: string, read: (archive: RunArchive) => Promise<unknown>): Promise<unknown> {
  const folder = join(dirname(path), "archive")
  const place = join(folder, runFolder(DEVICE, RUN))
  mkdirSync(place, { recursive: true })
  renameSync(path, join(place, name))
  return read(openArchive(folder))
}

/** As {@link READERS}, of files in an archive. */
const ARCHIVED: typeof READERS = [
  [
    ...(["a receipt in an archive", 16 * MIB] as const),
    (path) => archived(path, ARCHIVE_FILES.receipt, (archive) => archive.findReceipt(DEVICE, RUN)),
  ],
  [
    ...(["a record in an archive", MIB] as const),
    (path) => archived(path, ARCHIVE_FILES.record, (archive) => archive.record(DEVICE, RUN)),
  ],
]

/**
 * Limits that cannot be hit in a test's time: devices of a relayer whose keys are known, 64 MiB of proofs that an index keeps,
 * a table of a million devices, connections to a database, attempts at a bucket. Who changes one says why it is still little
 * enough.
 */
const UNTRIED: { readonly [file: string]: readonly string[] } = {
  "archive/src/bucket.ts": ["const ATTEMPTS = 5", "maxAttempts: ATTEMPTS"],
  "index/src/proof/proofs.ts": ["const KEPT = 256", "const KEPT_BYTES = 256 * 1024"],
  "registry/src/bulk/table.ts": ["const MAX_TABLE_BYTES = 256 * 1024 * 1024"],
  "relayer/src/http/known-devices.ts": ["const MAX_CACHED_DEVICES = 20_000"],
  "store/src/postgres.ts": ["max: 8,"],
}

/** Parsers of bytes that somebody else read. */
const PARSERS: readonly (readonly [what: string, most: number, parse: (bytes: Uint8Array) => unknown])[] = [
  ["a filing", 64 * MIB, parseFiling],
  ["a tally", 40 * MIB, parseTallyFile],
]

const IS_LONG = /too long|more than \d+ bytes|too large|at most \d+|\d+ bytes, at most/i

/** What it is refused for; empty where it is not. */
async function refusal(read: () => unknown): Promise<string> {
  try {
    await read()
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

  for (const [what, most, read] of [...READERS, ...ARCHIVED])
    it(`${what}: ${most} bytes`, async () => {
      assert.doesNotMatch(await refusal(() => read(sparse(most))), IS_LONG)
      assert.match(await refusal(() => read(sparse(most + 1))), IS_LONG)
    })
  for (const [what, most, parse] of PARSERS)
    it(`${what}: ${most} bytes`, async () => {
      assert.doesNotMatch(await refusal(() => parse(new Uint8Array(most))), IS_LONG)
      assert.match(await refusal(() => parse(new Uint8Array(most + 1))), IS_LONG)
    })

  it("of an answer too: none is read whole, however long it is", () => {
    const whole = /(?<!shape)\.(?:json|text|arrayBuffer|blob)\(\)/
    const files = globSync(`{${FLOORS.flat().join()}}/src/**/*.ts`, { exclude: ["explorer/**"] })
    // What a library asks of us, and not what a server answers.
    const asked = ["command/src/world/tunnel.ts"]
    assert.deepEqual(
      files.filter((file) => whole.test(readFileSync(file, "utf8"))),
      asked,
    )
  })

  it("and what no test comes to is as it is written here", () => {
    for (const [file, lines] of Object.entries(UNTRIED))
      for (const line of lines) {
        const [, rest] = readFileSync(file, "utf8").split(line)
        assert.ok(rest !== undefined && !/^[\d_]/.test(rest), `${file}: ${line}`)
      }
  })
})
