import assert from "node:assert/strict"
import type { ChildProcess } from "node:child_process"
import { cpSync, existsSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Db } from "@wattest/index"
import { BOUNDARIES } from "@wattest/protocol"
import { type BooksStory, tellBooks } from "@wattest/testkit/index/story"
import { artifactOf } from "@wattest/testkit/local/contracts"
import { freePort, start, stop, until } from "@wattest/testkit/local/processes"
import { skip } from "@wattest/testkit/skip"
import { sql } from "kysely"
import { openBooks } from "./books.ts"

/** Where `.ci/run` installs ponder; its project is copied beside it. */
const HOME = "build/ponder"
const PROJECT = ["ponder.config.ts", "ponder.schema.ts", "src"]

const TABLES = ["vouches", "enrolments", "anchors", "withdrawals", "retirements", "ledgers", "devices"] as const

type Row = Readonly<Record<string, unknown>>

/** Ponder calls the newest thirty blocks unsettled, and comes to them later. */
const SETTLED = 40

describe("the index beside an independent reader", function () {
  this.timeout(300_000)
  let story: BooksStory
  let books: Awaited<ReturnType<typeof openBooks>>
  let reader: ChildProcess
  let url: string

  before(async function () {
    if (!existsSync(join(HOME, "node_modules/ponder")))
      skip(this, "no ponder: .ci/run installs conformance/ponder", "deep")
    story = await tellBooks()
    await story.chain.client.mine({ blocks: SETTLED })
    books = await openBooks(story, [story.chain.url])
    await books.indexer.look()
    ;({ reader, url } = await startReader(story))
  })
  after(async () => {
    if (story === undefined) return
    await stop(reader)
    await books.close()
    await story.stop()
  })

  for (const table of TABLES)
    it(`sees the same ${table}, row by row`, async () => {
      const theirs = await rowsOf(url, table)
      assert.ok(theirs.length > 0)
      assert.deepEqual(await ours(books.db, table, theirs), theirs.map(textOf).sort())
    })

  it("differs where one root of the index is another", async () => {
    await books.db.kysely
      .updateTable("anchors")
      .set({ root: `0x${"11".repeat(32)}` })
      .where("run", "=", 4)
      .execute()
    const theirs = await rowsOf(url, "anchors")
    assert.notDeepEqual(await ours(books.db, "anchors", theirs), theirs.map(textOf).sort())
  })
})

/** Ponder over the story's chain with handlers of its own, once it has read all of it. */
async function startReader({ chain, registry, folder }: BooksStory) {
  for (const name of PROJECT) cpSync(join("conformance/ponder", name), join(HOME, name), { recursive: true })
  rmSync(join(HOME, ".ponder"), { recursive: true, force: true })
  const abi = join(folder, "registry.abi.json")
  writeFileSync(abi, JSON.stringify(artifactOf("AnchorRegistry").abi))
  const port = await freePort()
  const env = { CHAIN_URL: chain.url, REGISTRY: registry, ABI_FILE: abi, PONDER_TELEMETRY_DISABLED: "1" }
  const command = ["node_modules/ponder/dist/esm/bin/ponder.js", "start", "--schema", "books"]
  const lines: string[] = []
  const reader = start(
    [process.execPath, ...command, "--port", `${port}`, "--hostname", "127.0.0.1", "--log-format", "json"],
    (line) => lines.push(line),
    { env, cwd: HOME },
  )
  const url = `http://127.0.0.1:${port}`
  await until("ponder's end or its last row", async () => reader.exitCode ?? ((await fetch(`${url}/ready`)).ok || null))
  if (reader.exitCode !== null) throw new Error(lines.join("\n"))
  return { reader, url }
}

async function rowsOf(url: string, table: string): Promise<Row[]> {
  const rows = (await (await fetch(`${url}/rows/${table}`)).json()) as Row[]
  const isEvent = rows.some((row) => "log" in row)
  return rows.map(({ id, boundary, ...row }) => ({
    ...row,
    ...(isEvent ? {} : { id }),
    ...(boundary === undefined ? {} : { boundary: BOUNDARIES[Number(boundary) - 1] }),
  }))
}

/** The index's rows, of the columns that the reader has. */
async function ours({ kysely }: Db, table: string, [first = {}]: readonly Row[]): Promise<string[]> {
  const { rows } = await sql<Row>`select * from ${sql.table(table)}`.execute(kysely)
  return rows.map((row) => textOf(Object.fromEntries(Object.keys(first).map((name) => [name, row[name]])))).sort()
}

const textOf = (row: Row): string => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))
