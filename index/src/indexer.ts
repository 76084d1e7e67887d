import { AnswerTooLong, fetchHeader, type Header, type Rpc, RpcLie, RpcRefusal } from "@wattest/chain"
import type { Hex } from "@wattest/protocol"
import { partsOf } from "@wattest/store"
import { foldAnchors, type PlacedAnchor } from "./books/heads.ts"
import type { Contracts } from "./books/state.ts"
import { claimFact, type PlacedFact, registryFact } from "./chain/facts.ts"
import { finalHeader, tipNumber } from "./chain/final.ts"
import { agreedHeader, type Fault, logsOf, type PlacedLog } from "./chain/logs.ts"
import { type TallyName, tallyAt } from "./chain/tallies.ts"
import {
  FIRST_WIDTH,
  fittedWidth,
  logsAgain,
  refusedWidth,
  type Span,
  shortenedWidth,
  type Width,
} from "./chain/width.ts"
import { audit, type Books, readBooks, standingsOf } from "./store/audit.ts"
import { type Batch, rowsOf } from "./store/batch.ts"
import type { Db } from "./store/open.ts"
import type { BatchRow, BlockRow } from "./store/schema.ts"
import { batchesBefore, cursorOf, rewind, take } from "./store/take.ts"
import type { TouchedTally } from "./store/tally-rows.ts"
import { eventsOf, writeEvents, writeSilences } from "./watch/events.ts"

/** What the index follows, where it keeps it, and who hears what goes wrong. */
export type IndexSetup = {
  readonly rpc: Rpc
  readonly chainId: number
  readonly contracts: Contracts
  readonly db: Db
  /** The block from which on the contracts exist. */
  readonly firstBlock: number
  /** A device that owes runs is silent after so many hours. */
  readonly silenceHours: number
  readonly events?: IndexEvents
}

export type IndexEvents = {
  /** An endpoint said what the chain does not bear out, or lags. */
  blamed?(fault: Fault): void
  /** The chain took back what it had called final: the index went back to this block. */
  rewound?(to: number): void
  taken?(progress: Progress): void
}

/** How far a look has come: blocks up to `to` of those up to `final` are in the store. */
export type Progress = { readonly to: number; readonly final: number; readonly runs: number }

/** What a look showed. */
export type Look = { readonly final: Header; readonly tip: number }

export type Indexer = {
  /** Looks once: takes every block up to the final one. Throws RpcLie, RpcUnavailable or BooksBroken, and then nothing of that batch is taken. */
  look(stop?: AbortSignal): Promise<Look>
}

export function createIndexer(setup: IndexSetup): Indexer {
  const asking: Asking = { width: FIRST_WIDTH }
  return {
    async look(stop) {
      const { rpc, db, firstBlock, events } = setup
      const blame = (fault: Fault) => accuse(setup, fault)
      const final = await finalHeader(rpc, blame)
      await dropOrphans(setup)
      while (!stop?.aborted) {
        const after = (await cursorOf(db))?.number ?? null
        const next = (after ?? firstBlock - 1) + 1
        if (next > final.number) break
        const { span, logs } = await readSpan(setup, { from: next, to: final.number }, asking)
        const end = span.to === final.number ? final : await agreedHeader(rpc, span.to)
        const runs = await takeSpan(setup, { logs, after, end, isFinal: end === final })
        events?.taken?.({ to: span.to, final: final.number, runs })
      }
      return { final, tip: await tipNumber(rpc) }
    },
  }
}

function accuse({ rpc, events }: IndexSetup, fault: Fault): void {
  rpc.distrust(fault.reason, fault.place)
  events?.blamed?.(fault)
}

/** How wide the next question for logs is. */
type Asking = { width: Width }

/** The logs of the first blocks of a range, as many as nodes give at once. */
async function readSpan(setup: IndexSetup, { from, to }: Span, asking: Asking) {
  const { registry, claims } = setup.contracts
  const contracts = claims === null ? [registry] : [registry, claims]
  for (;;) {
    const span = { from, to: Math.min(to, from + asking.width.blocks - 1) }
    const blocks = span.to - from + 1
    try {
      const logs = await logsOf(setup.rpc, contracts, span, (fault) => accuse(setup, fault))
      // A span that the final block cuts short says nothing of what a whole one brings.
      if (blocks === asking.width.blocks) asking.width = fittedWidth(asking.width, logsAgain(logs, span))
      return { span, logs }
    } catch (error) {
      if (!isTooWide(error) || blocks === 1) throw error
      asking.width =
        error instanceof AnswerTooLong
          ? shortenedWidth(asking.width, blocks, error.bytes)
          : refusedWidth(asking.width, blocks)
    }
  }
}

/** A node refuses what is too wide for it, or answers with more than anybody reads, with no JSON, or not in time. */
const isTooWide = (error: unknown): boolean =>
  error instanceof RpcRefusal || error instanceof RpcLie || (error instanceof Error && error.name === "TimeoutError")

type Read = {
  readonly logs: readonly PlacedLog[]
  readonly after: number | null
  readonly end: Header
  readonly isFinal: boolean
}

/** Takes one span's logs: folded, and held against the state of the chain at its end. Where another writer took it, it is theirs. */
async function takeSpan(setup: IndexSetup, { logs, after, end, isFinal }: Read): Promise<number> {
  const { db, contracts } = setup
  const facts = logs.flatMap((log) => factOf(contracts, log))
  const anchors = facts.filter(isAnchor)
  try {
    foldAnchors(await standingsOf(db, anchors), anchors)
  } catch (error) {
    if (((await cursorOf(db))?.number ?? null) !== after) return 0
    throw error
  }
  const batch: Batch = {
    facts,
    blocks: await blocksOf(setup, logs, end),
    tallies: await talliesOf(setup, facts, end),
    target: { chainId: setup.chainId, registry: contracts.registry },
  }
  const books: Books = await readBooks(setup, facts, { end, isFinal })
  const place = { after, end: { number: end.number, hash: end.hash } }
  const rows = rowsOf(batch)
  const isTaken = await take(db, rows, place, async (trx, taken) => {
    await audit(trx, books, end.number)
    await writeEvents(trx, eventsOf(rows.withdrawals, taken), end)
    // Of the past only the last word is a silence.
    if (isFinal) await writeSilences(trx, setup.silenceHours, end)
  })
  return isTaken ? anchors.length : 0
}

const isAnchor = (placed: PlacedFact): placed is PlacedFact & PlacedAnchor => placed.fact.kind === "anchored"

function factOf({ registry }: Contracts, log: PlacedLog): PlacedFact[] {
  const fact = log.address === registry ? registryFact(log) : claimFact(log)
  return fact === null ? [] : [{ block: log.block, log: log.log, fact }]
}

const AT_ONCE = 16

/** Asks for some at a time: how many there are, others say. */
async function inParts<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = []
  for (const part of partsOf(items, AT_ONCE)) answers.push(...(await Promise.all(part.map(ask))))
  return answers
}

/** The blocks that hold logs, by headers whose hash the logs name, and the span's end. */
async function blocksOf({ rpc }: IndexSetup, logs: readonly PlacedLog[], end: Header): Promise<readonly BlockRow[]> {
  const hashes = new Map(logs.map(({ block, blockHash }) => [block, blockHash]))
  const wanted = [...hashes.keys()].filter((number) => number !== end.number)
  const rows = await inParts(wanted, (number) => blockRow(rpc, number))
  rows.push({ number: end.number, hash: end.hash, time: end.time })
  for (const { number, hash } of rows)
    if ((hashes.get(number) ?? hash) !== hash)
      throw new RpcLie(`the logs are of another block ${number} than the chain's`)
  return rows
}

async function blockRow(rpc: Rpc, number: number): Promise<BlockRow> {
  const header = await fetchHeader(rpc, number)
  if (header === null) throw new RpcLie(`the node has no block ${number}`)
  return { number, hash: header.hash, time: header.time }
}

/** The tallies that events touched, or whose ledgers a withdrawal made suspect. */
async function talliesOf(
  setup: IndexSetup,
  facts: readonly PlacedFact[],
  block: Header,
): Promise<readonly TouchedTally[]> {
  const { contracts, db } = setup
  if (contracts.claims === null) return []
  const touched = new Map<string, TallyName>()
  const touch = (operator: Hex, number: bigint) => touched.set(`${operator} ${number}`, { operator, number })
  for (const { fact } of facts) {
    if (fact.kind === "tally") touch(fact.operator, fact.number)
    if (fact.kind !== "withdrawn") continue
    for (const { number } of await talliesIn(db, 0, fact.operator)) touch(fact.operator, number)
  }
  const read = reading(setup, contracts.claims, block)
  const found = await inParts([...touched.values()], read)
  const dividing = found.flatMap(({ operator, state }) =>
    state.bounds.map(({ denominator }) => ({ operator, number: BigInt(denominator) })),
  )
  const others = dividing.filter(({ operator, number }) => !touched.has(`${operator} ${number}`))
  return [...found, ...(await inParts(others, read))]
}

const reading =
  (setup: IndexSetup, claims: Hex, block: Header) =>
  async (name: TallyName): Promise<TouchedTally> => {
    const { rpc, chainId, contracts } = setup
    const asked = { rpc, chainId, contracts: { ...contracts, claims }, blame: (fault: Fault) => accuse(setup, fault) }
    return { ...name, state: await tallyAt(asked, name, block) }
  }

/** Tallies in the store that were opened in blocks up to `last`; 0: in any. */
async function talliesIn({ kysely }: Db, last: number, operator: Hex | null = null): Promise<TallyName[]> {
  let found = kysely.selectFrom("tallies").select(["operator", "number"])
  if (last > 0) found = found.where("block", "<=", last)
  if (operator !== null) found = found.where("operator", "=", operator)
  return (await found.execute()).map(({ operator, number }) => ({ operator, number: BigInt(number) }))
}

const CANDIDATES = 64

/** Goes back to the newest batch whose end the chain still has. */
async function dropOrphans(setup: IndexSetup): Promise<void> {
  const { rpc, db, events } = setup
  const cursor = await cursorOf(db)
  if (cursor === null || (await isOnChain(rpc, cursor))) return
  for (let before = cursor.number; ; ) {
    const candidates = await batchesBefore(db, before, CANDIDATES)
    if (candidates.length === 0)
      throw new RpcLie("the chain has none of the blocks that the index was made from; is it another chain?")
    for (const candidate of candidates) {
      if (!(await isOnChain(rpc, candidate))) continue
      await rewind(db, candidate.number, { tallies: await talliesAt(setup, candidate), lost: cursor })
      events?.rewound?.(candidate.number)
      return
    }
    before = candidates.at(-1)?.number ?? 0
  }
}

/** The tallies that the store knew at a block, as the contract had them then. */
async function talliesAt(setup: IndexSetup, { number }: BatchRow) {
  const { rpc, db, chainId, contracts } = setup
  const { registry, claims } = contracts
  const read = claims === null ? null : reading(setup, claims, await agreedHeader(rpc, number))
  const tallies = read === null ? [] : await inParts(await talliesIn(db, number), read)
  return rowsOf({ blocks: [], facts: [], tallies, target: { chainId, registry } })
}

/**
 * A node that lags has no block yet where a fork has another one: what is final is taken back for the latter alone, and
 * where all endpoints name it.
 */
const isOnChain = async (rpc: Rpc, { number, hash }: Pick<BatchRow, "number" | "hash">): Promise<boolean> =>
  (await agreedHeader(rpc, number)).hash === hash
