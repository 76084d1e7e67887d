import type { ProductFootprint } from "./footprint.ts"

/** A question that the standard does not know, or that is malformed: answered with BadRequest. */
export class QueryRefused extends Error {}

/** Criteria by the standard's names: values of one are alternatives, and each one that is named must hold. */
export type Criteria = { readonly [name: string]: readonly string[] }

/** Criteria of ListFootprints. */
export type Query = {
  readonly limit: number
  readonly offset: number
  readonly meets: (footprint: ProductFootprint) => boolean
}

/** Largest page; a larger `limit` gets this many, and a link to the rest. */
export const MAX_PAGE = 100
const MAX_VALUES = 32
const MAX_VALUE_LENGTH = 512

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/
/** For so many years a footprint is valid from the end of its reference period. */
const VALID_YEARS = 3

function timeOf(name: string, value: string): number {
  // A plus sign of a query is a space unless it is escaped, and clients forget to.
  const time = Date.parse(TIME.test(value.replace(" ", "+")) ? value.replace(" ", "+") : "")
  if (Number.isNaN(time)) throw new QueryRefused(`${name}: expected a time such as 2026-01-31T00:00:00Z`)
  return time
}

function wholeOf(name: string, value: string): number {
  if (!/^(?:0|[1-9][0-9]{0,8})$/.test(value)) throw new QueryRefused(`${name}: expected a whole number, 0 or more`)
  return Number(value)
}

function validity({ pcf }: ProductFootprint): { readonly start: number; readonly end: number } {
  const end = new Date(pcf.referencePeriodEnd)
  const start = end.getTime()
  end.setUTCFullYear(end.getUTCFullYear() + VALID_YEARS)
  return { start, end: end.getTime() }
}

const geographies = ({ pcf }: ProductFootprint): readonly string[] =>
  [pcf.geographyRegionOrSubregion, pcf.geographyCountry, pcf.geographyCountrySubdivision].flatMap((name) => name ?? [])

type Criterion = (values: readonly string[]) => (footprint: ProductFootprint) => boolean

/** Any of the footprint's names is one of the values; letters' case is not looked at. */
const anyOf =
  (namesOf: (footprint: ProductFootprint) => readonly string[]): Criterion =>
  (values) => {
    const wanted = new Set(values.map((value) => value.toLowerCase()))
    return (footprint) => namesOf(footprint).some((name) => wanted.has(name.toLowerCase()))
  }

const atTime =
  (name: string, holds: (time: number, period: ReturnType<typeof validity>) => boolean): Criterion =>
  (values) => {
    const times = values.map((value) => timeOf(name, value))
    return (footprint) => times.some((time) => holds(time, validity(footprint)))
  }

/** A country is also where its subdivisions are; a region's countries are not known here. */
const within = (footprint: ProductFootprint): readonly string[] =>
  geographies(footprint).flatMap((name) => (/^[A-Z]{2}-/.test(name) ? [name, name.slice(0, 2)] : [name]))

const CRITERIA: { readonly [name: string]: Criterion } = {
  productId: anyOf(({ productIds }) => productIds),
  companyId: anyOf(({ companyIds }) => companyIds),
  geography: anyOf(within),
  classification: anyOf(({ productClassifications = [] }) => productClassifications),
  validOn: atTime("validOn", (time, { start, end }) => start <= time && time <= end),
  validAfter: atTime("validAfter", (time, { start }) => start > time),
  validBefore: atTime("validBefore", (time, { end }) => end < time),
  // Of a status that the standard does not know there is no footprint, and that is the answer.
  status: anyOf(({ status }) => [status]),
}

const ONCE = ["limit", "offset", "validOn", "validAfter", "validBefore", "status"]

function checkValues(name: string, values: readonly string[]): void {
  if (values.length > MAX_VALUES) throw new QueryRefused(`${name}: at most ${MAX_VALUES} values`)
  if (values.some((value) => value.length > MAX_VALUE_LENGTH))
    throw new QueryRefused(`${name}: a value is longer than ${MAX_VALUE_LENGTH} characters`)
}

/**
 * What footprints must be to meet untrusted criteria; one without a value asks nothing. Throws QueryRefused; a criterion
 * that is not known is refused, since to ignore it would answer more than was asked.
 */
export function meeting(criteria: Criteria): (footprint: ProductFootprint) => boolean {
  const known = Object.keys(CRITERIA)
  const other = Object.keys(criteria).find((name) => !known.includes(name))
  if (other !== undefined)
    throw new QueryRefused(`there is no criterion ${JSON.stringify(other.slice(0, 64))}: use ${known.join(", ")}`)
  const filters = Object.entries(CRITERIA).flatMap(([name, criterion]) => {
    const values = criteria[name] ?? []
    checkValues(name, values)
    return values.length > 0 ? [criterion(values)] : []
  })
  return (footprint) => filters.every((holds) => holds(footprint))
}

/** Reads an untrusted query string. A value that is empty asks nothing, as PACT's own conformance service writes it. Throws QueryRefused. */
export function parseQuery(search: string): Query {
  const asked = new URLSearchParams(search)
  const values = (name: string): readonly string[] => asked.getAll(name).filter((value) => value !== "")
  for (const name of ONCE) if (values(name).length > 1) throw new QueryRefused(`${name}: give it once`)
  const [limit, offset] = ["limit", "offset"].map((name) => asked.get(name))
  const names = [...new Set(asked.keys())].filter((name) => name !== "limit" && name !== "offset")
  return {
    limit: Math.min(MAX_PAGE, limit == null ? MAX_PAGE : wholeOf("limit", limit)),
    offset: offset == null ? 0 : wholeOf("offset", offset),
    meets: meeting(Object.fromEntries(names.map((name) => [name, values(name)]))),
  }
}

/** The page that is asked for, and the query string of the next one; null where there is none. A page of 0 has none: it would be followed for ever. */
export function pageOf(footprints: readonly ProductFootprint[], search: string) {
  const { limit, offset, meets } = parseQuery(search)
  const found = footprints.filter(meets)
  const data = found.slice(offset, offset + limit)
  const isLast = limit === 0 || offset + limit >= found.length
  const next = new URLSearchParams(search)
  next.set("offset", `${offset + limit}`)
  next.set("limit", `${limit}`)
  return { data, next: isLast ? null : `${next}` }
}
