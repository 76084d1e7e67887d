import type { Json } from "../encoding/canonical-json.ts"
import { boolean, hex, integer, nullable, object, optional, record, type TypeOf } from "../encoding/shape.ts"

const MAX_CONTRACTS = 64

/** What was deployed on a chain, as it was found there. */
const deployment = object({
  chainId: integer(1, Number.MAX_SAFE_INTEGER),
  /** The latest block when the code was compared: all of it was there by then. */
  block: integer(0, Number.MAX_SAFE_INTEGER),
  /** The registry of anchors. */
  registry: hex(20),
  /** The registry of claims; null where it was left out. */
  claims: nullable(hex(20)),
  /** Every contract by name; `codeHash` is the Keccak-256 of its code on that chain, immutables included. */
  contracts: record(object({ address: hex(20), codeHash: hex(32) }), MAX_CONTRACTS),
  /** Digests (`verificationKeyDigest`) of the keys in the verifiers, and whether their secret is public. */
  keys: optional(object({ fold: hex(32), join: hex(32), bound: hex(32), development: boolean })),
})
export type Deployment = TypeOf<typeof deployment>

/** Reads a record of a deployment. Throws a Rejection. */
export const parseDeployment = (value: Json): Deployment => deployment(value, "deployment")

/** By chain id. Written by `npm run deploy`; public chains only, a local one is gone with its process. */
export const DEPLOYMENTS: { readonly [chainId: number]: Deployment } = {}
