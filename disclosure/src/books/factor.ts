import { hash } from "node:crypto"
import { readAtMost, UsageError } from "@wattest/command"
import { day, decodeUtf8, type Hex, parsePlainText, Rejection, shape } from "@wattest/protocol"
import { compare, type Exact, ONE, parseExact, sum } from "../exact/exact.ts"

const { array, decimal, label, literal, nullable, object, oneOf } = shape

export const FACTORS_TYPE = "application/vnd.wattest.factors.v1+json"
const MAX_BYTES = 4 * 1024 * 1024

/** Parts of electricity by what it is made of, decimal, of 1. */
const mix = object({ fossil: decimal, nuclear: decimal, renewable: decimal })

/** Emission factors that somebody published: which, in what version, and from where. */
export const factorTable = object({
  mediaType: literal(FACTORS_TYPE),
  name: label(),
  version: label(),
  source: label(),
  entries: array(
    object({
      zone: label(),
      /** `location`: all electricity of the zone; `residual`: what is left of it where the instruments are spent. */
      method: oneOf(["location", "residual"]),
      from: day,
      to: day,
      gramsPerKilowattHour: decimal,
      mix: nullable(mix),
    }),
    { max: 65_536 },
  ),
})

export type FactorMethod = "location" | "residual"

/** A factor of a zone over some days. */
export type Factor = {
  readonly zone: string
  readonly method: FactorMethod
  readonly fromMs: number
  readonly toMs: number
  readonly gramsPerKilowattHour: Exact
  readonly mix: { readonly fossil: Exact; readonly nuclear: Exact; readonly renewable: Exact } | null
}

export type Factors = {
  /** Name and version, as cells show them. */
  readonly name: string
  readonly source: string
  readonly digest: Hex
  readonly list: readonly Factor[]
}

const DAY_MS = 86_400_000

function numberOf(text: string, where: string): Exact {
  const value = parseExact(text)
  if (value === null || value.top < 0n)
    throw new Rejection("FIELD_MALFORMED", `${where}: expected a decimal number of at least 0`)
  return value
}

/** What electricity is made of is all of it. */
function mixOf(parts: shape.TypeOf<typeof mix> | null, where: string): Factor["mix"] {
  if (parts === null) return null
  const read = {
    fossil: numberOf(parts.fossil, where),
    nuclear: numberOf(parts.nuclear, where),
    renewable: numberOf(parts.renewable, where),
  }
  if (compare(sum(Object.values(read)), ONE) !== 0)
    throw new Rejection("FIELD_MALFORMED", `${where}: expected parts that add up to 1`)
  return read
}

/** Throws FIELD_MALFORMED where two factors hold for one zone at one time: whoever orders the table would choose. */
function checkOnce(list: readonly Factor[]): void {
  for (const own of Map.groupBy(list, ({ zone, method }) => JSON.stringify([zone, method])).values()) {
    const ordered = own.toSorted((a, b) => a.fromMs - b.fromMs)
    const twice = ordered.find(({ fromMs }, i) => fromMs < (ordered[i - 1]?.toMs ?? fromMs))
    if (twice !== undefined)
      throw new Rejection(
        "FIELD_MALFORMED",
        `$.entries: two ${twice.method} factors hold for zone "${twice.zone}" from ${new Date(twice.fromMs).toISOString().slice(0, 10)}`,
      )
  }
}

/** Reads an untrusted table. Throws a Rejection. */
export function parseFactors(bytes: Uint8Array): Factors {
  const { name, version, source, entries } = factorTable(parsePlainText(decodeUtf8(bytes, MAX_BYTES)), "$")
  const list = entries.map(({ zone, method, from, to, gramsPerKilowattHour, mix: parts }, i): Factor => {
    const where = `$.entries[${i}]`
    return {
      ...{ zone, method, fromMs: Date.parse(from), toMs: Date.parse(to) + DAY_MS },
      gramsPerKilowattHour: numberOf(gramsPerKilowattHour, where),
      mix: mixOf(parts, `${where}.mix`),
    }
  })
  for (const [i, { fromMs, toMs }] of list.entries())
    if (fromMs >= toMs) throw new Rejection("FIELD_MALFORMED", `$.entries[${i}]: it ends before it begins`)
  checkOnce(list)
  return { name: `${name} ${version}`, source, digest: `0x${hash("sha256", bytes, "hex")}`, list }
}

/** Throws a UsageError that names the file. */
export function readFactors(path: string): Factors {
  try {
    return parseFactors(readAtMost(path, MAX_BYTES))
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new UsageError(`${path}: ${error.message}`, "docs/disclosure.md shows a table of factors")
  }
}

type Ordered = ReadonlyMap<string, readonly Factor[]>
const keyOf = (method: FactorMethod, zone: string) => `${method} ${zone}`

/** Tables by method and zone, in order of time: each run of a fleet asks. */
const ORDERED = new WeakMap<Factors, Ordered>()
function orderedOf(factors: Factors): Ordered {
  const known = ORDERED.get(factors)
  if (known !== undefined) return known
  const groups = Map.groupBy(factors.list, ({ method, zone }) => keyOf(method, zone))
  const made = new Map([...groups].map(([key, own]) => [key, own.toSorted((a, b) => a.fromMs - b.fromMs)]))
  ORDERED.set(factors, made)
  return made
}

/** The factor of a zone at a time. Null: there is none. */
export function factorAt(factors: Factors | null, method: FactorMethod, zone: string, ms: number): Factor | null {
  const own = (factors && orderedOf(factors).get(keyOf(method, zone))) ?? []
  let [lo, hi] = [0, own.length]
  while (lo < hi) {
    const middle = (lo + hi) >> 1
    if ((own[middle]?.fromMs ?? ms) < ms) lo = middle + 1
    else hi = middle
  }
  const found = own[lo - 1]
  return found !== undefined && ms <= found.toMs ? found : null
}
