import { randomUUID } from "node:crypto"
import type { Hex } from "@wattest/protocol"
import type { FastifyInstance } from "fastify"
import type { Logger } from "pino"
import { createRpc, type Rpc } from "./chain/endpoints.ts"
import { createFollower, type View } from "./chain/follower.ts"
import { type RegistryAt, readDevice, readRoots } from "./chain/registry.ts"
import { rpcNumber, rpcQuantity } from "./chain/rpc-values.ts"
import { createIntake, type IntakeLimits } from "./http/intake.ts"
import type { PromiseSigner } from "./http/promise.ts"
import { createServer } from "./http/server.ts"
import { createMetrics, type Metrics } from "./metrics.ts"
import { createReceiptMaker } from "./proof/anchor-receipt.ts"
import type { TransactionSigner } from "./sender/account.ts"
import { createSender, type SenderEvents, type SenderPolicy } from "./sender/sender.ts"
import { cursorOf, endingDevices, finalize, firstOpenRun, rewind, settleEnd, takenBlocks } from "./store/finality.ts"
import { type Db, openDatabase, type StoreLocation } from "./store/open.ts"
import { type Backlog, backlogOf } from "./store/reads.ts"

export type RelayerConfig = {
  readonly rpcUrls: readonly string[]
  /** Bound on one request to one endpoint. */
  readonly rpcTimeoutMs: number
  readonly chainId: number
  readonly registry: Hex
  readonly store: StoreLocation
  /** Pays for the transactions. */
  readonly signer: TransactionSigner
  /** Signs the promises; holds no ether. */
  readonly promiser: PromiseSigner
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  readonly limits: IntakeLimits
  readonly policy: SenderPolicy
  /** How often the relayer looks at the chain. */
  readonly pollMs: number
}

/** What may be left out, with what then holds. */
export const RELAYER_DEFAULTS = {
  rpcTimeoutMs: 10_000,
  listen: { host: "127.0.0.1", port: 8480 },
  limits: { perDevicePerSecond: 2, perDeviceBurst: 64, backlog: 200_000, promiseSeconds: 6 * 3600 },
  policy: { fees: { cap: 200_000_000_000, minTip: 1_000_000 }, blocksInFlight: 2, stuckBlocks: 3 },
  pollMs: 1000,
} as const satisfies Partial<RelayerConfig>

export type Status = Backlog & {
  /** The last look at the chain; null before the first. */
  readonly view: View | null
  readonly lastStepMs: number | null
  readonly lastError: string | null
}

export type Relayer = {
  /** Where the API listens; null before `start`. */
  readonly url: string | null
  status(): Status
  /** Serves the API and works on the queue. */
  start(): Promise<void>
  /** Works on the queue without the API until nothing is open, or until `signal`. */
  drain(signal?: AbortSignal): Promise<void>
  /** Takes nothing more, finishes the step under way, closes the store. What was accepted stays for the next start. */
  stop(): Promise<void>
}

/** A relayer on this configuration. Throws where the store cannot be opened or the chain is not the configured one. */
export async function createRelayer(config: RelayerConfig, log: Logger): Promise<Relayer> {
  const metrics = createMetrics()
  const rpc = createRpc(config.rpcUrls, config.rpcTimeoutMs, {
    failed: (url, reason) => {
      metrics.rpcFailures.inc({ host: new URL(url).host })
      log.warn({ host: new URL(url).host, reason }, "an RPC endpoint failed")
    },
  })
  await assertChain(rpc, config.chainId)
  const db = await openDatabase(config.store)
  const worker = createWorker({ config, db, rpc, metrics, log })
  await worker.count()
  const intake = createIntake({
    db,
    rpc,
    registry: config.registry,
    chainId: config.chainId,
    promiser: config.promiser,
    limits: config.limits,
    backlog: worker.backlog,
    accepted: worker.accepted,
  })
  const receipts = createReceiptMaker({ rpc, registry: config.registry }, config.chainId)
  const app = createServer({ config, db, rpc, intake, receipts, metrics, log, status: worker.status })
  return assemble({ config, db, app, intake, worker, log })
}

async function assertChain(rpc: Rpc, chainId: number): Promise<void> {
  const found = rpcNumber(await rpc.request("eth_chainId", []), "eth_chainId")
  if (found !== chainId) throw new Error(`the RPC endpoints serve chain ${found}, the configuration says ${chainId}`)
}

type Parts = {
  readonly config: RelayerConfig
  readonly db: Db
  readonly app: FastifyInstance
  readonly intake: { stop(): Promise<void> }
  readonly worker: Worker
  readonly log: Logger
}

function assemble({ config, db, app, intake, worker, log }: Parts): Relayer {
  const stopping = new AbortController()
  let url: string | null = null
  let loop: Promise<void> = Promise.resolve()
  return {
    get url() {
      return url
    },
    status: worker.status,
    async start() {
      url = await app.listen(config.listen)
      log.info({ url, registry: config.registry, chainId: config.chainId }, "listening")
      loop = worker.run(stopping.signal, () => false)
    },
    async drain(signal) {
      const until = AbortSignal.any([stopping.signal, ...(signal ? [signal] : [])])
      loop = worker.run(until, ({ queued, staged }) => queued + staged === 0)
      await loop
    },
    async stop() {
      await intake.stop()
      await app.close()
      stopping.abort()
      await loop
      await worker.release()
      await db.kysely.destroy()
      log.info("stopped")
    },
  }
}

type Worker = ReturnType<typeof createWorker>
type WorkerSetup = {
  readonly config: RelayerConfig
  readonly db: Db
  readonly rpc: Rpc
  readonly metrics: Metrics
  readonly log: Logger
}

/** The loop: look at the chain, settle what is final, send what is queued. */
function createWorker({ config, db, rpc, metrics, log }: WorkerSetup) {
  const { registry } = config
  const at: RegistryAt = { rpc, registry }
  const follower = createFollower({
    rpc,
    registry,
    sink: {
      cursor: () => cursorOf(db),
      finalize: (blocks) => finalize(db, blocks),
      takenBlocks: (before, limit) => takenBlocks(db, before, limit),
      rewind: (cursor) => rewind(db, cursor),
    },
    events: {
      disagreement: (number, hashes) => {
        metrics.disagreements.inc()
        log.error({ number, hashes }, "RPC endpoints disagree on a final block; nothing is settled until they agree")
      },
      finalityViolated: (from, to) => {
        metrics.finalityViolations.inc()
        log.fatal({ from, to }, "the chain took back final blocks; their runs are anchored again")
      },
    },
  })
  const { signer, chainId, policy } = config
  const events = senderEvents(metrics)
  const sender = createSender({
    db,
    rpc,
    follower,
    signer,
    registry,
    chainId,
    policy,
    log,
    events,
    instance: randomUUID(),
  })
  let backlog: Backlog = { queued: 0, staged: 0, oldestMs: null, overdue: 0 }
  let last: { view: View | null; lastStepMs: number | null; lastError: string | null } = {
    view: null,
    lastStepMs: null,
    lastError: null,
  }

  async function count(): Promise<void> {
    backlog = await backlogOf(db, Math.floor(Date.now() / 1000))
    metrics.backlog.set(backlog.queued + backlog.staged)
    metrics.backlogAgeSeconds.set(backlog.oldestMs === null ? 0 : (Date.now() - backlog.oldestMs) / 1000)
    metrics.promisesMissed.set(backlog.overdue)
  }

  async function step(): Promise<void> {
    const view = await follower.advance()
    last = { ...last, view }
    metrics.blockNumber.set(view.tip.number)
    metrics.finalityLagBlocks.set(view.tip.number - view.finalized.number)
    await settleEnds(db, at)
    if (view.isCurrent) await sender.step(view)
    await count()
    metrics.senderBalance.set(await balanceOf(rpc, signer.address))
    last = { view, lastStepMs: Date.now(), lastError: null }
    metrics.lastStep.set(Date.now() / 1000)
  }

  async function run(signal: AbortSignal, isDone: (backlog: Backlog) => boolean): Promise<void> {
    while (!signal.aborted) {
      try {
        await step()
        if (isDone(backlog)) return
      } catch (error) {
        metrics.stepFailures.inc()
        last = { ...last, lastError: (error as Error).message }
        log.error(
          { error: (error as Error).message },
          "a step failed; the next one goes on from the chain and the store",
        )
      }
      await sleep(config.pollMs, signal)
    }
  }

  return {
    run,
    count,
    release: () => sender.release(),
    status: (): Status => ({ ...backlog, ...last }),
    backlog: () => backlog.queued + backlog.staged,
    accepted: (added: number) => {
      backlog = { ...backlog, queued: backlog.queued + added }
      metrics.accepted.inc(added)
    },
  }
}

function senderEvents(metrics: Metrics): SenderEvents {
  return {
    fees: (fees, view) => {
      metrics.baseFee.set(view.tip.baseFee)
      metrics.maxFee.set(fees ? fees.maxFee : 0)
    },
    nonces: (next, unmined) => {
      metrics.nonce.set(next)
      metrics.unmined.set(unmined)
    },
    sent: (count) => metrics.sent.inc(count),
    replaced: () => metrics.replaced.inc(),
    reverted: () => metrics.reverted.inc(),
  }
}

async function balanceOf(rpc: Rpc, address: Hex): Promise<number> {
  return Number(rpcQuantity(await rpc.request("eth_getBalance", [address, "latest"]), "balance"))
}

/** Looks at devices that ended, or that are new here, as of the cursor, and settles their queues. */
async function settleEnds(db: Db, at: RegistryAt): Promise<void> {
  const cursor = await cursorOf(db)
  if (!cursor) return
  for (const device of await endingDevices(db)) {
    const chain = await readDevice(at.rpc, at.registry, device, cursor.hash)
    const firstRun = (await firstOpenRun(db, device)) ?? chain.nextRun
    const roots: Hex[] = []
    while (firstRun + roots.length < chain.nextRun) {
      const page = await readRoots(at, device, firstRun + roots.length, cursor.hash)
      if (page.length === 0) break
      roots.push(...page)
    }
    await settleEnd(db, device, { chain, firstRun, roots })
  }
}

/** A pause that an abort ends early. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener("abort", done)
  })
}
