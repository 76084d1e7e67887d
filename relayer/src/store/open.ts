import { openStore, type Place, type Db as StoreDb } from "@wattest/store"
import { assertDurable } from "./durability.ts"
import { migrationsFor } from "./migrations.ts"
import type { Database } from "./schema.ts"

/** An open database with its schema up to date. */
export type Db = StoreDb<Database>

/** Where the store is, and which safeguards of a PostgreSQL server may be off. */
export type StoreLocation = Place & { readonly mayBeOff?: readonly string[] }

/** Opens the store and migrates it. Throws where the file is another process's, or the server cannot be reached or may lose data. */
export const openDatabase = (location: StoreLocation): Promise<Db> =>
  openStore<Database>(location, {
    migrations: migrationsFor,
    inspect: (kysely) => assertDurable(kysely, location.mayBeOff ?? []),
  })
