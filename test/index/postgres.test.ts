import assert from "node:assert/strict"
import { list, RESOURCE_NAMES, RESOURCES } from "@wattest/index"
import { type BooksStory, tellBooks } from "@wattest/testkit/index/story"
import { type Postgres, startPostgres } from "@wattest/testkit/storage/postgres"
import { sql } from "kysely"
import { everything, openBooks } from "./books.ts"

type Books = Awaited<ReturnType<typeof openBooks>>

/** Questions that a public page asks of books of any size. */
const QUESTIONS = [
  "select * from anchors where ledger = 'x' and position > 5 order by ledger, position limit 100",
  "select * from anchors where device = 'x' order by run desc limit 1",
  "select * from devices where ledger = 'x' order by id limit 100",
  "select * from devices where operator = 'x' order by id limit 100",
  "select * from devices where through < 5 order by through limit 100",
  "select * from anchors where block > 5",
  "select * from vouches where operator = 'x' and voucher = 'y'",
  "select * from withdrawals where device = 'x'",
  "select * from tallies where operator = 'x' order by number limit 100",
  "select * from bounds where operator = 'x' and number = 5",
  "select * from batches order by number desc limit 1",
]

describe("an index on PostgreSQL", function () {
  this.timeout(120_000)
  let postgres: Postgres
  let story: BooksStory
  let url: string
  let books: Books
  let embedded: Books

  before(async () => {
    ;[postgres, story] = await Promise.all([startPostgres(), tellBooks()])
    url = await postgres.createDatabase("books")
    books = await openBooks(story, [story.chain.url], { databaseUrl: url })
    embedded = await openBooks(story, [story.chain.url])
    await books.indexer.look()
    await embedded.indexer.look()
  })
  after(async () => {
    await books.close()
    await embedded.close()
    await Promise.all([postgres.stop(), story.stop()])
  })

  it("holds the same books as on SQLite", async () => {
    const [here, there] = [await everything(books.db), await everything(embedded.db)]
    const parsed = (rows: unknown[] | undefined) => new Set(rows?.map((row) => sorted(JSON.parse(String(row)))))
    for (const table of Object.keys(there)) assert.deepEqual(parsed(here[table]), parsed(there[table]), table)
  })

  it("answers every list as SQLite does", async () => {
    for (const name of RESOURCE_NAMES) {
      const [here, there] = [await list(books.db, name, {}), await list(embedded.db, name, {})]
      assert.deepEqual(here, there, name)
    }
    assert.equal(Object.keys(RESOURCES).length, RESOURCE_NAMES.length)
  })

  it("takes a block once, whoever of two writers comes first", async () => {
    const second = await openBooks(story, [story.chain.url], { databaseUrl: url })
    const before = await everything(books.db)
    await Promise.all([second.indexer.look(), books.indexer.look()])
    assert.deepEqual(await everything(books.db), before)
    await second.close()
  })

  it("finds an index for every question", async () => {
    await books.db.kysely.connection().execute(async (db) => {
      await sql`set enable_seqscan = off`.execute(db)
      for (const question of QUESTIONS) {
        const { rows } = await sql<{ "QUERY PLAN": string }>`explain ${sql.raw(question)}`.execute(db)
        const plan = rows.map((row) => row["QUERY PLAN"]).join("\n")
        assert.doesNotMatch(plan, /Seq Scan/, `${question}\n${plan}`)
        assert.match(plan, /Index/, question)
      }
      const { rows } = await sql<{ "QUERY PLAN": string }>`explain select * from anchors where root = 'x'`.execute(db)
      assert.match(rows[0]?.["QUERY PLAN"] ?? "", /Seq Scan/)
    })
  })
})

const sorted = (row: object) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))
