import { randomUUID } from "node:crypto"
import type { Hex } from "@wattest/protocol"
import type { Logger } from "pino"
import type { Rpc } from "./chain/endpoints.ts"
import { createFollower, type Follower, type View } from "./chain/follower.ts"
import { type RegistryAt, readDevice, readRoots } from "./chain/registry.ts"
import { rpcQuantity } from "./chain/rpc-values.ts"
import type { Metrics } from "./metrics.ts"
import type { RelayerConfig } from "./relayer.ts"
import type { SenderEvents } from "./sender/context.ts"
import { createSender } from "./sender/sender.ts"
import { cursorOf, endingDevices, finalize, firstOpenRun, rewind, settleEnd, takenBlocks } from "./store/finality.ts"
import type { Db } from "./store/open.ts"
import { type Backlog, backlogOf } from "./store/reads.ts"

export type Status = Backlog & {
  /** The last look at the chain; null before the first. */
  readonly view: View | null
  readonly lastStepMs: number | null
  readonly lastError: string | null
}

export type Worker = ReturnType<typeof createWorker>
type WorkerSetup = {
  readonly config: RelayerConfig
  readonly db: Db
  readonly rpc: Rpc
  readonly metrics: Metrics
  readonly log: Logger
}

/** The loop: look at the chain, settle what is final, send what is queued. */
export function createWorker({ config, db, rpc, metrics, log }: WorkerSetup) {
  const { registry } = config
  const at: RegistryAt = { rpc, registry }
  const follower = followerFor({ config, db, rpc, metrics, log })
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

function followerFor({ config, db, rpc, metrics, log }: WorkerSetup): Follower {
  return createFollower({
    rpc,
    registry: config.registry,
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
