import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { REQUEST_TIMES } from "@wattest/command"
import { isLoopback, type Listening, listen, urlOf } from "../workload/listening.ts"
import { CONTENT_TYPE } from "./exposition.ts"
import { pageOf } from "./page.ts"
import type { View } from "./view.ts"

/** A page in a browser that a name of its own made point here must not read what a machine draws. */
const LOCAL_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?$/

/** The device is well while captures come: three intervals may pass, and half a minute in which the disk is busy. */
const MISSED_INTERVALS = 3
const GRACE_MS = 30_000

export type MetricsOptions = Listening & {
  /** What there is to see; null while there is nothing new. */
  readonly view: () => View | null
  readonly intervalMs: number
  /** A clock that only runs, ms. */
  readonly nowMs?: () => number
}

type Answer = { readonly status: number; readonly type: string; readonly text: string }
const plain = (status: number, text: string): Answer => ({
  status,
  type: "text/plain; charset=utf-8",
  text: `${text}\n`,
})

type Pages = { readonly [path: string]: () => Answer }

/** Between two runs the numbers of the last one still hold. */
function pagesOf({ view, intervalMs, nowMs = () => performance.now() }: MetricsOptions): Pages {
  let seen: View | undefined
  let changedMs = nowMs()
  const look = (): View | undefined => {
    const next = view()
    if (next !== null && next.timeMs !== seen?.timeMs) changedMs = nowMs()
    seen = next ?? seen
    return seen
  }
  return {
    "/metrics": () => {
      const found = look()
      return found === undefined
        ? plain(503, "no run is open yet")
        : { status: 200, type: CONTENT_TYPE, text: pageOf(found) }
    },
    "/health": () => {
      look()
      const silentMs = Math.round(nowMs() - changedMs)
      const isWell = silentMs <= MISSED_INTERVALS * intervalMs + GRACE_MS
      return isWell ? plain(200, "metering") : plain(503, `no capture for ${silentMs} ms`)
    },
  }
}

function answerTo({ method = "", url = "", headers }: IncomingMessage, host: string, pages: Pages): Answer {
  if (isLoopback(host) && !LOCAL_HOST.test(headers.host ?? ""))
    return plain(421, "the Host is 127.0.0.1 or localhost alone")
  const page = new Map(Object.entries(pages)).get(url.split("?")[0] ?? "")
  if (page === undefined) return plain(404, "there are /metrics and /health")
  return method === "GET" || method === "HEAD" ? page() : plain(405, "this page is only read")
}

/** The page while it is there. */
export type Page = { readonly url: string; close(): void }

/**
 * The device's own page: `GET /metrics` for Prometheus, and `GET /health`, 200 while captures come and 503 otherwise. It
 * only reads, and so asks for no token.
 */
export async function serveMetrics(options: MetricsOptions): Promise<Page> {
  const { host } = options
  const pages = pagesOf(options)
  const server = createServer(REQUEST_TIMES, (request, response) => reply(response, answerTo(request, host, pages)))
  await listen(server, options)
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `${urlOf(server, host)}/metrics`, close }
}

function reply(response: ServerResponse, { status, type, text }: Answer): void {
  response.writeHead(status, { "content-type": type, ...(status === 405 ? { allow: "GET, HEAD" } : {}) }).end(text)
}
