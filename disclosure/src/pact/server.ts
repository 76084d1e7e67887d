import type { Server } from "node:https"
import rateLimit from "@fastify/rate-limit"
import { REQUEST_TIMES } from "@wattest/command"
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify"
import { type Access, basicOf, type Client, isSeen } from "./access.ts"
import type { Answering } from "./answering.ts"
import { readEvent } from "./events.ts"
import type { ProductFootprint } from "./footprint.ts"
import { pageOf, QueryRefused } from "./query.ts"
import { MAX_DAILY } from "./requests.ts"

export type ServerSetup = {
  readonly footprints: readonly ProductFootprint[]
  readonly access: Access
  readonly lifetimeSeconds: number
  /** Certificate chain and key, PEM. */
  readonly tls: { readonly cert: string; readonly key: string }
  /** Questions of one address in a minute, and tokens that it may ask for. */
  readonly perMinute: number
  /** Answers requests of clients that hear answers; null: there is none. */
  readonly answering: Answering | null
}

/** A server that speaks TLS and nothing else. */
export type Host = FastifyInstance<Server>

const MAX_BODY_BYTES = 64 * 1024
const MAX_CONNECTIONS = 1024

const CODES = {
  BadRequest: 400,
  AccessDenied: 403,
  NotFound: 404,
  TokenExpired: 401,
  NotImplemented: 400,
  InternalError: 500,
} as const
type Code = keyof typeof CODES

/** An error as PACT writes it. */
const refuse = (reply: FastifyReply, code: Code, message: string, status: number = CODES[code]) =>
  reply.code(status).type("application/json").send({ code, message })

/** An error of the token endpoint, as RFC 6749, section 5.2, writes it. */
const refuseToken = (reply: FastifyReply, status: number, error: string, error_description: string) =>
  (status === 401 ? reply.header("www-authenticate", 'Basic realm="PACT"') : reply)
    .code(status)
    .send({ error, error_description })

/** A failure of the frame: a body that is too large, of a foreign type, or no JSON; too many questions; or ours. */
function answerError(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof QueryRefused) return refuse(reply, "BadRequest", error.message)
  const { statusCode = 500, message = "", code } = error as { statusCode?: number; message?: string; code?: string }
  if (statusCode === 429) return refuse(reply, "BadRequest", "too many questions: ask again in a minute", 429)
  if (code === "FST_ERR_CTP_INVALID_JSON_BODY" || code === "FST_ERR_CTP_EMPTY_JSON_BODY")
    return refuse(reply, "BadRequest", "the body is no JSON")
  if (statusCode < 500) return refuse(reply, "BadRequest", message, statusCode)
  return refuse(reply, "InternalError", "the host failed; the request may be repeated")
}

/** Runs with the client that presents a token; answers 401 itself where nobody does. */
type Guarded = (request: FastifyRequest, reply: FastifyReply, client: Client) => FastifyReply | Promise<FastifyReply>

function guard({ access }: ServerSetup, handle: Guarded) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const [, token = ""] = /^Bearer +([^\s]{1,512}) *$/i.exec(request.headers.authorization ?? "") ?? []
    const presented = access.present(token)
    if (presented.client !== null) return handle(request, reply, presented.client)
    reply.header("www-authenticate", 'Bearer error="invalid_token"')
    return presented.reason === "expired"
      ? refuse(reply, "TokenExpired", "the token has expired: ask POST /auth/token for another")
      : refuse(reply, "BadRequest", "the token is none of this host's: ask POST /auth/token for one", 401)
  }
}

/** Every token may do all that PACT knows; it is said, since a client may have asked for less or for other things (RFC 6749, section 3.3). */
const SCOPE = "footprint:list footprint:read"

function addToken(app: Host, { access, lifetimeSeconds, perMinute }: ServerSetup): void {
  // Guessing at secrets is slower than asking.
  const config = { rateLimit: { max: Math.max(1, Math.ceil(perMinute / 4)), timeWindow: "1 minute" } }
  app.post("/auth/token", { config }, async (request, reply) => {
    reply.header("cache-control", "no-store").header("pragma", "no-cache")
    if (!(request.body instanceof URLSearchParams) || request.body.getAll("grant_type").length !== 1)
      return refuseToken(reply, 400, "invalid_request", "send grant_type=client_credentials, urlencoded, once")
    const given = basicOf(request.headers.authorization)
    const client = given === null ? null : access.authenticate(given.id, given.secret)
    if (client === null)
      return refuseToken(reply, 401, "invalid_client", "no client of this host has this id and secret")
    if (request.body.get("grant_type") !== "client_credentials")
      return refuseToken(reply, 400, "unsupported_grant_type", "only client_credentials is known here")
    const token = { access_token: access.issue(client), token_type: "Bearer", expires_in: lifetimeSeconds }
    return reply.send({ ...token, scope: SCOPE })
  })
}

/** A host as a client may name it: what a link is made of comes from nobody else. */
const HOST = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/

/** Where tokens are to be had, by OpenID Connect Discovery 1.0 as far as PACT asks it: nobody logs in here. */
function addDiscovery(app: Host): void {
  app.get("/.well-known/openid-configuration", async ({ headers: { host = "" } }, reply) => {
    if (!HOST.test(host)) return refuse(reply, "BadRequest", "Host: expected a host")
    return reply.header("cache-control", "no-store").send({
      ...{ issuer: `https://${host}`, token_endpoint: `https://${host}/auth/token`, response_types_supported: [] },
      grant_types_supported: ["client_credentials"],
      token_endpoint_auth_methods_supported: ["client_secret_basic"],
    })
  })
}

function addFootprints(app: Host, setup: ServerSetup): void {
  const { footprints } = setup
  app.get(
    "/3/footprints",
    guard(setup, ({ url, headers: { host = "" } }, reply, client) => {
      if (!HOST.test(host)) return refuse(reply, "BadRequest", "Host: expected a host")
      const at = url.indexOf("?")
      const own = footprints.filter((one) => isSeen(client, one))
      const { data, next } = pageOf(own, at < 0 ? "" : url.slice(at + 1))
      if (next !== null) reply.header("link", `<https://${host}/3/footprints?${next}>; rel="next"`)
      return reply.send({ data })
    }),
  )
  app.get<{ Params: { readonly id: string } }>(
    "/3/footprints/:id",
    guard(setup, ({ params }, reply, client) => {
      const { id } = params as { readonly id: string }
      const found = footprints.find((one) => one.id === id.toLowerCase())
      if (found === undefined) return refuse(reply, "NotFound", "there is no such footprint here")
      return isSeen(client, found)
        ? reply.send({ data: found })
        : refuse(reply, "AccessDenied", "this client was not granted this footprint")
    }),
  )
}

function addEvents(app: Host, setup: ServerSetup): void {
  const { answering } = setup
  app.post(
    "/3/events",
    guard(setup, async ({ body }, reply, client) => {
      const request = readEvent(body)
      if (request === null) return reply.code(200).send()
      if (answering === null || !answering.hears(client))
        return refuse(reply, "NotImplemented", "no place for this client's answers is known: ask GET /3/footprints")
      const isTaken = await answering.take(client, request)
      return isTaken
        ? reply.code(200).send()
        : refuse(reply, "BadRequest", `${MAX_DAILY} requests of a day are taken: ask again tomorrow`, 429)
    }),
  )
}

/** The host system of PACT V3 over HTTPS: it answers with what it was given, at once or to whoever asked, and changes nothing. */
export async function createServer(setup: ServerSetup): Promise<Host> {
  const { requestTimeout } = REQUEST_TIMES
  const app: Host = Fastify({
    https: { ...setup.tls, ...REQUEST_TIMES, handshakeTimeout: requestTimeout, minVersion: "TLSv1.2" as const },
    ...{ logger: false, bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true, requestTimeout },
    // A path that is no URL reaches no route and no handler of errors.
    frameworkErrors: (error, _request, reply) => answerError(reply, error),
  })
  app.server.maxConnections = MAX_CONNECTIONS
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
    done(null, new URLSearchParams(`${body}`)),
  )
  app.addContentTypeParser(
    "application/cloudevents+json",
    { parseAs: "string" },
    app.getDefaultJsonParser("error", "error"),
  )
  app.setErrorHandler((error, _request, reply) => answerError(reply, error))
  app.setNotFoundHandler((_request, reply) => refuse(reply, "NotFound", "there is no such resource"))
  await app.register(rateLimit, { max: setup.perMinute, timeWindow: "1 minute" })
  addDiscovery(app)
  addToken(app, setup)
  addFootprints(app, setup)
  addEvents(app, setup)
  return app
}
