import type { Hex } from "@wattest/protocol"
import type { FastifyInstance } from "fastify"
import type { Logger } from "pino"
import { createRpc, type Rpc, RpcUnavailable } from "./chain/endpoints.ts"
import { readDevice } from "./chain/registry.ts"
import { rpcNumber } from "./chain/rpc-values.ts"
import { createIntake, type IntakeLimits } from "./http/intake.ts"
import type { PromiseSigner } from "./http/promise.ts"
import { createServer } from "./http/server.ts"
import { createMetrics } from "./metrics.ts"
import { createReceiptMaker } from "./proof/anchor-receipt.ts"
import type { SenderPolicy } from "./sender/context.ts"
import type { TransactionSigner } from "./signer/account.ts"
import { type Db, openDatabase, type StoreLocation } from "./store/open.ts"
import { createWorker, type Status, type Worker } from "./worker.ts"

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
  policy: { fees: { cap: 200_000_000_000, minTip: 1_000_000 }, blocksInFlight: 3, stuckBlocks: 3 },
  pollMs: 1000,
} as const satisfies Partial<RelayerConfig>

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
