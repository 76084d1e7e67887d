import type { Header, Rpc } from "@wattest/chain"
import { type Hex, ledgerIdOf } from "@wattest/protocol"
import { partsOf } from "@wattest/store"
import { sql, type Transaction } from "kysely"
import type { PlacedAnchor, Standing } from "../books/heads.ts"
import {
  type Contracts,
  holdAgainst,
  type LedgerState,
  ledgerState,
  type OperatorState,
  operatorState,
} from "../books/state.ts"
import type { PlacedFact } from "../chain/facts.ts"
import type { Db } from "./open.ts"
import type { Database } from "./schema.ts"

/** What the chain's own storage says at a batch's end of the ledgers and operators that are looked at. */
export type Books = {
  readonly ledgers: ReadonlyMap<Hex, LedgerState>
  readonly operators: ReadonlyMap<Hex, OperatorState>
}

/** Ledgers and operators that no event touched and that are looked at all the same, in turn. */
const IN_TURN = 32
const QUESTIONS_AT_ONCE = 16

/** Where the ledgers of these anchors stand in the store. */
export async function standingsOf({ kysely }: Db, anchors: readonly PlacedAnchor[]): Promise<Map<Hex, Standing>> {
  const ids = [...new Set(anchors.map(({ fact }) => fact.ledger))]
  const standings = new Map<Hex, Standing>()
  for (const part of partsOf(ids, 500)) {
    const rows = await kysely.selectFrom("ledgers").select(["id", "length", "head"]).where("id", "in", part).execute()
    for (const { id, length, head } of rows) standings.set(id, { length, head })
  }
  return standings
}

type Asking = { readonly rpc: Rpc; readonly contracts: Contracts; readonly db: Db }

/**
 * Reads the books of every ledger that the facts touch. At the final block, whose state every node keeps, also of those
 * that older nodes did not answer for, and of some that nothing touched: a log that was hidden of them shows.
 */
export async function readBooks(
  { rpc, contracts, db }: Asking,
  facts: readonly PlacedFact[],
  { end, isFinal }: { readonly end: Header; readonly isFinal: boolean },
): Promise<Books> {
  const touched = new Set(facts.flatMap(({ fact }) => ledgerIn(fact)))
  const operators = new Set(facts.flatMap(({ fact }) => ("operator" in fact ? [fact.operator] : [])))
  if (isFinal) {
    for (const { id, operator } of await inTurn(db, end.number)) {
      touched.add(id)
      operators.add(operator)
    }
  }
  const ledgers = await askAll([...touched], (id) => ledgerState(rpc, contracts.registry, id, end.hash))
  return { ledgers, operators: await askAll([...operators], (who) => operatorState(rpc, contracts, who, end.hash)) }
}

/** Ledgers that nobody proved so far, and a window over all that moves with the height. */
async function inTurn({ kysely }: Db, height: number) {
  const unproved = kysely.selectFrom("ledgers").select(["id", "operator"]).whereRef("proved", "<", "length")
  const { count } = await kysely
    .selectFrom("ledgers")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow()
  const offset = Number(count) <= IN_TURN ? 0 : (height * IN_TURN) % Number(count)
  const window = kysely.selectFrom("ledgers").select(["id", "operator"]).orderBy("id").offset(offset).limit(IN_TURN)
  return [...(await unproved.execute()), ...(await window.execute())]
}

function ledgerIn(fact: PlacedFact["fact"]): Hex[] {
  if (fact.kind === "anchored") return [fact.ledger]
  return "voucher" in fact ? [ledgerIdOf(fact.operator, fact.voucher)] : []
}

async function askAll<T>(names: readonly Hex[], ask: (name: Hex) => Promise<T | null>): Promise<ReadonlyMap<Hex, T>> {
  const found = new Map<Hex, T>()
  for (const part of partsOf(names, QUESTIONS_AT_ONCE)) {
    const answers = await Promise.all(part.map(async (name) => [name, await ask(name)] as const))
    for (const [name, answer] of answers) if (answer !== null) found.set(name, answer)
  }
  return found
}

/** Holds what events added up to against the chain's storage, and notes which ledgers it proved. Throws BooksBroken. */
export async function audit(trx: Transaction<Database>, { ledgers, operators }: Books, block: number): Promise<void> {
  for (const [id, chain] of ledgers) {
    const row = await trx.selectFrom("ledgers").selectAll().where("id", "=", id).executeTakeFirst()
    const { length = 0, head = chain.head, devices = 0, vouched = 0 } = row ?? {}
    holdAgainst(id, "ledger", { added: { length, head, devices, vouched }, chain, block })
    await trx.updateTable("ledgers").set({ proved: length }).where("id", "=", id).execute()
  }
  for (const [operator, chain] of operators) {
    holdAgainst(operator, "operator", { added: await operatorIn(trx, operator), chain, block })
  }
}

/** What the events of an operator add up to. The contract lists a ledger once a device is enrolled in it. */
async function operatorIn(trx: Transaction<Database>, operator: Hex): Promise<OperatorState> {
  const { rows } = await sql<OperatorState>`select
    (select count(*) from ledgers where operator = ${operator} and devices > 0) as ledgers,
    (select count(*) from tallies where operator = ${operator}) as tallies`.execute(trx)
  const [{ ledgers, tallies } = { ledgers: 0, tallies: 0 }] = rows
  return { ledgers: Number(ledgers), tallies: Number(tallies) }
}
