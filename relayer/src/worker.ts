import { randomUUID } from "node:crypto"
import {
  agreeing,
  createFollower,
  type Follower,
  type RegistryAt,
  type Rpc,
  readDevice,
  readRoots,
  rpcQuantity,
} from "@wattest/chain"
import type { Hex } from "@wattest/protocol"
import type { Logger } from "pino"
import type { RelayerConfig } from "./config.ts"
import type { Metrics } from "./metrics.ts"
import type { SenderEvents } from "./sender/context.ts"
import { createSender, type Sender } from "./sender/sender.ts"
import type { Status } from "./status.ts"
import { cursorOf, endingDevices, finalize, firstOpenRun, rewind, settleEnd, takenBlocks } from "./store/finality.ts"
import type { Db } from "./store/open.ts"
import { backlogOf } from "./store/reads.ts"

export type Worker = ReturnType<typeof createWorker>

type WorkerSetup = {
  readonly config: RelayerConfig
  readonly db: Db
  readonly rpc: Rpc
  readonly metrics: Metrics
  readonly log: Logger
}

type Loop = WorkerSetup & { readonly follower: Follower; readonly sender: Sender; status: Status }

const NOTHING_SEEN: Status = {
  queued: 0,
  staged: 0,
  oldestMs: null,
  overdue: 0,
  view: null,
  lastStepMs: null,
  lastError: null,
}

/** The loop: look at the chain, settle what is final, send what is queued. */
export function createWorker(setup: WorkerSetup) {
  const follower = followerFor(setup)
  const loop: Loop = { ...setup, follower, sender: senderFor(setup, follower), status: NOTHING_SEEN }
  return {
    run: (signal: AbortSignal, isDone: (status: Status) => boolean) => run(loop, signal, isDone),
    count: () => count(loop),
    release: () => loop.sender.release(),
    status: () => loop.status,
    backlog: () => loop.status.queued + loop.status.staged,
    accepted: (added: number) => {
      loop.status = { ...loop.status, queued: loop.status.queued + added }
      setup.metrics.accepted.inc(added)
    },
  }
}

async function run(loop: Loop, signal: AbortSignal, isDone: (status: Status) => boolean): Promise<void> {
  const { config, metrics, log } = loop
  while (!signal.aborted) {
    let isBehind = false
    try {
      isBehind = await step(loop)
      if (isDone(loop.status)) return
    } catch (error) {
      const { message } = error as Error
      metrics.stepFailures.inc()
      loop.status = { ...loop.status, lastError: message }
      log.error({ error: message }, "a step failed; the next one goes on from the chain and the store")
    }
    if (!isBehind) await sleep(config.pollMs, signal)
  }
}

/** True: there was more to send than one step takes. */
async function step(loop: Loop): Promise<boolean> {
  const { config, db, rpc, metrics, follower, sender } = loop
  const view = await follower.advance()
  loop.status = { ...loop.status, view }
  metrics.blockNumber.set(view.tip.number)
  metrics.finalityLagBlocks.set(view.tip.number - view.finalized.number)
  await settleEnds(db, { rpc: agreeing(rpc), registry: config.registry })
  const isBehind = view.isCurrent && (await sender.step(view))
  await count(loop)
  metrics.senderBalance.set(await balanceOf(rpc, config.signer.address))
  loop.status = { ...loop.status, lastStepMs: Date.now(), lastError: null }
  metrics.lastStep.set(Date.now() / 1000)
  return isBehind
}

async function count(loop: Loop): Promise<void> {
  const { db, metrics } = loop
  const backlog = await backlogOf(db, Math.floor(Date.now() / 1000))
  loop.status = { ...loop.status, ...backlog }
  metrics.backlog.set(backlog.queued + backlog.staged)
  metrics.backlogAgeSeconds.set(backlog.oldestMs === null ? 0 : (Date.now() - backlog.oldestMs) / 1000)
  metrics.promisesMissed.set(backlog.overdue)
}

function senderFor({ config, db, rpc, metrics, log }: WorkerSetup, follower: Follower): Sender {
  const { signer, registry, chainId, policy } = config
  const events = senderEvents(metrics)
  return createSender({ db, rpc, follower, signer, registry, chainId, policy, log, events, instance: randomUUID() })
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
