import { openStore, type Place, type Db as StoreDb } from "@wattest/store"
import { migrationsFor } from "./migrations.ts"
import type { Database } from "./schema.ts"

/** An open index with its schema up to date. */
export type Db = StoreDb<Database>

/** A SQLite file, or the URL of a PostgreSQL server. What is lost there, the chain tells again. */
export const openIndex = (place: Place): Promise<Db> => openStore<Database>(place, { migrations: migrationsFor })
