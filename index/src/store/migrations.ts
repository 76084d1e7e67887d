import type { Engine } from "@wattest/store"
import { type Kysely, sql } from "kysely"
import type { Migration, MigrationProvider } from "kysely/migration"

/** The one schema, for both engines. A released migration is never changed; the next one is added behind it. */
export const migrationsFor = (engine: Engine): MigrationProvider => ({
  getMigrations: async () => ({
    "0001-initial": { up: createTables } satisfies Migration,
    "0002-days-claims-events": { up: addDays(engine) } satisfies Migration,
    "0003-anchors-by-time": { up: indexTimes } satisfies Migration,
    "0004-words": { up: addWords(engine) } satisfies Migration,
  }),
})

const PLACE = "block bigint not null, log integer not null, time bigint not null"

const TABLES = [
  "create table blocks (number bigint primary key, hash text not null, time bigint not null)",
  "create table batches (number bigint primary key, hash text not null)",
  `create table vouches (device text not null, voucher text not null, operator text not null, evidence text not null,
    revision integer not null, ${PLACE}, primary key (block, log))`,
  "create index vouches_device on vouches (device, block)",
  "create index vouches_pair on vouches (operator, voucher)",
  `create table enrolments (device text primary key, ledger text not null, operator text not null, voucher text not null,
    scheme integer not null, key text not null, boundary text not null, evidence text not null, ${PLACE})`,
  "create index enrolments_ledger on enrolments (ledger)",
  "create index enrolments_block on enrolments (block)",
  `create table anchors (ledger text not null, position bigint not null, device text not null, run bigint not null,
    root text not null, head text not null, through bigint not null, transaction_hash text not null, ${PLACE},
    primary key (ledger, position))`,
  "create unique index anchors_device on anchors (device, run)",
  "create index anchors_block on anchors (block, log)",
  `create table withdrawals (device text not null, voucher text not null, operator text not null, since bigint not null,
    ${PLACE}, primary key (block, log))`,
  "create index withdrawals_device on withdrawals (device)",
  `create table retirements (device text primary key, runs bigint not null, ${PLACE})`,
  `create table tallies (operator text not null, number bigint not null, vouchers text not null, opens bigint not null,
    ends bigint not null, as_of bigint not null, boundary text not null, model text, unit text, zone text, site text,
    party text, energy_grade text not null, work_grade text not null, origin text not null, required text not null,
    parts text not null, runs bigint not null, unopened bigint not null, voids bigint not null, closed bigint,
    metered_at_least bigint, blind_at_most bigint, broken_at_most bigint, suspect integer not null, ${PLACE},
    primary key (operator, number))`,
  `create table bounds (operator text not null, number bigint not null, place integer not null, metric text not null,
    lo text not null, hi text not null, denominator bigint not null, strict integer not null, sentence text not null,
    primary key (operator, number, place))`,
  "create index tallies_block on tallies (block, log)",
  `create table ledgers (id text primary key, operator text not null, voucher text not null, length bigint not null,
    head text not null, devices bigint not null, vouched bigint not null, proved bigint not null)`,
  "create index ledgers_operator on ledgers (operator, id)",
  `create table devices (id text primary key, ledger text not null, operator text not null, voucher text not null,
    boundary text not null, enrolled bigint not null, runs bigint not null, through bigint not null, anchored bigint,
    retired_runs bigint, withdrawn_since bigint)`,
  "create index devices_ledger on devices (ledger, id)",
  "create index devices_operator on devices (operator, id)",
  "create index devices_through on devices (through)",
  `create view operators as select operator, count(*) as ledgers, sum(devices) as devices, sum(length) as runs,
    (select count(*) from tallies t where t.operator = ledgers.operator) as tallies from ledgers group by operator`,
  `create view vouchers as select voucher, count(*) as ledgers, sum(devices) as devices, sum(length) as runs
    from ledgers group by voucher`,
]

async function createTables(db: Kysely<unknown>): Promise<void> {
  for (const statement of TABLES) await sql.raw(statement).execute(db)
}

/** What is folded from events, as days and overlaps are, is folded again: the books are read again from the chain. */
const READ_AGAIN = ["blocks", "batches", "vouches", "enrolments", "anchors", "withdrawals", "retirements", "tallies"]
const SUMS = ["bounds", "ledgers", "devices"]

const BYTES: { readonly [engine in Engine]: string } = { sqlite: "blob", postgres: "bytea" }

const daysFor = (engine: Engine) => [
  ...[...READ_AGAIN, ...SUMS].map((table) => `delete from ${table}`),
  "alter table tallies add column expected bigint",
  "alter table tallies add column behind bigint",
  "alter table bounds add column unit text not null default ''",
  "alter table devices add column ended bigint",
  "alter table devices add column silent_since bigint",
  "alter table devices add column told_silent bigint",
  "create index devices_silent on devices (silent_since, id)",
  `create table tally_ledgers (operator text not null, number bigint not null, ledger text not null,
    primary key (operator, number, ledger))`,
  "create index tally_ledgers_ledger on tally_ledgers (ledger)",
  "create index bounds_metric on bounds (metric, operator, number, place)",
  "create index tallies_labels on tallies (model, operator, number)",
  "create index tallies_period on tallies (ends, operator, number)",
  `create table days (device text not null, day bigint not null, ledger text not null, told bigint not null,
    void_told bigint not null, runs bigint not null, voids bigint not null, primary key (device, day))`,
  "create index days_ledger on days (ledger, day)",
  `create table claim_overlaps (operator text not null, number bigint not null, place integer not null,
    other_number bigint not null, other_place integer not null, metric text not null, relation text not null,
    contradicts integer not null, primary key (operator, number, place, other_number, other_place))`,
  `create table events (seq bigint primary key, id text not null, kind text not null, operator text, ledger text,
    device text, number bigint, block bigint not null, time bigint not null, detail text not null)`,
  "create unique index events_id on events (id)",
  "create index events_operator on events (operator, seq)",
  `create table hooks (url text primary key, delivered bigint not null, tries integer not null, next_at bigint not null,
    error text)`,
  `create table documents (id text primary key, kind text not null, size bigint not null, bytes ${BYTES[engine]},
    received bigint not null, judged bigint not null, block bigint not null, policy text not null, status text not null,
    code text, detail text, title text, operator text, device text, model text, zone text, site text, party text,
    opens bigint, ends bigint, due integer not null)`,
  "create index documents_due on documents (due, judged)",
  "create index documents_operator on documents (operator, id)",
  "create index documents_status on documents (status, judged)",
  `create view claims as select b.operator, b.number, b.place, b.metric, b.unit, b.lo, b.hi, b.denominator, b.strict,
    b.sentence, t.opens, t.ends, t.as_of, t.boundary, t.model, t.unit as work, t.zone, t.site, t.party, t.energy_grade,
    t.work_grade, t.origin, t.runs, t.unopened, t.voids, t.closed, t.metered_at_least, t.expected, t.blind_at_most,
    t.broken_at_most, t.behind, t.suspect, t.block, t.time
    from bounds b join tallies t on t.operator = b.operator and t.number = b.number`,
]

const addDays = (engine: Engine) => async (db: Kysely<unknown>) => {
  for (const statement of daysFor(engine)) await sql.raw(statement).execute(db)
}

async function indexTimes(db: Kysely<unknown>): Promise<void> {
  await sql`create index anchors_time on anchors (time, block, log)`.execute(db)
}

/** Words are looked up by their beginnings, in the order of their bytes. */
const COLLATIONS: { readonly [engine in Engine]: string } = { sqlite: "", postgres: 'collate "C"' }

const FOLDED = ["tally_ledgers", "days", "claim_overlaps"]

const wordsFor = (engine: Engine) => [
  `create table words (kind text not null, word text ${COLLATIONS[engine]} not null, ref text not null,
    primary key (kind, word, ref))`,
  `create index words_ref on words (kind, ref, word)`,
  ...[...READ_AGAIN, ...SUMS, ...FOLDED].map((table) => `delete from ${table}`),
  "update documents set due = 1 where bytes is not null",
]

const addWords = (engine: Engine) => async (db: Kysely<unknown>) => {
  for (const statement of wordsFor(engine)) await sql.raw(statement).execute(db)
}
