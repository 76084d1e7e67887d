import { existsSync } from "node:fs"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { type Context, EXIT, type Outcome, untilStopped } from "@wattest/command"
import { readPolicy } from "@wattest/verifier/files"
import { type Logger, pino } from "pino"
import { readExplorer } from "../api/explorer.ts"
import { createServer, type IndexStatus } from "../api/server.ts"
import type { Fault } from "../chain/logs.ts"
import { createDesk } from "../documents/desk.ts"
import type { Indexer } from "../indexer.ts"
import { createProofs } from "../proof/proofs.ts"
import { VERSION } from "../version.ts"
import { createDeliveries, type Deliveries, readHooks } from "../watch/hooks.ts"
import { explain } from "./explain.ts"
import { type Followed, open } from "./follow.ts"

type Serving = Followed & {
  readonly host: string
  readonly port: number
  readonly reader: boolean
  readonly "per-minute": number
  readonly explorer: string | undefined
  readonly webhooks: string | undefined
  readonly policy: string | undefined
}

const POLL_MS = 2000
const TELL_MS = 500

type Pace = { readonly pauseMs: number; readonly stop: AbortSignal; readonly log: Logger }

/** Does some work again and again, with pauses, until it is told to stop; what fails is tried again after the pause. */
async function every({ pauseMs, stop, log }: Pace, work: () => Promise<unknown>): Promise<void> {
  while (!stop.aborted) {
    await work().catch((error: unknown) => log.error({ error: (error as Error).message }, "tried again soon"))
    await setTimeout(pauseMs, undefined, { signal: stop, ref: false }).catch(() => undefined)
  }
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
    log.error({ error: status.error, hint: explain(error)?.hint }, "nothing newer is taken")
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
  // Each by itself: one that is slow to answer holds no other up.
  const lines = await Promise.all(hooks.map((hook) => createDeliveries({ db, hooks: [hook], nowMs: Date.now, failed })))
  const tell = (line: Deliveries) => async () => {
    while (!stop.aborted && (await line.step()));
  }
  const judge = async () => {
    while (!stop.aborted && (await desk?.step()));
  }
  // A reader takes nothing and tells nobody: the process beside it does.
  const look = options.reader ? async () => undefined : () => lookOnce(indexer, status, { log, faults, stop })
  const pace = (pauseMs: number): Pace => ({ pauseMs, stop, log })
  await Promise.all([
    every(pace(POLL_MS), look),
    ...(options.reader ? [] : [...lines.map((line) => every(pace(TELL_MS), tell(line))), every(pace(POLL_MS), judge)]),
  ])
  await server.close()
  await db.kysely.destroy()
  return { exit: EXIT.done }
}
