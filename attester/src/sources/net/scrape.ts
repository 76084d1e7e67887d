import { readFileSync } from "node:fs"
import { Agent } from "node:http"
import { Agent as TlsAgent } from "node:https"
import type { Options } from "../options.ts"
import { SourceError } from "../source.ts"
import { exchange, requireOk, type Trust, trustFromOptions } from "./http.ts"
import { parsePrometheus, type Sample } from "./prometheus.ts"

/** An exporter's page and how to reach it. */
export type Page = {
  readonly url: URL
  readonly trust: Trust
  readonly headers: Readonly<Record<string, string>>
  /** Keeps the connection between two reads: to open one anew each second costs as much as the read. */
  readonly agent?: Agent
}

const KEPT = { keepAlive: true, maxSockets: 1 }

/** `url`, `tls`, and `bearer` (a secret) where the exporter asks for one. */
export const pageFromOptions = (options: Options): Page => {
  const url = options.url("url")
  const trust = trustFromOptions(options, (path) => readFileSync(path, "utf8"))
  const bearer = options.has("bearer") ? { authorization: `Bearer ${options.secret("bearer")}` } : {}
  const agent = url.protocol === "https:" ? new TlsAgent(KEPT) : new Agent(KEPT)
  return { url, trust, agent, headers: { accept: "text/plain; version=0.0.4", ...bearer } }
}

/** Fetches and parses a page of metrics. Throws `SourceError`. */
export const scrape = async (source: string, page: Page, signal: AbortSignal): Promise<Sample[]> => {
  const answer = await exchange(source, page, signal)
  const samples = parsePrometheus(requireOk(source, page.url, answer))
  if (!samples) throw new SourceError(source, "malformed", `${page.url} is no whole page in Prometheus text format`)
  return samples
}
