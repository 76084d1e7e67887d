import { once } from "node:events"
import { PassThrough } from "node:stream"
import { setTimeout } from "node:timers/promises"
import type { FastifyInstance } from "fastify"
import type { Db } from "../store/open.ts"
import { EVENT_KINDS, eventsAfter, toldOf, type Wanted } from "../watch/events.ts"
import { refuse } from "./errors.ts"
import { payerOf } from "./payer.ts"
import { createPlaces } from "./places.ts"
import { ERRORS, SHAPES } from "./shapes.ts"

/** Readers that wait at once. */
export const MAX_WAITING = 2000
const LOOK_MS = 1000
/** A sign of life, so that nobody between takes a quiet line for a dead one. */
const BEAT_MS = 15_000

const QUERY = {
  type: "object",
  additionalProperties: false,
  properties: {
    kinds: {
      type: "string",
      pattern: `^(?:${EVENT_KINDS.join("|")})(?:,(?:${EVENT_KINDS.join("|")}))*$`,
      description: "of these kinds, separated by commas; all where it is left out",
    },
    operator: { ...SHAPES.address, description: "of this operator" },
    ledger: { ...SHAPES.hash, description: "of this ledger" },
    device: { ...SHAPES.hash, description: "of this device" },
    after: { ...SHAPES.count, description: "from the event after this number; from now on where it is left out" },
  },
}

type Query = Omit<Wanted, "kinds"> & { readonly kinds?: string; readonly after?: number }

/** Server-sent events. Who was cut off says the last number that it heard, in `Last-Event-ID` or `after`, and misses nothing. */
export function addWatch(app: FastifyInstance, db: Db, newest: () => Promise<number>): void {
  const places = createPlaces(MAX_WAITING)
  const closing = new AbortController()
  app.addHook("preClose", async () => closing.abort())
  const schema = {
    ...{ summary: "Withdrawals, silences, suspect and contradicting claims, as they happen", querystring: QUERY },
    response: { 200: { description: "events", content: { "text/event-stream": { schema: {} } } }, ...ERRORS },
  }
  app.get<{ Querystring: Query }>("/v1/watch", { schema }, async (request, reply) => {
    const giveBack = places.take(payerOf(request.ip))
    if (giveBack === null) return refuse(reply, 503, "BUSY", "too many readers are waiting; ask again later")
    const gone = new AbortController()
    // Whatever becomes of the answer, its connection ends once.
    reply.raw.once("close", () => {
      giveBack()
      gone.abort()
    })
    const { kinds, after, ...rest } = request.query
    const heard = Number(request.headers["last-event-id"] ?? after ?? Number.NaN)
    const start = Number.isSafeInteger(heard) && heard >= 0 ? heard : await newest()
    const stream = new PassThrough()
    const stop = AbortSignal.any([gone.signal, closing.signal])
    const wanted = { ...rest, kinds: kinds?.split(",") }
    const telling = tellAll(stream, { db, wanted, start, newest, stop })
    // A store that fails ends the stream: its reader asks again from the last number that it heard.
    void telling.catch(() => undefined).finally(() => stream.end())
    return reply
      .headers({ "cache-control": "no-store", "x-accel-buffering": "no" })
      .type("text/event-stream")
      .send(stream)
  })
}

type Watching = {
  readonly db: Db
  readonly wanted: Wanted
  readonly start: number
  readonly newest: () => Promise<number>
  readonly stop: AbortSignal
}

/** Tells what comes, as fast as the reader takes it: nothing piles up here. */
async function tellAll(stream: PassThrough, { db, wanted, start, newest, stop }: Watching): Promise<void> {
  let [after, waitedMs] = [start, 0]
  stream.write(": the books of a chain, event by event\n\n")
  while (!stop.aborted) {
    const latest = await newest()
    const events = latest > after ? await eventsAfter(db, after, wanted) : []
    for (const event of events) {
      const isTaken = stream.write(`id: ${event.seq}\nevent: ${event.kind}\ndata: ${JSON.stringify(toldOf(event))}\n\n`)
      if (!isTaken) await once(stream, "drain", { signal: stop }).catch(() => undefined)
      after = event.seq
    }
    if (events.length > 0) continue
    // What is not wanted is not looked at again.
    after = Math.max(after, latest)
    waitedMs += LOOK_MS
    if (waitedMs % BEAT_MS === 0) stream.write(": still here\n\n")
    await setTimeout(LOOK_MS, undefined, { signal: stop }).catch(() => undefined)
  }
}
