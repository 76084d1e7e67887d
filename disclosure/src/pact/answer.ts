import { hash } from "node:crypto"
import { type FootprintRequest, FULFILLED, REJECTED } from "./events.ts"
import type { ProductFootprint } from "./footprint.ts"
import { MAX_PAGE, meeting } from "./query.ts"
import { uuidOf } from "./uuid.ts"

/** An event that answers a request, as CloudEvents 1.0 writes it in JSON. */
export type AnswerEvent = {
  readonly specversion: "1.0"
  readonly type: typeof FULFILLED | typeof REJECTED
  readonly id: string
  readonly source: string
  readonly time: string
  readonly data: { readonly requestEventId: string; readonly [name: string]: unknown }
}

/** The same answer has the same id, however often it is sent: whoever heard it twice can tell. */
const idOf = (client: string, { source, id }: FootprintRequest): string =>
  uuidOf(hash("sha256", JSON.stringify([client, source, id]), "buffer"), 8)

/**
 * What a client is told that asked for footprints, of those that it may see: all that meet its criteria, or why none comes.
 */
export function answerTo(
  client: string,
  request: FootprintRequest,
  seen: readonly ProductFootprint[],
  nowMs: number,
): AnswerEvent {
  const pfs = seen.filter(meeting(request.criteria))
  const requestEventId = request.id
  const frame = {
    ...{ specversion: "1.0" as const, id: idOf(client, request), source: "/3/events" },
    time: new Date(nowMs).toISOString(),
  }
  const rejected = (code: string, message: string): AnswerEvent => ({
    ...{ ...frame, type: REJECTED },
    data: { requestEventId, error: { code, message } },
  })
  if (pfs.length === 0) return rejected("NotFound", "no footprint of this host meets these criteria")
  if (pfs.length > MAX_PAGE)
    return rejected("BadRequest", `more than ${MAX_PAGE} footprints meet these criteria: ask GET /3/footprints`)
  return { ...frame, type: FULFILLED, data: { requestEventId, pfs } }
}
