import type { Hex } from "../encoding/bytes.ts"

/** Where the registry is on a chain, and the contracts of arithmetic that its code names. */
export type Deployment = {
  readonly registry: Hex
  readonly ed25519: Hex
  readonly ed25519Table: Hex
  readonly poseidon: Hex
  /** The latest block when the deployment was verified: all of them were there by then. */
  readonly block: number
}

/** By chain id. Written by `npm run deploy`; public chains only, a local one is gone with its process. */
export const DEPLOYMENTS: { readonly [chainId: number]: Deployment } = {}
