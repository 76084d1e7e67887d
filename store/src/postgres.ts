import { PostgresDialect } from "kysely"
import pg from "pg"

const INT8 = 20

/** A pool of connections to a server; its 64-bit integers are read as numbers. */
export function postgresDialect(connectionString: string): PostgresDialect {
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
