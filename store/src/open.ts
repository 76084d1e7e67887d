import { UsageError } from "@wattest/command"
import { Kysely } from "kysely"
import { type MigrationProvider, Migrator } from "kysely/migration"
import { postgresDialect } from "./postgres.ts"
import { sqliteDialect } from "./sqlite.ts"

export type Engine = "sqlite" | "postgres"

/** An open database whose tables are those of `Schema`. */
export type Db<Schema> = { readonly kysely: Kysely<Schema>; readonly engine: Engine }

/** A SQLite file, or the URL of a PostgreSQL server. */
export type Place = { readonly file: string } | { readonly databaseUrl: string }

/** What a store's owner says of it: its schema, and what a server must be before anything is written to it. */
export type StoreSetup<Schema> = {
  /** The one schema, for both engines. A released migration is never changed; the next one is added behind it. */
  readonly migrations: (engine: Engine) => MigrationProvider
  /** Throws where a PostgreSQL server is not fit. */
  readonly inspect?: (kysely: Kysely<Schema>) => Promise<void>
}

/** Opens a store and migrates it. Throws where the file is another process's, or the server is not fit or cannot be reached. */
export async function openStore<Schema>(place: Place, setup: StoreSetup<Schema>): Promise<Db<Schema>> {
  const db: Db<Schema> =
    "file" in place
      ? { engine: "sqlite", kysely: new Kysely({ dialect: sqliteDialect(place.file) }) }
      : { engine: "postgres", kysely: new Kysely({ dialect: postgresDialect(place.databaseUrl) }) }
  try {
    if (db.engine === "postgres") await setup.inspect?.(db.kysely)
    await migrate(db, setup)
    return db
  } catch (error) {
    await db.kysely.destroy()
    throw refusalOf(error) ?? error
  }
}

/** What a server says that lets nobody in: a wrong name, password or database. */
function refusalOf(error: unknown): UsageError | null {
  const { severity, message }: { readonly severity?: unknown; readonly message?: unknown } = Object(error)
  if (severity !== "FATAL") return null
  return new UsageError(`the PostgreSQL server refuses: ${message}`, "check the URL's user, password and database")
}

async function migrate<Schema>({ kysely, engine }: Db<Schema>, { migrations }: StoreSetup<Schema>): Promise<void> {
  const { error } = await new Migrator({ db: kysely, provider: migrations(engine) }).migrateToLatest()
  if (error !== undefined) throw error
}
