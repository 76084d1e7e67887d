import { type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http"
import { request as requestHttps } from "node:https"
import { isIP, type Socket } from "node:net"
import { Readable } from "node:stream"
import { connect as connectTls } from "node:tls"

/** Statuses whose answer has no body, which the platform's Response insists on. */
const EMPTY: ReadonlySet<number> = new Set([204, 205, 304])

/** A proxy without the password that its URL may hold: messages are handed on. */
const nameOf = ({ protocol, host }: URL) => `${protocol}//${host}`

/** A request to a proxy. */
function ask(proxy: URL, method: string, path: string, headers: object, signal: AbortSignal): ClientRequest {
  const { username, password } = proxy
  const words = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")
  const request = proxy.protocol === "https:" ? requestHttps : requestHttp
  return request(proxy.origin, {
    ...{ method, path, signal, agent: false },
    headers: { ...headers, ...(username !== "" && { "proxy-authorization": `Basic ${words}` }) },
  })
}

/** A connection to a host, made by a proxy that sees nothing of what goes through. */
function tunnelTo({ hostname, port }: URL, proxy: URL, signal: AbortSignal): Promise<Socket> {
  const place = `${hostname}:${port === "" ? 443 : port}`
  const asking = ask(proxy, "CONNECT", place, { host: place }, signal)
  return new Promise((resolve, reject) => {
    asking.once("connect", (answer: IncomingMessage, socket: Socket) => {
      if (answer.statusCode === 200) return resolve(socket)
      socket.destroy()
      reject(new Error(`the proxy ${nameOf(proxy)} answers ${answer.statusCode}`))
    })
    // A proxy that refuses may end as if it were asked for a page.
    asking.once("response", (answer: IncomingMessage) => {
      answer.destroy()
      reject(new Error(`the proxy ${nameOf(proxy)} answers ${answer.statusCode}`))
    })
    asking.once("error", reject)
    asking.end()
  })
}

async function begin(proxy: URL, { url: to, method, headers, signal }: Request): Promise<ClientRequest> {
  const url = new URL(to)
  const sent = { ...Object.fromEntries(headers), host: url.host }
  // What is not encrypted the proxy is asked for by its whole URL: many open no tunnel for that.
  if (url.protocol === "http:") return ask(proxy, method, url.href, sent, signal)
  const socket = await tunnelTo(url, proxy, signal)
  // Without an agent, which would make a connection of its own.
  const host = url.hostname.replace(/^\[|\]$/g, "")
  const createConnection = () => connectTls({ socket, host, ...(isIP(host) === 0 && { servername: host }) })
  const request = requestHttps(url, { method, headers: sent, signal, createConnection })
  return request.once("close", () => socket.destroy())
}

function answerTo(request: ClientRequest, body: Uint8Array): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve)
    request.once("error", reject)
    request.end(body)
  })
}

/** Asks through a proxy. Rejects as the platform's `fetch` does, and where the answer is a redirect. */
export async function fetchThrough(proxy: URL, request: Request): Promise<Response> {
  try {
    const body = new Uint8Array(await request.arrayBuffer())
    const message = await answerTo(await begin(proxy, request), body)
    const { statusCode: status = 502, headers } = message
    if (status >= 300 && status < 400 && status !== 304) {
      message.destroy()
      throw new Error("unexpected redirect")
    }
    const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)])
    const stream = EMPTY.has(status) ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array<ArrayBuffer>>)
    return new Response(stream, { status, headers: pairs })
  } catch (cause) {
    if (request.signal.aborted) throw request.signal.reason
    throw new TypeError("fetch failed", { cause })
  }
}
