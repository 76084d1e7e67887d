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

/** Names the block that an answer stands on. */
export const nameBlock = (reply: FastifyReply, { hash, number }: StandingBlock) =>
  reply.header("wattest-block", `${number} ${hash}`)

/** Whether a reader has an answer of this tag (RFC 9110, 13.1.2): among others, or as who shortened it on its way marked it. */
const has = (given: string | undefined, tag: string): boolean =>
  given?.split(",").some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "") === tag) ?? false

/** An answer of the books changes with its block, its question and this program alone; who has it already is told so. */
function isFresh({ url, headers }: FastifyRequest, reply: FastifyReply, block: StandingBlock): boolean {
  const tag = `"${createHash("sha256").update(`${VERSION} ${block.hash} ${url}`).digest("base64url")}"`
  nameBlock(reply, block).headers({ etag: tag, "cache-control": "public, max-age=1" })
  return has(headers["if-none-match"], tag)
}

/** As {@link isFresh}; what changes while its block stays is never had already. */
export function isKnown(request: FastifyRequest, reply: FastifyReply, block: StandingBlock, isLive = false): boolean {
  if (!isLive) return isFresh(request, reply, block)
  nameBlock(reply, block)
  return false
}
