import { setTimeout as pause } from "node:timers/promises"
import { type Client, isSeen } from "./access.ts"
import { answerTo } from "./answer.ts"
import { type FootprintRequest, FULFILLED } from "./events.ts"
import type { ProductFootprint } from "./footprint.ts"
import { deliver, type Partner, Undelivered } from "./partner.ts"
import type { Requests } from "./requests.ts"

/** How a request ended, or that its answer did not arrive yet. */
export type Answered = {
  readonly client: string
  readonly request: string
  readonly outcome: "fulfilled" | "rejected" | "postponed" | "abandoned"
  readonly reason?: string
}

export type AnsweringSetup = {
  readonly requests: Requests
  /** Clients that hear answers, by their ids. */
  readonly partners: ReadonlyMap<string, Partner>
  readonly footprints: readonly ProductFootprint[]
  readonly nowMs: () => number
  readonly tell: (answered: Answered) => void
}

/** Answers requests beside the host that took them. */
export type Answering = {
  /** Takes a request; false where the client asked too often. */
  take(client: Client, request: FootprintRequest): Promise<boolean>
  hears(client: Client): boolean
  /** Answers what waits, until `close`. Called once. Rejects where requests can be kept no longer. */
  run(): Promise<unknown>
  /** Ends what is under way: what did not arrive is sent by the next process. */
  close(): Promise<void>
}

/** So often it is looked whether something is due that nobody reported. */
const LOOK_MS = 60_000

/** Answers to requests: one client's in turn, each client beside the others, since one may be slow. */
export function createAnswering(setup: AnsweringSetup, clients: readonly Client[]): Answering {
  const { requests, partners, footprints, nowMs, tell } = setup
  const stop = new AbortController()
  const wakers = new Map<string, AbortController>()

  async function answerNext(client: Client, partner: Partner): Promise<void> {
    const { id } = client
    // Before it is looked: a request that comes in between wakes it.
    const waker = new AbortController()
    wakers.set(id, waker)
    const waiting = await requests.next(id)
    const restMs = waiting === null ? LOOK_MS : Math.min(LOOK_MS, waiting.dueMs - nowMs())
    if (waiting === null || restMs > 0) {
      const signal = AbortSignal.any([stop.signal, waker.signal])
      return pause(restMs, undefined, { signal }).catch(() => undefined)
    }
    const { request } = waiting
    const seen = footprints.filter((one) => isSeen(client, one))
    const event = answerTo(id, request, seen, nowMs())
    try {
      await deliver(partner, event, stop.signal)
      await requests.end(id, request, nowMs())
      tell({ client: id, request: request.id, outcome: event.type === FULFILLED ? "fulfilled" : "rejected" })
    } catch (error) {
      if (!(error instanceof Undelivered)) throw error
      if (stop.signal.aborted) return
      const waits = await requests.postpone(id, waiting, nowMs())
      tell({ client: id, request: request.id, outcome: waits ? "postponed" : "abandoned", reason: error.message })
    }
  }

  async function answerAll(client: Client, partner: Partner): Promise<void> {
    while (!stop.signal.aborted) await answerNext(client, partner)
  }

  let ended: Promise<unknown> = Promise.resolve()
  return {
    run() {
      ended = Promise.all(
        clients.flatMap((client) => {
          const partner = partners.get(client.id)
          return partner === undefined ? [] : [answerAll(client, partner)]
        }),
      )
      return ended
    },
    hears: ({ id }) => partners.has(id),
    async take({ id }, request) {
      const isTaken = await requests.take(id, request, nowMs())
      wakers.get(id)?.abort()
      return isTaken
    },
    async close() {
      stop.abort()
      await ended.finally(() => requests.close())
    },
  }
}
