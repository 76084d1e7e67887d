import cors from "@fastify/cors"
import rateLimit from "@fastify/rate-limit"
import swagger from "@fastify/swagger"
import { REQUEST_TIMES } from "@wattest/command"
import Fastify, { type FastifyInstance } from "fastify"
import type { Contracts } from "../books/state.ts"
import type { Fault } from "../chain/logs.ts"
import type { Desk } from "../documents/desk.ts"
import type { Proofs } from "../proof/proofs.ts"
import type { Db } from "../store/open.ts"
import { blockOf } from "../store/standing.ts"
import { createNewest } from "../watch/newest.ts"
import { isKnown, standing } from "./answer.ts"
import { checkAll } from "./asked.ts"
import { addDocuments } from "./documents.ts"
import { answerError, NotFound, refuse } from "./errors.ts"
import { addExplorer, type readExplorer } from "./explorer.ts"
import { createExport, type Export, type ExportFormat } from "./exports.ts"
import { graphqlHandler } from "./graphql.ts"
import { type Asked, type Item, list, MAX_PAGE } from "./list.ts"
import { payerOf } from "./payer.ts"
import { addProofs } from "./proofs.ts"
import { QUESTIONS, type Question } from "./questions.ts"
import type { Resource, ResourceName } from "./resources.ts"
import {
  ERRORS,
  itemAnswer,
  itemSchema,
  keySchema,
  LISTS,
  pageSchema,
  querySchema,
  questionSchema,
  STATUS,
} from "./shapes.ts"
import { addWatch } from "./watch.ts"

/** What the indexer says of itself. */
export type IndexStatus = {
  readonly tip: number | null
  readonly error: string | null
  readonly endpoints: readonly Fault[]
}

export type ServerSetup = {
  readonly db: Db
  readonly chainId: number
  readonly contracts: Contracts
  readonly status: () => IndexStatus
  /** Questions of one address in a minute. */
  readonly perMinute: number
  readonly version: string
  /** Makes proofs from the nodes of the chain; none are served without. */
  readonly proofs?: Proofs
  /** Judges what is handed in; nothing is taken without. */
  readonly desk?: Desk
  /** The page that is served beside the API. */
  readonly explorer?: ReturnType<typeof readExplorer>
}

type Serving = Pick<ServerSetup, "db"> & { readonly sendAll: Export }

const MAX_CONNECTIONS = 4096

/** The public API: it reads, and nothing else. Its description is served as /v1/openapi.json. */
export async function createServer(setup: ServerSetup): Promise<FastifyInstance> {
  const app = Fastify({
    ...{ logger: false, bodyLimit: 64 * 1024, forceCloseConnections: true },
    ...{ requestTimeout: REQUEST_TIMES.requestTimeout, http: REQUEST_TIMES },
    // A path that is no URL reaches no route and no handler of errors.
    frameworkErrors: (error, _request, reply) => answerError(reply, error),
    ajv: { customOptions: { coerceTypes: true, removeAdditional: false } },
  })
  app.server.maxConnections = MAX_CONNECTIONS
  app.setErrorHandler((error, _request, reply) => answerError(reply, error))
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, "NOT_FOUND", "there is no such resource"))
  await app.register(cors, { origin: "*", methods: ["GET", "HEAD"], exposedHeaders: ["etag", "wattest-block"] })
  await app.register(rateLimit, { max: setup.perMinute, timeWindow: "1 minute", keyGenerator: ({ ip }) => payerOf(ip) })
  await app.register(swagger, {
    openapi: { openapi: "3.0.3", info: { title: "Wattest index", version: setup.version } },
  })
  app.get("/health", { schema: { hide: true } }, async () => ({ status: "alive" }))
  app.get("/v1/openapi.json", { schema: { hide: true } }, async () => app.swagger())
  addStatus(app, setup)
  const serving = { ...setup, sendAll: createExport() }
  for (const { name, resource } of LISTS) addList(app, serving, name, resource)
  for (const [name, question] of Object.entries(QUESTIONS)) addQuestion(app, serving, name, question)
  app.route({
    ...{ method: ["GET", "POST"], url: "/v1/graphql", schema: { hide: true } },
    handler: graphqlHandler(setup.db),
  })
  addProofs(app, setup)
  addDocuments(app, setup)
  addWatch(app, setup.db, createNewest(setup.db))
  if (setup.explorer !== undefined) addExplorer(app, setup.explorer)
  return app
}

function addStatus(app: FastifyInstance, { db, chainId, contracts, status }: ServerSetup): void {
  const schema = { summary: "What is followed, how far, and what is wrong", response: { 200: STATUS } }
  app.get("/v1/status", { schema }, async () => ({ chainId, ...contracts, block: await blockOf(db), ...status() }))
}

/** All rows are sent as they are read: no page, and of no one moment. */
const NOT_PAGED = { block: null, check: "", items: [], next: null }

type Query = { readonly limit: number; readonly after?: string; readonly format: "json" | ExportFormat }

function addList(app: FastifyInstance, { db, sendAll }: Serving, name: ResourceName, resource: Resource): void {
  const querystring = querySchema(resource)
  const schema = { summary: resource.about, querystring, response: { 200: pageSchema(resource), ...ERRORS } }
  app.get(`/v1/${name}`, { schema }, async (request, reply) => {
    const { limit, after, format, ...asked } = request.query as Query & Asked
    const page = await standing(db, async (at, block) => {
      if (isKnown(request, reply, block, resource.isLive)) return null
      return format === "json"
        ? { block, check: resource.check, ...(await list(at, name, { asked, limit, after })) }
        : NOT_PAGED
    })
    if (page === null) return reply.code(304).send()
    if (format === "json") return page
    return sendAll(request, reply, { format, resource, pages: allPages(db, name, asked) })
  })
  const [key, ...more] = resource.key
  if (key !== undefined && more.length === 0) addItem(app, db, { name, key, resource })
}

async function* onePage(items: readonly Item[]) {
  yield items
}

function addQuestion(app: FastifyInstance, { db, sendAll }: Serving, name: string, question: Question): void {
  const { about: summary, check } = question
  const schema = { summary, querystring: questionSchema(question), response: { 200: pageSchema(question), ...ERRORS } }
  app.get(`/v1/${name}`, { schema }, async (request, reply) => {
    const { format, ...asked } = request.query as Pick<Query, "format"> & Asked
    checkAll(question.asks, asked)
    const answer = await standing(db, async (at, block) =>
      isKnown(request, reply, block, question.isLive)
        ? null
        : { block, check, items: await question.answer(at, asked, block), next: null },
    )
    if (answer === null) return reply.code(304).send()
    return format === "json"
      ? answer
      : sendAll(request, reply, { format, resource: question, pages: onePage(answer.items) })
  })
}

type ItemRoute = { readonly name: ResourceName; readonly key: string; readonly resource: Resource }

/** What has a name of its own has an address of its own. */
function addItem(app: FastifyInstance, db: Db, { name, key, resource }: ItemRoute): void {
  const item = itemSchema(resource)
  const schema = {
    summary: `${resource.about}: one`,
    params: { type: "object", required: [key], properties: { [key]: keySchema(resource, key) } },
    response: { 200: itemAnswer(item), ...ERRORS },
  }
  app.get<{ Params: Readonly<Record<string, string>> }>(`/v1/${name}/:${key}`, { schema }, async (request, reply) => {
    const answer = await standing(db, async (at, block) => {
      if (isKnown(request, reply, block, resource.isLive)) return null
      const [found] = (await list(at, name, { asked: request.params, limit: 1 })).items
      if (found === undefined) throw new NotFound(`there is no such item of ${name}`)
      return { block, check: expanded(resource.check, found), item: found }
    })
    return answer ?? reply.code(304).send()
  })
}

/** A template with the columns of a row in it. */
const expanded = (template: string, item: Item) =>
  template.replace(/\{([a-z]+)\}/g, (_, name: string) => encodeURIComponent(String(item[name])))

/** Every row of a list, a page at a time. */
async function* allPages(db: Db, name: ResourceName, asked: Asked): AsyncGenerator<readonly Item[]> {
  for (let after: string | undefined; ; ) {
    const { items, next } = await list(db, name, { asked, limit: MAX_PAGE, after })
    yield items
    if (next === null) return
    after = next
  }
}
