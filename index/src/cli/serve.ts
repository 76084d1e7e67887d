import { existsSync } from "node:fs"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { createRpc, firstBlock, type Rpc, RpcRefusal, rpcNumber } from "@wattest/chain"
import { type Context, EXIT, type Hex, jsonLine, type Outcome, rows, UsageError } from "@wattest/command"
import { DEPLOYMENTS } from "@wattest/protocol"
import { readPolicy } from "@wattest/verifier/files"
import { type Logger, pino } from "pino"
import { readExplorer } from "../api/explorer.ts"
import { createServer, type IndexStatus } from "../api/server.ts"
import type { Contracts } from "../books/state.ts"
import type { Fault } from "../chain/logs.ts"
import { createDesk } from "../documents/desk.ts"
import { createIndexer, type IndexEvents, type Indexer } from "../indexer.ts"
import { createProofs } from "../proof/proofs.ts"
import { type Db, openIndex } from "../store/open.ts"
import { countsOf } from "../store/standing.ts"
import { VERSION } from "../version.ts"
import { createDeliveries, readHooks } from "../watch/hooks.ts"

export type Followed = {
  readonly chain: number | undefined
  readonly rpc: string | undefined
  readonly registry: Hex | undefined
  readonly claims: Hex | undefined
  readonly "from-block": number | undefined
  readonly "silence-hours": number
  readonly store: string
}

type Serving = Followed & {
  readonly host: string
  readonly port: number
  readonly reader: boolean
  readonly "per-minute": number
  readonly explorer: string | undefined
  readonly webhooks: string | undefined
  readonly policy: string | undefined
}

const TIMEOUT_MS = 30_000
const POLL_MS = 2000

type Opened = {
  readonly rpc: Rpc
  readonly db: Db
  readonly indexer: Indexer
  readonly chainId: number
  readonly contracts: Contracts
}

/** Opens the store and finds the contracts. Throws a UsageError where none is named or known, or the node is of another chain. */
async function open(options: Followed, { environment }: Context, events: IndexEvents): Promise<Opened> {
  const urls = options.rpc?.split(",") ?? []
  if (urls.length === 0) throw new UsageError("no node of the chain is named", "give --rpc URL, or several with commas")
  const rpc = createRpc(urls, TIMEOUT_MS)
  const chainId = rpcNumber(await rpc.request("eth_chainId", []), "eth_chainId")
  if (options.chain !== undefined && options.chain !== chainId)
    throw new UsageError(
      `the node serves chain ${chainId}, not ${options.chain}`,
      "name a node of that chain with --rpc",
    )
  const contracts = contractsOf(options, chainId)
  const { DATABASE_URL: databaseUrl } = environment
  const db = await openIndex(databaseUrl === undefined ? { file: options.store } : { databaseUrl })
  const firstOf = options["from-block"] ?? (await deployedAt(rpc, contracts.registry))
  const silenceHours = options["silence-hours"]
  const indexer = createIndexer({ rpc, db, chainId, contracts, firstBlock: firstOf, silenceHours, events })
  return { rpc, db, indexer, chainId, contracts }
}

function contractsOf({ registry, claims }: Followed, chainId: number): Contracts {
  const known = DEPLOYMENTS[chainId]
  const anchors = registry ?? known?.registry
  if (anchors === undefined)
    throw new UsageError(`no registry is known on chain ${chainId}`, "give --registry ADDRESS or set WATTEST_REGISTRY")
  return { registry: anchors, claims: claims ?? known?.claims ?? null }
}

/** The block that the registry came with; 0 where the node keeps no old states to look at. */
async function deployedAt(rpc: Rpc, registry: Hex): Promise<number> {
  const last = rpcNumber(await rpc.request("eth_blockNumber", []), "eth_blockNumber")
  const hasCode = async (number: number) =>
    (await rpc.request("eth_getCode", [registry, `0x${number.toString(16)}`])) !== "0x"
  try {
    const found = await firstBlock(last, hasCode)
    if (found === null)
      throw new UsageError(
        `there is no contract at ${registry}`,
        "check --registry and --rpc, or deploy: wattest deploy",
      )
    return found
  } catch (error) {
    if (error instanceof RpcRefusal) return 0
    throw error
  }
}

/** Takes what is final by now and says how far the books go. */
export async function follow(options: Followed, context: Context): Promise<Outcome> {
  const faults: Fault[] = []
  const { terminal, json } = context
  const opened = await open(options, context, {
    blamed: (fault) => faults.push(fault),
    taken: ({ to, final, runs }) => terminal.say(`block ${to} of ${final}: ${runs} runs\n`),
  })
  try {
    const { final } = await opened.indexer.look()
    const found = { block: final.number, hash: final.hash, ...(await countsOf(opened.db)), faults }
    terminal.print(json ? jsonLine(found) : rows(Object.entries(found).map(([name, value]) => [name, textOf(value)])))
    return { exit: EXIT.done }
  } finally {
    await opened.db.kysely.destroy()
  }
}

const textOf = (value: unknown) =>
  Array.isArray(value)
    ? (value as Fault[]).map(({ place, reason }) => `endpoint ${place + 1}: ${reason}`).join("; ") || "none"
    : `${value}`

const TELL_MS = 500

/** Does some work again and again, with pauses, until it is told to stop. */
async function every(pauseMs: number, stop: AbortSignal, work: () => Promise<unknown>): Promise<void> {
  while (!stop.aborted) {
    await work()
    await setTimeout(pauseMs, undefined, { signal: stop, ref: false }).catch(() => undefined)
  }
}

/** A signal that the process's end raises. */
function untilStopped(): AbortSignal {
  const stop = new AbortController()
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort())
  return stop.signal
}

type Status = { -readonly [name in keyof IndexStatus]: IndexStatus[name] }

/** Looks once, and notes what went wrong. */
async function lookOnce(indexer: Indexer, status: Status, { log, faults, stop }: Watched): Promise<void> {
  faults.length = 0
  try {
    status.tip = (await indexer.look(stop)).tip
    status.error = null
  } catch (error) {
    status.error = (error as Error).message
    log.error({ error: status.error }, "nothing newer is taken")
  }
  status.endpoints = [...faults]
}

type Watched = { readonly log: Logger; readonly faults: Fault[]; readonly stop: AbortSignal }

/** The explorer that comes with the package; a clone has it once it is built. */
const PACKED = fileURLToPath(new URL("../../assets/explorer", import.meta.url))

/** The page to serve: the folder that is named, or the one that comes along. */
function explorerOf({ explorer }: Serving) {
  if (explorer !== undefined) return { explorer: readExplorer(explorer) }
  return existsSync(PACKED) ? { explorer: readExplorer(PACKED) } : {}
}

/** Follows and serves until it is told to stop. */
export async function serve(options: Serving, context: Context): Promise<Outcome> {
  const hooks = options.webhooks === undefined ? [] : readHooks(options.webhooks)
  const page = explorerOf(options)
  const policy = options.policy === undefined ? null : readPolicy(options.policy)
  // Logs are for machines on stdout, a line each.
  const log = pino({}, pino.destination({ dest: 1, sync: true }))
  const status: Status = { tip: null, error: null, endpoints: [] }
  const faults: Fault[] = []
  const { rpc, db, indexer, chainId, contracts } = await open(options, context, {
    blamed(fault) {
      faults.push(fault)
      log.warn(fault, "an endpoint is wrong")
    },
    rewound: (to) => log.error({ to }, "the chain took back final blocks"),
    taken: (progress) => log.info(progress, "taken"),
  })
  const proofs = createProofs({ rpc, chainId, contracts, db })
  const setup = { db, chainId, contracts, version: VERSION, perMinute: options["per-minute"], status: () => status }
  const desk = policy && (await createDesk({ db, rpc, chainId, policy, now: () => Math.floor(Date.now() / 1000) }))
  const server = await createServer({ ...setup, proofs, ...page, ...(desk && { desk }) })
  log.info({ address: await server.listen({ host: options.host, port: options.port }) }, "listening")
  const stop = untilStopped()
  const failed = (url: string, reason: string) => log.warn({ url, reason }, "a webhook was not told")
  const deliveries = await createDeliveries({ db, hooks, nowMs: Date.now, failed })
  const tell = async () => {
    while (!stop.aborted && (await deliveries.step()));
  }
  const judge = async () => {
    while (!stop.aborted && (await desk?.step()));
  }
  // A reader takes nothing and tells nobody: the process beside it does.
  const look = options.reader ? async () => undefined : () => lookOnce(indexer, status, { log, faults, stop })
  await Promise.all([
    every(POLL_MS, stop, look),
    ...(options.reader ? [] : [every(TELL_MS, stop, tell), every(POLL_MS, stop, judge)]),
  ])
  await server.close()
  await db.kysely.destroy()
  return { exit: EXIT.done }
}
