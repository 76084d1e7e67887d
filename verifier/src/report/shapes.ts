import { type Json, shape } from "@wattest/protocol"
import { TRUST_REASONS } from "../chain/trust.ts"
import { OUTCOMES } from "../verdict.ts"

const { array, boolean, described, hex, integer, nullable, object, oneOf, text } = shape

export const MANY = { max: 2 ** 31 - 1 }
export const free = text(2 ** 31 - 1)
export const count = integer(0, 2 ** 53 - 1)
/** Any finite number. */
export const real: shape.Shape<number> = described({ type: "number" }, (value: Json, path) => {
  if (typeof value !== "number") throw new TypeError(`${path}: expected a number`)
  return value
})
export const names = <T extends string>(table: { readonly [K in T]: unknown }) => oneOf(Object.keys(table) as T[])

export const verdict = object({
  status: oneOf(OUTCOMES),
  code: nullable(free),
  sentence: free,
  detail: nullable(free),
  change: nullable(free),
})

export const check = object({ id: free, title: free, proves: free, stops: free, required: boolean, verdict })

/** What the policy expects, with what was found. */
export const expectations = array(object({ expected: free, found: free }), MANY)

/** By what, when and under what anything was judged. */
export const frame = { verifier: free, time: nullable(count), policyDigest: hex(32), policyText: free }

/** How documents were drawn from a list of runs. */
export const sample = object({
  ...{ source: free, population: count, populationDigest: hex(32), voids: count },
  ...{ drawn: count, missing: count, seed: free },
})

export const trustedBlocks = array(
  object({ chainId: count, number: free, hash: hex(32), by: oneOf(TRUST_REASONS), nodes: array(free, MANY) }),
  MANY,
)
