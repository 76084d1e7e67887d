import { createHash } from "node:crypto"
import type { FastifyReply, FastifyRequest } from "fastify"
import type { Db } from "../store/open.ts"
import { blockOf, type StandingBlock } from "../store/standing.ts"
import { VERSION } from "../version.ts"
import { NotReady } from "./errors.ts"

/** Answers from one state of the store, that of a block. */
export const standing = <T>(
  { kysely, engine }: Db,
  answer: (db: Db, block: StandingBlock) => Promise<T>,
): Promise<T> => {
  const transaction = kysely.transaction()
  const reading =
    engine === "postgres" ? transaction.setIsolationLevel("repeatable read").setAccessMode("read only") : transaction
  return reading.execute(async (trx) => {
    const at: Db = { kysely: trx, engine }
    const block = await blockOf(at)
    if (block === null) throw new NotReady("no final block is in the index yet; ask again soon")
    return answer(at, block)
  })
}

/** An answer of the books changes with its block, its question and this program alone; who has it already is told so. */
export function isFresh(
  { url, headers }: FastifyRequest,
  reply: FastifyReply,
  { hash, number }: StandingBlock,
): boolean {
  const tag = `"${createHash("sha256").update(`${VERSION} ${hash} ${url}`).digest("base64url")}"`
  reply.headers({ etag: tag, "cache-control": "public, max-age=1", "wattest-block": `${number} ${hash}` })
  return headers["if-none-match"] === tag
}
