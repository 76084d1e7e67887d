import { X509Certificate } from "node:crypto"
import { type Agent, type ClientRequest, type IncomingMessage, request as requestPlain } from "node:http"
import { request as requestTls } from "node:https"
import type { PeerCertificate, TLSSocket } from "node:tls"
import { toSourceError } from "../guard.ts"
import { ConfigError, type Options } from "../options.ts"
import { SourceError } from "../source.ts"

/** Whom a TLS connection believes: the system's authorities, an authority in PEM, or one pinned certificate. */
export type Trust = {
  readonly ca?: string
  /** SHA-256 of the server's certificate in DER, 64 hex digits. With it, neither name nor authority is checked. */
  readonly fingerprint?: string
}

/** `tls: { "ca": PEM text or "caFile": path, "fingerprint": hex }`. */
export const trustFromOptions = (options: Options, readFile: (path: string) => string): Trust => {
  const tls = options.object("tls")
  if (!tls) return {}
  const caFile = tls.optionalText("caFile")
  const fingerprint = tls.optionalText("fingerprint")?.replaceAll(":", "").toLowerCase()
  tls.end()
  if (fingerprint !== undefined && !/^[0-9a-f]{64}$/.test(fingerprint))
    throw new ConfigError(`${tls.path}.fingerprint: must be the SHA-256 of the certificate, 64 hex digits`)
  return { ...(caFile && { ca: readPem(tls, caFile, readFile) }), ...(fingerprint && { fingerprint }) }
}

const readPem = (tls: Options, path: string, readFile: (path: string) => string): string => {
  try {
    const pem = readFile(path)
    new X509Certificate(pem)
    return pem
  } catch {
    return tls.fail("caFile", `${path} holds no certificate in PEM`)
  }
}

export type HttpRequest = {
  readonly url: URL
  readonly method?: "GET" | "POST" | "DELETE"
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly trust?: Trust
  /** Keeps connections open between exchanges; without one each exchange has its own. */
  readonly agent?: Agent | undefined
}

export type HttpAnswer = {
  readonly status: number
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

const MAX_BODY = 8 * 1024 * 1024

/**
 * One HTTP exchange; any status is an answer. Redirects are not followed, since a meter has no reason to send the
 * attester (and its password) elsewhere. Throws `SourceError`: timeout, missing, denied (TLS), malformed (too long).
 */
export const exchange = (source: string, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      // The other side may close a kept connection at the very moment of a question.
      const isStale = outgoing.reusedSocket && (error as NodeJS.ErrnoException).code === "ECONNRESET"
      if (isStale && method === "GET") exchange(source, { ...request, agent: undefined }, signal).then(resolve, reject)
      else reject(tlsFault(source, error) ?? toSourceError(source, error))
    }
    const { url, body, method = "GET", trust = {} } = request
    const settings = { signal, ...connection(request) }
    const pinned = trust.fingerprint !== undefined
    const tls = { ...settings, ...(trust.ca && { ca: trust.ca }), rejectUnauthorized: !pinned }
    const outgoing = url.protocol === "https:" ? requestTls(url, tls) : requestPlain(url, settings)
    outgoing.on("error", fail)
    outgoing.on("response", (incoming) => collect(source, incoming).then(resolve, fail))
    if (!pinned) outgoing.end(body)
    else sendWhenPinned(source, outgoing, trust.fingerprint ?? "", body)
  })

const connection = ({ method = "GET", headers = {}, body, agent }: HttpRequest) => ({
  method,
  agent: agent ?? (false as const),
  headers: {
    ...headers,
    ...(agent === undefined && { connection: "close" }),
    ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
  },
})

/** Sockets whose certificate was found to be the pinned one. */
const trusted = new WeakSet<object>()

/** Nothing is written, headers with passwords included, before the certificate has been compared. */
const sendWhenPinned = (
  source: string,
  outgoing: ClientRequest,
  fingerprint: string,
  body: string | undefined,
): void => {
  outgoing.on("socket", (socket) => {
    if (trusted.has(socket)) return outgoing.end(body)
    return socket.once("secureConnect", () => {
      const certificate: PeerCertificate | null = (socket as TLSSocket).getPeerCertificate()
      const seen = certificate?.fingerprint256?.replaceAll(":", "").toLowerCase()
      if (seen !== fingerprint)
        return outgoing.destroy(
          new SourceError(source, "denied", `the server's certificate is ${seen}, not the pinned one`),
        )
      trusted.add(socket)
      return outgoing.end(body)
    })
  })
}

const collect = async (source: string, incoming: IncomingMessage): Promise<HttpAnswer> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of incoming) {
    length += chunk.length
    if (length > MAX_BODY) throw new SourceError(source, "malformed", `answer longer than ${MAX_BODY} bytes`)
    chunks.push(chunk)
  }
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks).toString("utf8") }
}

const tlsFault = (source: string, error: unknown): SourceError | null => {
  const { code = "", message = "" } = error instanceof Error ? (error as NodeJS.ErrnoException) : {}
  const refused =
    code.includes("CERT") || code.includes("SIGNATURE") || code.startsWith("ERR_TLS") || code.startsWith("ERR_SSL")
  return refused ? new SourceError(source, "denied", `TLS: ${message}`) : null
}

/** The answer's body if its status is 2xx; 401 and 403 are `denied`, 404 `unsupported`, others `failed`. */
export const requireOk = (source: string, url: URL, { status, body }: HttpAnswer): string => {
  if (status >= 200 && status < 300) return body
  const fault = status === 401 || status === 403 ? "denied" : status === 404 ? "unsupported" : "failed"
  throw new SourceError(source, fault, `${url.origin}${url.pathname}: HTTP status ${status}`)
}
