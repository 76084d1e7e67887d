import { createHmac } from "node:crypto"
import { proxiedFetch, readAtMost, UsageError } from "@wattest/command"
import { decodeUtf8, parsePlainText, Rejection, shape } from "@wattest/protocol"
import type { Db } from "../store/open.ts"
import type { EventRow, HookRow } from "../store/schema.ts"
import { EVENT_KINDS, eventsAfter, lastEvent, toldOf, type Wanted } from "./events.ts"

const { array, hex, object, oneOf, optional, text } = shape

const MAX_BYTES = 1024 * 1024
const SECRET = /^whsec_([A-Za-z0-9+/]{32,}={0,2})$/

const hook = object({
  url: text(2048),
  /** Standard Webhooks: `whsec_` and 24 to 64 random bytes in base64. */
  secret: text(256),
  kinds: optional(array(oneOf(EVENT_KINDS), { min: 1, max: EVENT_KINDS.length })),
  operator: optional(hex(20)),
})
const hooks = array(hook, { max: 64 })

/** Who is told of which events, and the secret that signs what is told. */
export type Hook = shape.TypeOf<typeof hook>

/** Reads the file of webhooks. Throws a UsageError that says what to mend. */
export function readHooks(path: string): readonly Hook[] {
  try {
    const read = hooks(parsePlainText(decodeUtf8(readAtMost(path, MAX_BYTES), MAX_BYTES)), "hooks")
    for (const { url, secret } of read) {
      if (!/^https?:\/\//.test(url) || !URL.canParse(url))
        throw new UsageError(`${path}: ${url} is no URL`, "give https://…")
      if (!SECRET.test(secret))
        throw new UsageError(`${path}: the secret of ${url} is none`, "make one: whsec_$(openssl rand -base64 32)")
    }
    if (new Set(read.map(({ url }) => url)).size < read.length)
      throw new UsageError(`${path}: a URL stands there twice`, "tell one apart by its query")
    return read
  } catch (error) {
    if (error instanceof Rejection)
      throw new UsageError(`${path}: ${error.detail}`, "it is a list of { url, secret, kinds, operator }")
    throw error
  }
}

/** The signature of Standard Webhooks: HMAC-SHA256 over id, time (Unix seconds) and body. */
export function signatureOf(secret: string, id: string, seconds: number, body: string): string {
  const key = Buffer.from(SECRET.exec(secret)?.[1] ?? "", "base64")
  return `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`
}

const TIMEOUT_MS = 10_000
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 3_600_000

const pauseMs = (tries: number) => Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS)

export type Deliveries = {
  /** Tells each hook what is due. True: something arrived, and more may be due. */
  step(): Promise<boolean>
}

/** Where deliveries read and write, and by what clock; `failed` hears why a hook was not reached. */
export type DeliverySetup = {
  readonly db: Db
  readonly hooks: readonly Hook[]
  readonly nowMs: () => number
  readonly failed?: (url: string, reason: string) => void
}

/**
 * Tells hooks of events, each hook in the order of the events, at least once: an event counts as told when the hook has
 * answered 2xx, and that is durable before the next one goes. A hook that does not answer is asked again, ever later.
 */
export async function createDeliveries(setup: DeliverySetup): Promise<Deliveries> {
  const { db, hooks: told } = setup
  const last = await lastEvent(db)
  // A hook hears of what comes after it was named.
  for (const { url } of told)
    await db.kysely
      .insertInto("hooks")
      .values({ url, delivered: last, tries: 0, next_at: 0, error: null })
      .onConflict((clash) => clash.column("url").doNothing())
      .execute()
  return {
    async step() {
      const outcomes = await Promise.all(told.map((one) => stepHook(setup, one)))
      return outcomes.includes(true)
    },
  }
}

async function stepHook({ db, nowMs, failed }: DeliverySetup, hook: Hook): Promise<boolean> {
  const { url } = hook
  const state = await db.kysely.selectFrom("hooks").selectAll().where("url", "=", url).executeTakeFirstOrThrow()
  if (state.next_at > nowMs()) return false
  const wanted: Wanted = { kinds: hook.kinds, operator: hook.operator }
  const latest = await lastEvent(db)
  const [event] = latest > state.delivered ? await eventsAfter(db, state.delivered, wanted) : []
  const note = (change: Partial<HookRow>) => db.kysely.updateTable("hooks").set(change).where("url", "=", url).execute()
  if (event === undefined) {
    // What is not wanted is not looked at again.
    if (latest > state.delivered) await note({ delivered: latest })
    return false
  }
  const fault = await tell(hook, event, nowMs())
  if (fault === null) {
    await note({ delivered: event.seq, tries: 0, next_at: 0, error: null })
    return true
  }
  failed?.(url, fault)
  await note({ tries: state.tries + 1, next_at: nowMs() + pauseMs(state.tries), error: fault })
  return false
}

/** Null: it arrived; else why not. */
async function tell({ url, secret }: Hook, event: EventRow, now: number): Promise<string | null> {
  const body = JSON.stringify(toldOf(event))
  const seconds = Math.floor(now / 1000)
  const headers = {
    "content-type": "application/json",
    "webhook-id": event.id,
    "webhook-timestamp": `${seconds}`,
    "webhook-signature": signatureOf(secret, event.id, seconds, body),
  }
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const answer = await proxiedFetch(url, { method: "POST", headers, body, signal, redirect: "error" })
    await answer.body?.cancel()
    return answer.ok ? null : `it answered ${answer.status}`
  } catch (error) {
    return (error as Error).message
  }
}
