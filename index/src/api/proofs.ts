import { NotPublished } from "@wattest/chain"
import { EXTRACT_TYPE, type Hex, PRESENTATION_TYPE } from "@wattest/protocol"
import type { FastifyInstance, FastifyReply } from "fastify"
import { Busy, type ProofSubject, type Proofs, ProofUnavailable } from "../proof/proofs.ts"
import { refuse } from "./errors.ts"
import { ERRORS, SHAPES } from "./shapes.ts"

type Route = {
  readonly url: string
  readonly summary: string
  readonly mediaType: string
  readonly params: { readonly [name: string]: object }
  readonly subject: (params: Params) => ProofSubject
}
type Params = {
  readonly device: Hex
  readonly ledger: Hex
  readonly operator: Hex
  readonly run: number
  readonly number: number
}

const { hash, address, count } = SHAPES

const ROUTES: readonly Route[] = [
  {
    url: "/v1/proof/devices/:device",
    summary: "Where a device stands, as an extract that `wattest verify` judges offline",
    mediaType: EXTRACT_TYPE,
    params: { device: hash },
    subject: ({ device }) => ({ kind: "device", device }),
  },
  {
    url: "/v1/proof/ledgers/:ledger",
    summary: "A ledger's head and length, as an extract",
    mediaType: EXTRACT_TYPE,
    params: { ledger: hash },
    subject: ({ ledger }) => ({ kind: "ledger", ledger }),
  },
  {
    url: "/v1/proof/runs/:device/:run",
    summary: "The anchor of a run, as an extract",
    mediaType: EXTRACT_TYPE,
    params: { device: hash, run: count },
    subject: ({ device, run }) => ({ kind: "run", device, run }),
  },
  {
    url: "/v1/proof/claims/:operator/:number",
    summary: "A closed tally with everything proved of it, as a presentation",
    mediaType: PRESENTATION_TYPE,
    params: { operator: address, number: count },
    subject: ({ operator, number }) => ({ kind: "claim", operator, number }),
  },
]

/** Proofs of one kind for one address in a minute: each asks the nodes a few times. */
const PER_MINUTE = 240

/** Documents that prove what the other routes say: bytes in the one spelling that a verifier takes. */
export function addProofs(
  app: FastifyInstance,
  { proofs, perMinute }: { readonly proofs?: Proofs; readonly perMinute: number },
): void {
  for (const { url, summary, mediaType, params, subject } of ROUTES) {
    const schema = {
      summary,
      params: { type: "object", required: Object.keys(params), properties: params },
      response: { 200: { description: summary, content: { [mediaType]: { schema: {} } } }, ...ERRORS },
    }
    const config = { rateLimit: { max: Math.min(perMinute, PER_MINUTE), timeWindow: "1 minute" } }
    app.get<{ Params: Params }>(url, { schema, config }, async (request, reply) => {
      if (proofs === undefined) return refuse(reply, 503, "NO_PROOFS", "this index asks no node of the chain")
      return answerProof(reply, proofs, subject(request.params))
    })
  }
}

async function answerProof(reply: FastifyReply, proofs: Proofs, subject: ProofSubject): Promise<FastifyReply> {
  try {
    const document = await proofs.of(subject)
    if (document === null) return refuse(reply, 404, "NOT_FOUND", `the books have no such ${subject.kind}`)
    const { mediaType, bytes, block } = document
    reply.headers({ "cache-control": "public, max-age=60", "wattest-block": `${block.number} ${block.hash}` })
    return reply.type(mediaType).send(Buffer.from(bytes))
  } catch (error) {
    if (error instanceof NotPublished) return refuse(reply, 409, "NOTHING_TO_PROVE", error.message)
    if (error instanceof Busy) return refuse(reply, 503, "BUSY", error.message)
    if (error instanceof ProofUnavailable) return refuse(reply, 503, "PROOF_UNAVAILABLE", error.message)
    throw error
  }
}
