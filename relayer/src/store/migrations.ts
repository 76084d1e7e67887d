import { type Kysely, sql } from "kysely"
import type { Migration, MigrationProvider } from "kysely/migration"

export type Engine = "sqlite" | "postgres"

/** The one schema, for both engines. A released migration is never changed; the next one is added behind it. */
export function migrationsFor(engine: Engine): MigrationProvider {
  return {
    getMigrations: async () => ({
      "0001-initial": { up: (db) => createTables(db, engine) } satisfies Migration,
      "0002-open-rows": { up: indexOpenRows } satisfies Migration,
    }),
  }
}

async function createTables(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const bytes = sql.raw(engine === "sqlite" ? "blob" : "bytea")
  const serial = sql.raw(engine === "sqlite" ? "integer primary key autoincrement" : "bigserial primary key")
  const statements = [
    sql`create table devices (id text primary key, scheme integer not null, key text not null, operator text not null,
      voucher text not null, next_run bigint not null, final_run bigint not null, lease text, ending integer not null,
      ended text, runs bigint, through bigint not null)`,
    sql`create table submissions (seq ${serial}, digest text not null unique, device text not null,
      first_run bigint not null, end_run bigint not null, roots ${bytes} not null, through bigint not null,
      signature ${bytes} not null, accepted_ms bigint not null, deadline bigint not null, promise ${bytes} not null, state text not null, reason text,
      sender text, nonce bigint)`,
    sql`create index submissions_open on submissions (state, seq) where state in ('queued', 'staged')`,
    sql`create index submissions_device on submissions (device, end_run)`,
    sql`create table journal (sender text not null, nonce bigint not null, seq bigint not null, hash text not null,
      raw ${bytes} not null, gas bigint not null, max_fee bigint not null, max_tip bigint not null,
      sent_block bigint not null, primary key (sender, nonce))`,
    sql`create table anchors (device text not null, run bigint not null, root text not null, block_number bigint not null,
      block_hash text not null, transaction_hash text not null, transaction_index integer not null,
      log_index integer not null, position text not null, head text not null, anchored_at bigint not null,
      primary key (device, run))`,
    sql`create index anchors_block on anchors (block_number)`,
    sql`create table conflicts (digest text primary key, device text not null, run bigint not null,
      held_root text not null, document ${bytes} not null, kept_ms bigint not null)`,
    sql`create table blocks (number bigint primary key, hash text not null)`,
    sql`create table senders (address text primary key, instance text not null, beat_ms bigint not null)`,
  ]
  for (const statement of statements) await statement.execute(db)
}

/**
 * Indices by which a step finds what is open among all that was ever settled. They are whole: SQLite uses a partial
 * index only for a query that repeats its condition as text.
 */
async function indexOpenRows(db: Kysely<unknown>): Promise<void> {
  await sql`drop index submissions_open`.execute(db)
  await sql`create index submissions_state on submissions (state, seq)`.execute(db)
  await sql`create index devices_ending on devices (ending)`.execute(db)
}
