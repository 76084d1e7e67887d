import { type Hex, toJson } from "@wattest/protocol"
import { policyDigest } from "@wattest/verifier"
import type { FastifyInstance, FastifyReply } from "fastify"
import { type Desk, MAX_DOCUMENT_BYTES, NotOurs } from "../documents/desk.ts"
import { Overlong } from "../documents/thread.ts"
import { Busy } from "../proof/proofs.ts"
import type { Db } from "../store/open.ts"
import { refuse } from "./errors.ts"
import { payerOf } from "./payer.ts"
import { createPlaces } from "./places.ts"
import { ERROR, ERRORS, SHAPES } from "./shapes.ts"

/** Documents that arrive at once. */
export const MAX_ARRIVING = 16
/** Documents of one address in a minute. */
const PER_MINUTE = 20

const VERDICT = {
  type: "object",
  additionalProperties: true,
  required: ["id", "kind", "status", "code", "detail", "block", "policy"],
  properties: {
    ...{ id: SHAPES.hash, kind: SHAPES.text, status: SHAPES.text, block: SHAPES.count, policy: SHAPES.hash },
    ...{ code: { ...SHAPES.text, nullable: true }, detail: { ...SHAPES.text, nullable: true } },
  },
}

/** The one thing that anybody may hand in. It is judged before it is kept, and changes nothing of the books. */
export function addDocuments(app: FastifyInstance, { db, desk }: { readonly db: Db; readonly desk?: Desk }): void {
  addContent(app, db)
  if (desk === undefined) return
  const about = "The policy under which the index judges what is handed in"
  app.get("/v1/policy", { schema: { summary: about } }, async () => ({
    digest: policyDigest(desk.policy),
    policy: toJson(desk.policy),
  }))
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    const places = createPlaces(MAX_ARRIVING)
    // Before a byte of it is read: what arrives at once is held in memory.
    scope.addHook("onRequest", async (request, reply) => {
      const giveBack = places.take(payerOf(request.ip))
      if (giveBack === null) return refuse(reply, 503, "BUSY", "too many documents arrive; hand it in again soon")
      reply.raw.once("close", giveBack)
    })
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: MAX_DOCUMENT_BYTES }, (_request, body, done) =>
      done(null, body),
    )
    const schema = {
      summary: `A certificate, job, presentation or vouch document of at most ${MAX_DOCUMENT_BYTES} bytes, to be judged and kept`,
      response: { 200: VERDICT, ...ERRORS, 413: ERROR, 422: ERROR },
    }
    const config = { rateLimit: { max: PER_MINUTE, timeWindow: "1 minute" } }
    scope.post("/v1/documents", { schema, config, bodyLimit: MAX_DOCUMENT_BYTES }, async ({ body }, reply) =>
      takeDocument(reply, desk, body instanceof Uint8Array ? body : new Uint8Array()),
    )
  })
}

async function takeDocument(reply: FastifyReply, desk: Desk, bytes: Uint8Array) {
  try {
    return await desk.take(bytes)
  } catch (error) {
    if (error instanceof NotOurs) return refuse(reply, 422, "NOT_OURS", error.message)
    if (error instanceof Overlong) return refuse(reply, 422, "OVERLONG", error.message)
    if (error instanceof Busy) return refuse(reply, 503, "BUSY", error.message)
    throw error
  }
}

/** The bytes that were judged: for whoever judges them again, and for no browser to show. */
function addContent(app: FastifyInstance, { kysely }: Db): void {
  const schema = {
    summary: "A document's bytes, as they were handed in; one that was refused is not kept",
    params: { type: "object", required: ["id"], properties: { id: SHAPES.hash } },
    response: { 200: { description: "its bytes", content: { "application/octet-stream": { schema: {} } } }, ...ERRORS },
  }
  app.get<{ Params: { readonly id: Hex } }>(
    "/v1/documents/:id/content",
    { schema },
    async ({ params: { id } }, reply) => {
      const found = await kysely.selectFrom("documents").select("bytes").where("id", "=", id).executeTakeFirst()
      if (found?.bytes == null) return refuse(reply, 404, "NOT_FOUND", "there is no such document, or it was refused")
      reply.headers({
        "content-disposition": `attachment; filename="${id}.json"`,
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
      })
      return reply.type("application/octet-stream").send(Buffer.from(found.bytes))
    },
  )
}
