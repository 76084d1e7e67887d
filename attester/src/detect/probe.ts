import { connect } from "node:tls"
import { checkSources, type SourceReport } from "../sources/check.ts"
import { createSource } from "../sources/create.ts"
import { exchange } from "../sources/net/http.ts"
import type { Source } from "../sources/source.ts"
import type { Places } from "./places.ts"

/** A source that could be configured, and what it answered. */
export type Found = { readonly config: { readonly kind: string; readonly id: string }; readonly report: SourceReport }

const TIMEOUT_MS = 5000
const BMC_MS = 1500

const HOST = "http://127.0.0.1"

/** Engines are asked whether they are there; whose work they count, only the operator knows. */
function candidatesOf({ local, pages }: Places): readonly { readonly kind: string; readonly id: string }[] {
  return [
    ...Object.entries(local).map(([kind, options]) => ({ kind, id: kind, ...options })),
    ...Object.entries(pages).flatMap(([kind, ports]) =>
      ports.map((port) => ({ kind, id: kind, url: `${HOST}:${port}/metrics` })),
    ),
  ]
}

/** Reads each place once. A place that is not there is no fault: it is not among the answers. */
export async function probe(places: Places): Promise<readonly Found[]> {
  const candidates = candidatesOf(places).map((config) => ({
    config,
    source: createSource({ timeoutMs: TIMEOUT_MS, ...config }),
  }))
  const sources: readonly Source[] = candidates.map(({ source }) => source)
  try {
    const reports = await checkSources(sources, AbortSignal.timeout(2 * TIMEOUT_MS))
    return candidates.flatMap(({ config }, i) => {
      const report = reports[i]
      return report === undefined || report.values.length === 0 ? [] : [{ config, report }]
    })
  } finally {
    await Promise.allSettled(sources.map((source) => source.close()))
  }
}

/** A BMC that answers on the host's own interface: it shows its root to everybody, and its chassis to who logs in. */
export type Bmc = { readonly url: string; readonly fingerprint: string | null }

function fingerprintOf(url: URL): Promise<string | null> {
  if (url.protocol !== "https:") return Promise.resolve(null)
  return new Promise((resolve, reject) => {
    // Whose certificate it is, is for the operator to compare: nothing is sent.
    const socket = connect({
      host: url.hostname,
      port: Number(url.port || 443),
      rejectUnauthorized: false,
      timeout: BMC_MS,
    })
    socket.once("secureConnect", () => {
      resolve(socket.getPeerCertificate().fingerprint256?.replaceAll(":", "").toLowerCase() ?? null)
      socket.destroy()
    })
    socket.once("timeout", () => socket.destroy(new Error("no answer")))
    socket.once("error", reject)
  })
}

async function askBmc(address: string): Promise<readonly Bmc[]> {
  try {
    const url = new URL("/redfish/v1/", address)
    const fingerprint = await fingerprintOf(url)
    const trust = fingerprint === null ? {} : { fingerprint }
    const { status, body } = await exchange("bmc", { url, trust }, AbortSignal.timeout(BMC_MS))
    return status === 200 && body.includes("RedfishVersion") ? [{ url: url.origin, fingerprint }] : []
  } catch {
    return []
  }
}

export const findBmcs = async ({ bmcs }: Places): Promise<readonly Bmc[]> =>
  (await Promise.all(bmcs.map(askBmc))).flat()
