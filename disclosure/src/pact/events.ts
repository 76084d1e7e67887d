/** Why an event is refused, by the standard's code. */
export type EventRefusal = { readonly code: "BadRequest" | "NotImplemented"; readonly message: string }

const PREFIX = "org.wbcsd.pact.ProductFootprint."
const TYPES = ["RequestCreatedEvent", "RequestFulfilledEvent", "RequestRejectedEvent", "PublishedEvent"].map(
  (name) => `${PREFIX}${name}.3`,
)

const PUBLISHED = `${PREFIX}PublishedEvent.3`
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const bad = (message: string): EventRefusal => ({ code: "BadRequest", message })

/**
 * Judges an untrusted body of `POST /3/events`; null: it is taken. An event that is none is a bad request. News of somebody
 * else's footprints are taken, for they ask nothing and nothing is kept of them. A request is not implemented: this host reads
 * filings and calls nobody, and to accept what it will not act on would mislead.
 */
export function refuseEvent(body: unknown): EventRefusal | null {
  if (!isObject(body)) return bad("expected a CloudEvent in structured mode, a JSON object")
  const { type, specversion, id, source, time, data } = body
  if (specversion !== "1.0") return bad("specversion: expected 1.0")
  if (typeof type !== "string" || !TYPES.includes(type)) return bad(`type: expected one of ${TYPES.join(", ")}`)
  if (typeof id !== "string" || id === "") return bad("id: expected a text that is not empty")
  if (typeof source !== "string" || source === "") return bad("source: expected a URI reference")
  if (typeof time !== "string" || Number.isNaN(Date.parse(time))) return bad("time: expected a time")
  if (!isObject(data)) return bad("data: expected an object")
  if (type === PUBLISHED) {
    const { pfIds } = data
    const isList = Array.isArray(pfIds) && pfIds.length > 0 && pfIds.every((one) => UUID.test(`${one}`))
    return isList ? null : bad("data.pfIds: expected ids of footprints, each a UUID")
  }
  return {
    code: "NotImplemented",
    message: "this host only answers questions: ask GET /3/footprints with the same criteria",
  }
}
