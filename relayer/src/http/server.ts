import type { ReceiptMaker, Rpc } from "@wattest/chain"
import { fetchHeader } from "@wattest/chain"
import { REQUEST_TIMES } from "@wattest/command"
import { encodeDocument, type Hex } from "@wattest/protocol"
import Fastify, { type FastifyInstance, type FastifyReply } from "fastify"
import type { Logger } from "pino"
import type { RelayerConfig } from "../config.ts"
import type { Metrics } from "../metrics.ts"
import type { Status } from "../status.ts"
import type { Db } from "../store/open.ts"
import { findReceipt } from "./find-receipt.ts"
import { type Intake, MAX_SUBMISSION_BYTES } from "./intake.ts"
import { openApi } from "./openapi.ts"
import { onChain, REFUSALS, RETRY_SECONDS, Refusal } from "./refusal.ts"
import { ROUTES } from "./routes.ts"
import { deviceStateOf, submissionStateOf } from "./states.ts"

export type ServerSetup = {
  readonly config: RelayerConfig
  readonly db: Db
  readonly rpc: Rpc
  readonly intake: Intake
  readonly receipts: ReceiptMaker
  readonly metrics: Metrics
  readonly log: Logger
  readonly status: () => Status
}

/** Descriptors must be left for the store and the nodes. */
const MAX_CONNECTIONS = 4096

/** Steps of the sender may take this long before the relayer counts as not ready. */
const READY_MS = 60_000

/** The relayer's API; its description is served as /v1/openapi.json. */
export function createServer(setup: ServerSetup): FastifyInstance {
  const app = Fastify({
    ...{ logger: false, bodyLimit: MAX_SUBMISSION_BYTES, forceCloseConnections: true },
    ...{ requestTimeout: REQUEST_TIMES.requestTimeout, http: REQUEST_TIMES },
    // A path that is no URL reaches no route and no handler of errors.
    frameworkErrors: (error, _request, reply) => answerError(setup, reply, error),
  })
  app.server.maxConnections = MAX_CONNECTIONS
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, _request, reply) => answerError(setup, reply, error))
  app.setNotFoundHandler((_request, reply) =>
    answerError(setup, reply, new Refusal("NOT_FOUND", "there is no such resource")),
  )
  addSubmissionRoutes(app, setup)
  addReadRoutes(app, setup)
  addOperatorRoutes(app, setup)
  return app
}

function addSubmissionRoutes(app: FastifyInstance, { intake, db, metrics }: ServerSetup): void {
  app.route({
    ...ROUTES.submit,
    // The intake reads the bytes by the very shape that the route names: their digest is of them as they came.
    validatorCompiler: () => () => true,
    handler: async (request, reply) => {
      const end = metrics.intakeSeconds.startTimer()
      const body = request.body instanceof Uint8Array ? request.body : new Uint8Array(0)
      const { isNew, ...answer } = await intake.submit(body)
      end()
      reply.code(isNew ? 202 : 200)
      return answer
    },
  })
  app.route<{ Params: { digest: Hex } }>({
    ...ROUTES.submission,
    handler: ({ params }) => submissionStateOf(db, params.digest),
  })
}

function addReadRoutes(app: FastifyInstance, setup: ServerSetup): void {
  const { db, rpc, config, receipts } = setup
  const at = { rpc, registry: config.registry }
  app.route<{ Params: { device: Hex; run: string } }>({
    ...ROUTES.receipt,
    handler: async ({ params }, reply) => {
      const anchored = await findReceipt({ db, at, chainId: config.chainId }, params.device, runOf(params.run))
      const document = await onChain(() => receipts.receiptOf(anchored))
      return reply.type("application/json").send(Buffer.from(encodeDocument(document)))
    },
  })
  app.route({
    ...ROUTES.beacon,
    handler: async () => {
      const header = await onChain(() => fetchHeader(rpc, "finalized"))
      if (!header) throw new Refusal("CHAIN_UNAVAILABLE", "the chain has no finalized block yet", {}, RETRY_SECONDS)
      return { number: String(header.number), hash: header.hash, timestamp: header.time }
    },
  })
  app.route<{ Params: { device: Hex } }>({
    ...ROUTES.device,
    handler: ({ params }) => onChain(() => deviceStateOf(db, at, params.device)),
  })
}

function addOperatorRoutes(app: FastifyInstance, { config, metrics, status }: ServerSetup): void {
  const description = openApi()
  app.route({ ...ROUTES.description, handler: () => description })
  app.route({ ...ROUTES.health, handler: async () => ({ status: "alive" }) })
  app.route({
    ...ROUTES.ready,
    handler: async (_request, reply) => {
      const { lastStepMs, lastError } = status()
      const isReady = lastStepMs !== null && Date.now() - lastStepMs < READY_MS
      return reply
        .code(isReady ? 200 : 503)
        .send({ ready: isReady, reason: isReady ? null : (lastError ?? "no step of the sender has ended yet") })
    },
  })
  app.route({
    ...ROUTES.metrics,
    handler: async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  })
  app.route({
    ...ROUTES.status,
    handler: async () => {
      const { view, ...rest } = status()
      return {
        ...rest,
        chainId: config.chainId,
        registry: config.registry,
        sender: config.signer.address.toLowerCase(),
        promiseSigner: config.promiser.address.toLowerCase(),
        latestBlock: view?.tip.number ?? null,
        finalizedBlock: view?.finalized.number ?? null,
      }
    },
  })
}

function runOf(text: string): number {
  const run = Number(text)
  if (!Number.isSafeInteger(run)) throw new Refusal("NOT_FOUND", `no device has anchored ${text} runs`)
  return run
}

/** Every refusal in one form; what is no refusal is a fault of ours, logged and not shown. */
function answerError({ metrics, log }: ServerSetup, reply: FastifyReply, error: unknown): FastifyReply {
  const refusal = error instanceof Refusal ? error : foreign(error)
  if (refusal.code === "INTERNAL") log.error({ error: String((error as Error).stack ?? error) }, "a request failed")
  metrics.refused.inc({ code: refusal.code })
  if (refusal.retryAfterSeconds !== null) reply.header("retry-after", refusal.retryAfterSeconds)
  const { code, message, facts } = refusal
  return reply.code(REFUSALS[code]).send({ error: { code, message, ...facts } })
}

function foreign(error: unknown): Refusal {
  const status = (error as { statusCode?: number }).statusCode
  if (status === 413) return new Refusal("BODY_TOO_LARGE", `a submission has at most ${MAX_SUBMISSION_BYTES} bytes`)
  if (status !== undefined && status >= 400 && status < 500)
    return new Refusal("DOCUMENT_REJECTED", (error as Error).message)
  return new Refusal("INTERNAL", "the relayer failed; the request may be repeated")
}
