import { type Criteria, meeting, QueryRefused } from "./query.ts"
import { isUuid } from "./uuid.ts"

/** A request for footprints that is answered later, by the client that made it: source and id name it (CloudEvents 1.0). */
export type FootprintRequest = { readonly source: string; readonly id: string; readonly criteria: Criteria }

const PREFIX = "org.wbcsd.pact.ProductFootprint."
const CREATED = `${PREFIX}RequestCreatedEvent.3`
const PUBLISHED = `${PREFIX}PublishedEvent.3`
export const FULFILLED = `${PREFIX}RequestFulfilledEvent.3`
export const REJECTED = `${PREFIX}RequestRejectedEvent.3`
const TYPES = [CREATED, FULFILLED, REJECTED, PUBLISHED]

const MAX_NAME_LENGTH = 512
/** Of all criteria of a request, as JSON: requests wait on a disk for days. */
const MAX_CRITERIA_LENGTH = 8192

type Fields = { readonly [name: string]: unknown }
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new QueryRefused(message)
}

const isName = (value: unknown): value is string =>
  typeof value === "string" && value !== "" && value.length <= MAX_NAME_LENGTH

/** A criterion of an event: a text, or several. */
function valuesOf(name: string, value: unknown): readonly string[] {
  const values = Array.isArray(value) ? value : [value]
  check(
    values.every((one) => typeof one === "string"),
    `data.${name}: expected a text, or a list of texts`,
  )
  return values.filter((one) => one !== "")
}

function criteriaOf(data: Fields): Criteria {
  const named = Object.entries(data).filter(([name]) => name !== "comment")
  const criteria = Object.fromEntries(named.map(([name, value]) => [name, valuesOf(name, value)]))
  meeting(criteria)
  check(JSON.stringify(criteria).length <= MAX_CRITERIA_LENGTH, `data: longer than ${MAX_CRITERIA_LENGTH} characters`)
  check(
    Object.values(criteria).some((values) => values.length > 0),
    "data: expected a criterion, such as productId",
  )
  return criteria
}

/**
 * Reads an untrusted body of `POST /3/events`, a CloudEvent in structured mode. Null: news of somebody else's footprints,
 * which ask nothing and of which nothing is kept. Throws QueryRefused where it is no event, or one that nobody waits for.
 */
export function readEvent(body: unknown): FootprintRequest | null {
  check(isObject(body), "expected a CloudEvent in structured mode, a JSON object")
  const { type, specversion, id, source, time, data } = body
  check(specversion === "1.0", "specversion: expected 1.0")
  check(typeof type === "string" && TYPES.includes(type), `type: expected one of ${TYPES.join(", ")}`)
  check(isName(id), `id: expected a text of 1 to ${MAX_NAME_LENGTH} characters`)
  check(isName(source), `source: expected a URI reference of 1 to ${MAX_NAME_LENGTH} characters`)
  check(typeof time === "string" && !Number.isNaN(Date.parse(time)), "time: expected a time")
  check(isObject(data), "data: expected an object")
  if (type === CREATED) return { source, id, criteria: criteriaOf(data) }
  check(type === PUBLISHED, "this host asked for no footprint, so that nothing is to be answered")
  const { pfIds } = data
  const isList = Array.isArray(pfIds) && pfIds.length > 0 && pfIds.every((one) => isUuid(`${one}`))
  check(isList, "data.pfIds: expected ids of footprints, each a UUID")
  return null
}
