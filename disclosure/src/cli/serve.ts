import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { aborted, type Context, EXIT, type Outcome, readAtMost, UsageError, untilStopped } from "@wattest/command"
import { type Hex, Rejection, visible, visibleJson } from "@wattest/protocol"
import type { Filing } from "../filing.ts"
import { FormatError } from "../formats/format.ts"
import { createAccess, MAX_CLIENTS_BYTES, parseClients } from "../pact/access.ts"
import { type Answering, createAnswering } from "../pact/answering.ts"
import { Ambiguous, catalogueOf } from "../pact/catalogue.ts"
import { footprintOf, type ProductFootprint } from "../pact/footprint.ts"
import { openRequests } from "../pact/requests.ts"
import { createServer } from "../pact/server.ts"
import { differenceOf } from "../standard/difference.ts"
import { fileStandard } from "../standard/fill.ts"
import { readStandard } from "../standard/read.ts"
import { readFiling } from "./explain.ts"
import { type Prepared, prepare } from "./material.ts"
import { readPartners } from "./partners.ts"
import { readTlsPair } from "./tls-pair.ts"

export type ServeOptions = {
  readonly documents: readonly string[]
  readonly policy: string
  readonly profile: string
  readonly factors: string | undefined
  readonly issuer: readonly Hex[]
  readonly witness: readonly Hex[]
  readonly offline: boolean
  readonly clients: string
  readonly requests: string | undefined
  readonly "tls-cert": string
  readonly "tls-key": string
  readonly host: string
  readonly port: number
  readonly "token-seconds": number
  readonly "per-minute": number
  readonly check: boolean
}

/** What becomes of one filing: its footprint, or why it is not served. */
type Judged = { readonly path: string } & (
  | { readonly footprint: ProductFootprint }
  | { readonly footprint: null; readonly reason: string }
)

/** Files as they are named; of a folder, its JSON files. */
function filingsOf(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path]
    const names = readdirSync(path).filter((name) => name.endsWith(".json"))
    return names.sort().map((name) => join(path, name))
  })
}

/** The filing as the documents make it, whoever wrote the file. */
function madeAgain({ standard, period, subject, asOf, previousAsOf }: Filing, prepared: Prepared): Filing {
  const { material, policy, signer } = prepared
  return fileStandard({
    standard: readStandard(standard.id),
    material: { ...material, days: period, subject, asOf },
    ...{ policy, signer, previousAsOf },
  })
}

/** Whether a filing may be served: only what documents show, of a profile that its operator signed, and stated already. */
function judge(path: string, prepared: Prepared, nowMs: number): Judged {
  const refused = (reason: string): Judged => ({ path, footprint: null, reason })
  try {
    const filing = readFiling(path)
    if (!filing.standard.id.startsWith("pact-3-") || filing.standard.id.endsWith(".json"))
      return refused(`a footprint is a filing of a pact-3 standard, not of ${filing.standard.id}`)
    if (filing.profileSigner === null) return refused("nobody signed its profile: wattest disclose sign")
    const difference = differenceOf(filing, madeAgain(filing, prepared))
    if (difference !== null) return refused(difference)
    const footprint = footprintOf(filing)
    return Date.parse(footprint.created) > nowMs ? refused("its as-of has not come yet") : { path, footprint }
  } catch (error) {
    if (error instanceof UsageError || error instanceof FormatError) return refused(error.message)
    throw error
  }
}

function readClients(path: string) {
  try {
    return parseClients(readAtMost(path, MAX_CLIENTS_BYTES))
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new UsageError(`${path}: ${error.message}`, "docs/disclosure-formats.md shows a file of clients")
  }
}

function catalogued(footprints: readonly ProductFootprint[]) {
  try {
    return catalogueOf(footprints)
  } catch (error) {
    if (error instanceof Ambiguous) throw new UsageError(error.message, "only one of them can be active")
    throw error
  }
}

/** What the host needs beside footprints: it is read before documents are judged, which takes its time. */
function equip(options: ServeOptions) {
  const { requests } = options
  const clients = readClients(options.clients)
  const partners = readPartners(clients)
  if (partners.size === 0 && requests !== undefined)
    throw new UsageError(
      "--requests: no client of --clients hears answers",
      "docs/disclosure-formats.md shows one that does",
    )
  if (partners.size > 0 && requests === undefined)
    throw new UsageError("--requests is missing: some clients hear answers", "name the file in which requests wait")
  return { clients, partners, tls: readTlsPair(options) }
}

type Equipment = ReturnType<typeof equip>

/** What answers requests, where clients hear answers. */
async function answeringOf(
  footprints: readonly ProductFootprint[],
  { clients, partners }: Equipment,
  file: string | undefined,
  { terminal }: Context,
): Promise<Answering | null> {
  if (file === undefined) return null
  const setup = { partners, footprints, nowMs: Date.now, requests: await openRequests(file) }
  return createAnswering({ ...setup, tell: (answered) => terminal.print(visibleJson(answered, 0)) }, clients)
}

/** Listens, and only then answers what waits: a host that cannot be reached tells nobody anything. */
async function listen(
  footprints: readonly ProductFootprint[],
  equipment: Equipment,
  options: ServeOptions,
  context: Context,
) {
  const lifetimeSeconds = options["token-seconds"]
  const { clients, tls } = equipment
  const access = createAccess({ clients, lifetimeSeconds, nowMs: Date.now })
  const answering = await answeringOf(footprints, equipment, options.requests, context)
  const server = await createServer({
    ...{ footprints, access, lifetimeSeconds, tls, answering },
    perMinute: options["per-minute"],
  })
  const close = async () => {
    await server.close()
    await answering?.close()
  }
  try {
    const address = await server.listen({ host: options.host, port: options.port })
    return { address, answer: () => answering?.run() ?? new Promise(() => undefined), close }
  } catch (error) {
    await close()
    throw error
  }
}

function report(footprints: readonly ProductFootprint[], refused: readonly Judged[], { terminal, json }: Context) {
  const served = footprints.map(({ id, status, productIds, created }) => ({ id, status, productIds, created }))
  if (json) return terminal.print(visibleJson({ served, refused }, 0))
  const lines = served.map(({ id, status, productIds }) => `served: ${id} ${status} ${productIds.join(" ")}`)
  for (const line of lines) terminal.print(`${visible(line)}\n`)
}

/** `serve`. */
export async function serve(paths: readonly string[], options: ServeOptions, context: Context): Promise<Outcome> {
  const equipment = equip(options)
  const { documents, ...rest } = options
  // Each filing names its own period; the one that is asked for here is never used.
  const anyPeriod = { year: undefined, from: "1970-01-01", to: "1970-01-01" }
  const when = { ...anyPeriod, "as-of": undefined, "previous-as-of": undefined }
  const prepared = await prepare(documents, { ...rest, ...when }, null, context)
  const judged = filingsOf(paths).map((path) => judge(path, prepared, Date.now()))
  const refused = judged.filter(({ footprint }) => footprint === null)
  for (const one of refused)
    if (one.footprint === null) context.terminal.say(visible(`not served: ${one.path}: ${one.reason}`))
  const footprints = catalogued(judged.flatMap(({ footprint }) => footprint ?? []))
  if (options.check || footprints.length === 0) {
    report(footprints, refused, context)
    return { exit: refused.length > 0 || footprints.length === 0 ? EXIT.failed : EXIT.done }
  }
  const stop = untilStopped()
  const host = await listen(footprints, equipment, options, context)
  const told = { address: host.address, served: footprints.length, refused: refused.length }
  context.terminal.print(`${JSON.stringify(told)}\n`)
  try {
    await Promise.race([aborted(stop), host.answer()])
    return { exit: EXIT.done }
  } finally {
    await host.close()
  }
}
