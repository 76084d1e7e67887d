import assert from "node:assert/strict"
import { createServer, list, openIndex, RESOURCE_NAMES, RESOURCES } from "@wattest/index"
import { partsOf } from "@wattest/store"
import { type BooksStory, START, tellBooks } from "@wattest/testkit/index/story"
import { type Postgres, startPostgres } from "@wattest/testkit/storage/postgres"
import { sql } from "kysely"
import { QUESTIONS } from "../../index/src/api/questions.ts"
import { search } from "../../index/src/api/search.ts"
import { forget } from "../../index/src/store/forget.ts"
import type { DocumentRow } from "../../index/src/store/schema.ts"
import { blockOf } from "../../index/src/store/standing.ts"
import { documentWords, noteWords } from "../../index/src/store/words.ts"
import { everything, openBooks } from "./books.ts"

type Books = Awaited<ReturnType<typeof openBooks>>

/** Questions that a public page asks of books of any size. */
const STATEMENTS = [
  "select * from anchors where ledger = 'x' and position > 5 order by ledger, position limit 100",
  "select * from anchors where device = 'x' order by run desc limit 1",
  "select * from devices where ledger = 'x' order by id limit 100",
  "select * from devices where operator = 'x' order by id limit 100",
  "select * from devices where through < 5 order by through limit 100",
  "select * from anchors where block > 5",
  "select * from anchors where time >= 5 and time <= 9 order by time, block, log limit 100",
  "select * from vouches where operator = 'x' and voucher = 'y'",
  "select * from withdrawals where device = 'x'",
  "select * from tallies where operator = 'x' order by number limit 100",
  "select * from bounds where operator = 'x' and number = 5",
  "select * from batches order by number desc limit 1",
  "select * from days where ledger = 'x' and day between 5 and 9",
  "select * from days where device = 'x' and day between 5 and 9 order by day",
  "select * from devices where silent_since < 5 order by silent_since limit 100",
  "select * from claims where operator = 'x' and number = 5 order by operator, number, place limit 100",
  "select * from claims where metric = 'energy' order by operator, number, place limit 100",
  "select * from claims where model = 'llama' limit 100",
  "select * from tally_ledgers where ledger = 'x'",
  "select * from claim_overlaps where operator = 'x' order by number limit 100",
  "select id from devices where id >= '0x1' and id < '0x2' limit 20",
  "select id from documents where id >= '0x1' and id < '0x2' limit 20",
  "select ref from words where kind = 'claim' and word >= 'x' and word < 'y' order by word, ref limit 1000",
  "select distinct operator, number, sentence from claims where (operator = 'x' and number = 1) or (operator = 'y' and number = 2) limit 20",
  "select 1 from words where kind = 'claim' and ref = 'x' and word >= 'x' and word < 'y'",
]

const ZEROS = `0x${"00".repeat(32)}` as const

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

  it("works out coverage, totals and a search as SQLite does", async () => {
    const block = await blockOf(books.db)
    assert.ok(block !== null)
    for (const [name, asked] of [
      ["coverage", { ledger: story.first.id }],
      ["coverage", { device: story.devices.b.id, from: START - 86_400, to: START }],
      ["totals", { by: "month", operator: story.first.operator.toLowerCase() }],
      ["search", { text: story.devices.a.id.slice(0, 12) }],
      ["search", { text: "a%b\\_'" }],
    ] as const) {
      const question = QUESTIONS[name]
      const here: unknown = await question?.answer(books.db, asked, block)
      assert.deepEqual(here, await question?.answer(embedded.db, asked, block), name)
    }
  })

  describe("searched by words", () => {
    const day = (text: string) => Date.parse(`${text}T00:00:00Z`) / 1000
    const document = (id: number, said: Partial<DocumentRow>): DocumentRow => ({
      ...{
        id: `0x7${String(id).padStart(63, "0")}`,
        kind: "certificate",
        size: 1,
        bytes: null,
        received: 1,
        judged: 1,
      },
      ...{ block: 1, policy: ZEROS, status: "valid", code: null, detail: null, title: "runs", operator: null, due: 0 },
      ...{ device: null, model: null, zone: null, site: null, party: null, opens: null, ends: null },
      ...said,
    })
    const documents = [
      document(1, {
        model: "llama-3.1-70b",
        zone: "DE",
        site: "Köln II",
        opens: day("2026-10-20"),
        ends: day("2026-11-05"),
      }),
      document(2, { model: "llama-2", zone: "FR", opens: day("2026-11-07"), ends: day("2026-11-08") }),
      document(3, { model: "100%_\\", operator: `0x${"ab".repeat(20)}`, party: "ÅNGSTRÖM \u6771\u4eac" }),
      document(4, { title: null, status: "invalid", model: "llama-3.1" }),
    ]
    /** Far more than are looked at share a word, and one of them another one. */
    const many = Array.from({ length: 1100 }, (_, i) =>
      document(100 + i, { model: i === 7 ? "common rare" : "common" }),
    )
    const ids = (...numbers: number[]) => numbers.map((number) => `/v1/documents/${document(number, {}).id}`)

    before(async () => {
      for (const { db } of [books, embedded]) {
        const all = [...documents, ...many]
        for (const part of partsOf(all, 500)) await db.kysely.insertInto("documents").values(part).execute()
        const words = new Map(all.map((row) => [row.id, documentWords(row)]))
        await db.kysely.transaction().execute((trx) => noteWords(trx, "document", words))
      }
    })
    after(async () => {
      for (const { db } of [books, embedded])
        for (const table of ["documents", "words"] as const) await db.kysely.deleteFrom(table).execute()
    })

    for (const [asked, found] of [
      ["llama", ids(1, 2)],
      ["LLAMA-3.1", ids(1)],
      ["70b llama", ids(1)],
      ["lama", []],
      ["llama FR", ids(2)],
      ["llama de fr", []],
      ["köln", ids(1)],
      ["ko\u0308ln", ids(1)],
      ["ångström", ids(3)],
      ["東", ids(3)],
      ["京", []],
      [`0x${"ab".repeat(20)}`, ids(3)],
      ["0xabab 100%_", ids(3)],
      ["%", []],
      ["_", []],
      ["\\", []],
      ["2026-11", ids(1, 2)],
      ["2026-12", []],
      ["2026", ids(1, 2)],
      ["2026-11-05", ids(1)],
      ["2026-11-06", []],
      ["llama 2026-11-08", ids(2)],
      ["2026-11-31", []],
      [`7${"0".repeat(62)}2`, ids(2)],
      ["common rare", ids(107)],
      ["'; drop table words; --", []],
      [`${"x".repeat(500)} ${"\u{1d54e}".repeat(250)}`, []],
    ] as const)
      it(`finds ${found.length} by ${JSON.stringify(asked.slice(0, 40))}`, async () => {
        for (const { db } of [books, embedded])
          assert.deepEqual(
            (await search(db, asked)).map(({ at }) => at),
            found,
          )
      })

    it("shows so many of a kind and no more, however many there are", async () => {
      for (const { db } of [books, embedded]) assert.equal((await search(db, "common")).length, 20)
    })
  })

  it("takes a block once, whoever of two writers comes first", async () => {
    const second = await openBooks(story, [story.chain.url], { databaseUrl: url })
    const before = await everything(books.db)
    await Promise.all([second.indexer.look(), books.indexer.look()])
    assert.deepEqual(await everything(books.db), before)
    await second.close()
  })

  it("serves several readers beside one writer, each answer of one block", async () => {
    const readers = await Promise.all([1, 2].map(() => openIndex({ databaseUrl: url })))
    const status = () => ({ tip: null, error: null, endpoints: [] })
    const contracts = { registry: story.registry, claims: null }
    const setup = { chainId: 31337, contracts, status, perMinute: 100_000, version: "0.1.0" }
    const apps = await Promise.all(readers.map((db) => createServer({ ...setup, db })))
    const query = "{ block { number } ledgers { items { length } } runs(limit: 1000) { items { run } } }"
    const seen = new Set<number>()
    let isWriting = true
    const reading = apps.map(async (app) => {
      do {
        const { body } = await app.inject({ method: "POST", url: "/v1/graphql", payload: { query } })
        const { data } = JSON.parse(body) as { data: Whole }
        const length = data.ledgers.items.reduce((sum, ledger) => sum + ledger.length, 0)
        assert.equal(data.runs.items.length, length)
        seen.add(data.block.number)
      } while (isWriting)
    })
    for (let i = 1; i <= 3; i++) {
      await story.first.anchor(story.devices.a, START + 1200 * i, [{}, {}])
      await story.chain.client.mine({ blocks: 3 })
      await books.indexer.look()
    }
    isWriting = false
    await Promise.all(reading)
    assert.ok(seen.size > 1)
    for (const app of apps) await app.close()
    for (const { kysely } of readers) await kysely.destroy()
  })

  it("forgets what the chain tells, and takes the same again", async () => {
    const before = await everything(books.db)
    await forget(books.db)
    assert.deepEqual(await list(books.db, "runs", {}), { items: [], next: null })
    const events = async () => (await list(books.db, "events", {})).items
    const told = await events()
    assert.ok(told.length > 0)
    await books.indexer.look()
    const again = await everything(books.db)
    for (const table of Object.keys(before)) assert.deepEqual(new Set(again[table]), new Set(before[table]), table)
    assert.deepEqual(await events(), told)
  })

  it("finds an index for every question", async () => {
    await books.db.kysely.connection().execute(async (db) => {
      await sql`set enable_seqscan = off`.execute(db)
      for (const question of STATEMENTS) {
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

type Whole = {
  readonly block: { readonly number: number }
  readonly ledgers: { readonly items: readonly { readonly length: number }[] }
  readonly runs: { readonly items: readonly unknown[] }
}

const sorted = (row: object) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))
