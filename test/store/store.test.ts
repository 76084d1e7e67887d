import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { UsageError } from "@wattest/command"
import { type Engine, openStore, partsOf, type StoreSetup } from "@wattest/store"
import { type Postgres, startPostgres } from "@wattest/testkit/storage/postgres"
import { type Kysely, sql } from "kysely"

type Schema = { readonly books: { readonly id: number; readonly title: string } }

const BOOKS: StoreSetup<Schema> = {
  migrations: (engine: Engine) => ({
    getMigrations: async () => ({
      "1": {
        up: async (db: Kysely<unknown>) => {
          const id = engine === "sqlite" ? sql`integer` : sql`bigint`
          await sql`create table books (id ${id} primary key, title text not null)`.execute(db)
        },
      },
    }),
  }),
}
/** A migration that fails half way. */
const BROKEN: StoreSetup<Schema> = {
  migrations: () => ({
    getMigrations: async () => ({
      "1": {
        up: async (db: Kysely<unknown>) => {
          await sql`create table half (id integer)`.execute(db)
          throw new Error("half way")
        },
      },
    }),
  }),
}

describe("a list in parts", () => {
  it("has none of more than the size, and loses and repeats nothing", () => {
    assert.deepEqual(partsOf([], 2), [])
    assert.deepEqual(partsOf([1, 2], 2), [[1, 2]])
    assert.deepEqual(partsOf([1, 2, 3], 2), [[1, 2], [3]])
  })
})

/** What both engines must do alike. */
function behavesAsAStore(place: () => Parameters<typeof openStore>[0], engine: Engine) {
  it("takes rows, says how many a statement changed, and has them when it is opened again", async () => {
    const first = await openStore(place(), BOOKS)
    assert.equal(first.engine, engine)
    const { numInsertedOrUpdatedRows } = await first.kysely
      .insertInto("books")
      .values({ id: 2 ** 40, title: "one" })
      .executeTakeFirstOrThrow()
    assert.equal(numInsertedOrUpdatedRows, 1n)
    const { numDeletedRows } = await first.kysely.deleteFrom("books").where("id", "=", 7).executeTakeFirstOrThrow()
    assert.equal(numDeletedRows, 0n)
    await first.kysely.destroy()
    const second = await openStore(place(), BOOKS)
    const rows = await second.kysely.selectFrom("books").selectAll().execute()
    assert.deepEqual(
      rows.map(({ id, title }) => [id, title]),
      [[2 ** 40, "one"]],
    )
    await second.kysely.destroy()
  })
}

describe("a store in a file", () => {
  let folder: string
  const place = () => ({ file: join(folder, "new/store.sqlite") })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-store-"))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  behavesAsAStore(place, "sqlite")

  it("asks nothing of a server's fitness", async () => {
    const inspect = () => assert.fail("there is no server")
    await (await openStore(place(), { ...BOOKS, inspect })).kysely.destroy()
  })

  it("is one owner's at a time", async () => {
    const { kysely } = await openStore(place(), BOOKS)
    await assert.rejects(
      openStore(place(), BOOKS),
      (error) => error instanceof UsageError && /^cannot use the store .*store\.sqlite: .*locked/.test(error.message),
    )
    await kysely.destroy()
    await (await openStore(place(), BOOKS)).kysely.destroy()
  })

  it("that cannot be migrated is let go of, as it was before", async () => {
    await assert.rejects(openStore(place(), BROKEN), /half way/)
    const { kysely } = await openStore(place(), BOOKS)
    const tables = await kysely.introspection.getTables()
    assert.deepEqual(
      tables.map(({ name }) => name),
      ["books"],
    )
    await kysely.destroy()
  })
})

describe("a store in PostgreSQL", function () {
  this.timeout(120_000)
  let postgres: Postgres
  let databaseUrl: string
  const place = () => ({ databaseUrl })
  before(async () => {
    postgres = await startPostgres()
    databaseUrl = await postgres.createDatabase("store")
  })
  after(() => postgres.stop())

  behavesAsAStore(place, "postgres")

  it("is not written to where its server is not fit", async () => {
    const unfit = async () => {
      throw new Error("fsync is off")
    }
    await assert.rejects(openStore(place(), { ...BOOKS, inspect: unfit }), /fsync is off/)
  })

  it("says what its server says that lets nobody in, whether of the database or of the password", async () => {
    const refusing = async (change: (url: URL) => void, message: RegExp) => {
      const url = new URL(databaseUrl)
      change(url)
      await assert.rejects(
        openStore({ databaseUrl: url.href }, BOOKS),
        (error) => error instanceof UsageError && message.test(error.message),
      )
    }
    await refusing((url) => (url.pathname = "/nothing"), /^the PostgreSQL server refuses: .*"nothing" does not exist/)
    await refusing((url) => (url.password = "wrong"), /^the PostgreSQL server refuses: password authentication failed/)
  })

  it("outlives a connection that breaks, idle or between two queries of a transaction", async () => {
    const { kysely } = await openStore(place(), BOOKS)
    const end = sql`select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database() and backend_type = 'client backend'`
    const broken = kysely.transaction().execute(async (transaction) => {
      await sql`select 1`.execute(transaction)
      await end.execute(kysely)
      // long enough for the server's word to come while nobody asks
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 5))
      await sql`select 1`.execute(transaction)
    })
    await assert.rejects(broken)
    const rows = await kysely.selectFrom("books").select("title").execute()
    assert.deepEqual(rows, [{ title: "one" }])
    await kysely.destroy()
  })
})
