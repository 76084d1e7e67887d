import { onchainTable } from "ponder"

/** Where an event stands: its block, and its number among all logs of it. */
const place = (t) => ({ block: t.integer().notNull(), log: t.integer().notNull(), time: t.integer().notNull() })

export const vouches = onchainTable("vouches", (t) => ({
  ...{ id: t.text().primaryKey(), ...place(t) },
  ...{ device: t.hex(), voucher: t.hex(), operator: t.hex(), evidence: t.hex(), revision: t.integer() },
}))

export const enrolments = onchainTable("enrolments", (t) => ({
  ...{ id: t.text().primaryKey(), ...place(t) },
  ...{ device: t.hex(), operator: t.hex(), voucher: t.hex(), scheme: t.integer(), key: t.hex() },
  ...{ boundary: t.integer(), evidence: t.hex() },
}))

export const anchors = onchainTable("anchors", (t) => ({
  ...{ id: t.text().primaryKey(), ...place(t) },
  ...{ ledger: t.hex(), position: t.integer(), device: t.hex(), run: t.integer(), root: t.hex(), head: t.hex() },
  ...{ through: t.integer(), transaction_hash: t.hex() },
}))

export const withdrawals = onchainTable("withdrawals", (t) => ({
  ...{ id: t.text().primaryKey(), ...place(t) },
  ...{ device: t.hex(), voucher: t.hex(), operator: t.hex(), since: t.integer() },
}))

export const retirements = onchainTable("retirements", (t) => ({
  ...{ id: t.text().primaryKey(), ...place(t), device: t.hex(), runs: t.integer() },
}))

export const ledgers = onchainTable("ledgers", (t) => ({
  ...{ id: t.hex().primaryKey(), operator: t.hex(), voucher: t.hex() },
  ...{ length: t.integer().notNull(), head: t.hex(), devices: t.integer().notNull() },
}))

export const devices = onchainTable("devices", (t) => ({
  ...{ id: t.hex().primaryKey(), operator: t.hex(), voucher: t.hex(), boundary: t.integer(), enrolled: t.integer() },
  ...{ runs: t.integer().notNull(), through: t.integer().notNull(), anchored: t.integer() },
  ...{ retired_runs: t.integer(), withdrawn_since: t.integer() },
}))
