import { createHash } from "node:crypto"
import type { Rpc } from "@wattest/chain"
import { encodeDocument, type Hex, visible } from "@wattest/protocol"
import { type ChainReader, type Policy, policyDigest, Undetermined } from "@wattest/verifier"
import { agreedHeader } from "../chain/logs.ts"
import { Busy } from "../proof/proofs.ts"
import type { Db } from "../store/open.ts"
import type { DocumentRow } from "../store/schema.ts"
import { blockOf } from "../store/standing.ts"
import { documentWords, noteWords } from "../store/words.ts"
import { objectionTo } from "./books-verdict.ts"
import { type DocumentKind, documentKind, type JudgedDocument } from "./judged.ts"
import { judgeInThread, Overlong } from "./thread.ts"

/** Longest document that is taken, in bytes. */
export const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
/** All documents together, in bytes. */
const MAX_STORED_BYTES = 4 * 1024 ** 3
/** Documents that wait to be judged, one after another. */
const MAX_WAITING = 8
/** What could not be known is asked again after so long. */
const AGAIN_SECONDS = 3600

/** What is no document of ours, or one that is taken from nobody. */
export class NotOurs extends Error {
  override readonly name = "NotOurs"
}

/** The verdict on a document that was handed in, without its bytes. */
export type Verdict = Omit<DocumentRow, "bytes" | "due">

export type Desk = {
  readonly policy: Policy
  /** Judges a document and keeps it with its verdict. Throws NotOurs, Overlong and Busy. */
  take(bytes: Uint8Array): Promise<Verdict>
  /** Judges again what is due. True: something was, and more may be. */
  step(): Promise<boolean>
}

export type DeskSetup = {
  readonly db: Db
  readonly rpc: Rpc
  readonly chainId: number
  readonly policy: Policy
  /** Unix seconds. */
  readonly now: () => number
}

/**
 * Takes documents from anybody, and believes none: each is judged under the index's public policy by the verifier's judge
 * and then held against the books, now and whenever these change.
 */
export async function createDesk(setup: DeskSetup): Promise<Desk> {
  const { db, policy } = setup
  const digest = policyDigest(policy)
  await db.kysely.updateTable("documents").set({ due: 1 }).where("policy", "<>", digest).execute()
  const inTurn = createQueue()
  return {
    policy,
    take(bytes) {
      const kind = documentKind(bytes)
      if (kind === null) throw new NotOurs("hand in a certificate, a job, a presentation or a vouch document")
      return inTurn(() => takeDocument(setup, kind, bytes))
    },
    step: () => inTurn(() => judgeAgain(setup)),
  }
}

/** One thing at a time, and few that wait. */
function createQueue() {
  let [last, waiting]: [Promise<unknown>, number] = [Promise.resolve(), 0]
  return <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting >= MAX_WAITING) throw new Busy("too many documents wait to be judged; hand it in again soon")
    waiting++
    const done = last.then(work).finally(() => {
      waiting--
    })
    last = done.catch(() => undefined)
    return done
  }
}

/** Blocks as the index's own nodes agree on them, up to the one that the books stand on. */
function readerOf({ db, rpc, chainId }: DeskSetup): ChainReader {
  return {
    async blockAt(asked, number) {
      const standing = await blockOf(db)
      if (asked !== chainId || standing === null || number > BigInt(standing.number))
        throw new Undetermined("NOT_FINALIZED", `block ${number} of chain ${asked} is not in the books`)
      const { hash, time } = await agreedHeader(rpc, Number(number))
      return { hash, timestamp: time }
    },
  }
}

async function verdictOn(setup: DeskSetup, kind: DocumentKind, bytes: Uint8Array): Promise<JudgedDocument> {
  const { db, policy } = setup
  const judged = await judgeInThread({ bytes, kind, policy: encodeDocument(policy) }, readerOf(setup))
  const objection = await objectionTo(db, judged, policy)
  return objection === null ? judged : { ...judged, ...objection, facts: null }
}

async function rowOf(
  { db, policy, now }: DeskSetup,
  judged: JudgedDocument,
): Promise<Omit<DocumentRow, "id" | "bytes" | "size" | "received">> {
  const { kind, status, code, facts } = judged
  // It may hold what the document holds.
  const detail = judged.detail === null ? null : visible(judged.detail)
  const block = (await blockOf(db))?.number ?? 0
  const {
    title = null,
    operator = null,
    device = null,
    model = null,
    zone = null,
    site = null,
    party = null,
  } = facts ?? {}
  return {
    ...{ kind, status, code, detail, block, judged: now(), policy: policyDigest(policy), due: 0 },
    ...{ title, operator, device, model, zone, site, party, opens: facts?.from ?? null, ends: facts?.to ?? null },
  }
}

async function takeDocument(setup: DeskSetup, kind: DocumentKind, bytes: Uint8Array): Promise<Verdict> {
  const { db, now } = setup
  const id: Hex = `0x${createHash("sha256").update(bytes).digest("hex")}`
  const known = await db.kysely.selectFrom("documents").selectAll().where("id", "=", id).executeTakeFirst()
  if (known !== undefined && known.due === 0) return shownOf(known)
  const judged = await verdictOn(setup, kind, bytes)
  const isKept = judged.status !== "invalid" && (await storedBytes(db)) + bytes.length <= MAX_STORED_BYTES
  const kept = isKept ? Buffer.from(bytes) : null
  const row: DocumentRow = { id, size: bytes.length, received: now(), bytes: kept, ...(await rowOf(setup, judged)) }
  const { id: _, received: __, ...again } = row
  await db.kysely.transaction().execute(async (trx) => {
    const written = trx.insertInto("documents").values(row)
    await written.onConflict((clash) => clash.column("id").doUpdateSet(again)).execute()
    await noteWords(trx, "document", new Map([[id, documentWords(row)]]))
  })
  return shownOf(row)
}

const shownOf = ({ bytes: _, due: __, ...verdict }: DocumentRow): Verdict => verdict

async function storedBytes({ kysely }: Db): Promise<number> {
  const sum = kysely.selectFrom("documents").select(({ fn }) => fn.sum<number | null>("size").as("size"))
  return Number((await sum.where("bytes", "is not", null).executeTakeFirst())?.size ?? 0)
}

/** The next document whose verdict the books or the policy may have changed, or that could not be known an hour ago. */
async function judgeAgain(setup: DeskSetup): Promise<boolean> {
  const { db, now } = setup
  const found = await db.kysely
    .selectFrom("documents")
    .select(["id", "kind", "bytes"])
    .where("bytes", "is not", null)
    .where(({ eb, or, and }) =>
      or([eb("due", "=", 1), and([eb("status", "=", "undetermined"), eb("judged", "<", now() - AGAIN_SECONDS)])]),
    )
    .orderBy("judged")
    .limit(1)
    .executeTakeFirst()
  if (found?.bytes == null) return false
  const verdict = await verdictOn(setup, found.kind, new Uint8Array(found.bytes)).catch((error): JudgedDocument => {
    if (!(error instanceof Overlong)) throw error
    return {
      kind: found.kind,
      status: "undetermined",
      code: "NOT_REACHED",
      detail: error.message,
      facts: null,
      rests: NONE,
    }
  })
  const said = await rowOf(setup, verdict)
  await db.kysely.transaction().execute(async (trx) => {
    await trx.updateTable("documents").set(said).where("id", "=", found.id).execute()
    await noteWords(trx, "document", new Map([[found.id, documentWords(said)]]))
  })
  return true
}

const NONE: JudgedDocument["rests"] = { runs: [], tallies: [], vouch: null }
