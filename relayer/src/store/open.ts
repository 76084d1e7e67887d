import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync, type SQLInputValue } from "node:sqlite"
import { Kysely, PostgresDialect, SqliteAdapter, type SqliteDatabase, SqliteDialect } from "kysely"
import { Migrator } from "kysely/migration"
import pg from "pg"
import { assertDurable } from "./durability.ts"
import { type Engine, migrationsFor } from "./migrations.ts"
import type { Database } from "./schema.ts"

/** An open database with its schema up to date. */
export type Db = { readonly kysely: Kysely<Database>; readonly engine: Engine }

/** A SQLite file, or the URL of a PostgreSQL server and which of its safeguards may be off. */
export type StoreLocation =
  | { readonly file: string }
  | { readonly databaseUrl: string; readonly mayBeOff?: readonly string[] }

/** Opens the store and migrates it. Throws where the file is another process's, or the server cannot be reached or may lose data. */
export async function openDatabase(location: StoreLocation): Promise<Db> {
  const db: Db =
    "file" in location
      ? { engine: "sqlite", kysely: new Kysely({ dialect: sqliteDialect(location.file) }) }
      : { engine: "postgres", kysely: new Kysely({ dialect: postgresDialect(location.databaseUrl) }) }
  try {
    if ("databaseUrl" in location) await assertDurable(db.kysely, location.mayBeOff ?? [])
    await migrate(db)
    return db
  } catch (error) {
    await db.kysely.destroy()
    throw error
  }
}

async function migrate({ kysely, engine }: Db): Promise<void> {
  const { error } = await new Migrator({ db: kysely, provider: migrationsFor(engine) }).migrateToLatest()
  if (error !== undefined) throw error
}

function sqliteDialect(file: string): SqliteDialect {
  mkdirSync(dirname(file), { recursive: true })
  const database = new DatabaseSync(file)
  try {
    // The lock makes a second relayer on this file fail at once; FULL syncs the log at every commit.
    database.exec("pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full")
    database.exec("begin immediate; commit")
  } catch (error) {
    database.close()
    throw new Error(`cannot use the store ${file}: ${(error as Error).message}; is another relayer running on it?`)
  }
  return new AtomicSqliteDialect({ database: adapt(database) })
}

/** Migrates in one transaction, which SQLite can: a migration that a crash cut short would leave a store that never opens. */
class AtomicSqliteDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new AtomicSqliteAdapter()
  }
}

class AtomicSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** node:sqlite in the form that kysely asks of a driver. */
function adapt(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(text) {
      const statement = database.prepare(text)
      const inputs = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...inputs(parameters)),
        run: (parameters) => statement.run(...inputs(parameters)),
        iterate: (parameters) => statement.iterate(...inputs(parameters)),
      }
    },
  }
}

const INT8 = 20

function postgresDialect(connectionString: string): PostgresDialect {
  const types = {
    getTypeParser: (oid: number, format?: "text" | "binary") =>
      oid === INT8 ? Number : pg.types.getTypeParser(oid, format as "text"),
  }
  const pool = new pg.Pool({ connectionString, max: 8, types, connectionTimeoutMillis: 10_000 })
  // A connection that breaks is replaced; the query under way or the next one reports it. Unheard, it would end the process:
  // the pool speaks for idle connections alone, and one inside a transaction may break between two queries.
  pool.on("error", () => undefined)
  pool.on("connect", (client) => client.on("error", () => undefined))
  return new PostgresDialect({ pool })
}
