import { createReceiptMaker, createRpc, type Rpc, RpcUnavailable, readDevice, rpcNumber } from "@wattest/chain"
import type { FastifyInstance } from "fastify"
import type { Logger } from "pino"
import type { RelayerConfig } from "./config.ts"
import { createIntake } from "./http/intake.ts"
import { createServer } from "./http/server.ts"
import { createMetrics } from "./metrics.ts"
import type { Status } from "./status.ts"
import { type Db, openDatabase } from "./store/open.ts"
import { createWorker, type Worker } from "./worker.ts"

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

/** A relayer on this configuration. Throws where the store cannot be opened, or the chain is another or without the registry. */
export async function createRelayer(config: RelayerConfig, log: Logger): Promise<Relayer> {
  const metrics = createMetrics()
  const rpc = createRpc(config.rpcUrls, config.rpcTimeoutMs, {
    failed: (url, reason) => {
      metrics.rpcFailures.inc({ host: new URL(url).host })
      log.warn({ host: new URL(url).host, reason }, "an RPC endpoint failed")
    },
  })
  await assertChain(rpc, config)
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

async function assertChain(rpc: Rpc, { chainId, registry }: RelayerConfig): Promise<void> {
  const found = rpcNumber(await rpc.request("eth_chainId", []), "eth_chainId")
  if (found !== chainId) throw new Error(`the RPC endpoints serve chain ${found}, the configuration says ${chainId}`)
  // Any device will do: what is no registry cannot answer about one.
  await readDevice(rpc, registry, `0x${"00".repeat(32)}`, "latest").catch((error: Error) => {
    if (error instanceof RpcUnavailable) throw error
    throw new Error(`there is no registry at ${registry} on chain ${chainId}`)
  })
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
