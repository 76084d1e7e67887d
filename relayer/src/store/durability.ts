import { type Kysely, sql } from "kysely"
import type { Database } from "./schema.ts"

/** What a PostgreSQL server must not have switched off, and what it could lose then. */
const LOSSES = {
  fsync: "a loss of power can destroy the database",
  full_page_writes: "a loss of power can leave pages that are half old and half new",
  synchronous_commit: "a crash can lose what was accepted last",
} as const

export type DurabilitySetting = keyof typeof LOSSES

/**
 * Throws where the server says that what it has committed may be lost: a promise must outlive a loss of power. `mayBeOff`
 * names settings that are off because the server's storage needs them not, as some hosted ones have it.
 */
export async function assertDurable(kysely: Kysely<Database>, mayBeOff: readonly string[]): Promise<void> {
  for (const [name, loss] of Object.entries(LOSSES)) {
    const { rows } = await sql<{ value: string }>`select current_setting(${name}) as value`.execute(kysely)
    if (rows[0]?.value !== "off" || mayBeOff.includes(name)) continue
    throw new Error(
      `the PostgreSQL server runs with ${name} = off: ${loss}; set ${name} = on there (alter system, then select pg_reload_conf()), or name it in WATTEST_RELAY_STORE_MAY_LACK if the server's storage is safe without it`,
    )
  }
}
