import type { Rpc } from "@wattest/chain"
import { rpcQuantity } from "@wattest/chain"
import { type Hex, MAX_SUBMISSION_ROOTS } from "@wattest/protocol"

/**
 * Gas limits of submissions, learned from the node's estimates: a fixed part for each signature scheme and a part for
 * each root. A limit that is too high costs nothing but room at a block's end; one that is too low costs the gas.
 */
export type GasModel = {
  /** The limit for so many roots; null while nothing is learned for the scheme. */
  limitOf(scheme: number, roots: number): bigint | null
  learn(scheme: number, roots: number, estimate: bigint): void
}

// A new root writes two to three storage words and a Poseidon hash, and emits an event.
const MOST_PER_ROOT = 110_000n
const MARGIN_PERCENT = 115n

export function createGasModel(): GasModel {
  const samples = new Map<number, Map<number, bigint>>()
  return {
    limitOf(scheme, roots) {
      const known = samples.get(scheme)
      const exact = known?.get(roots)
      if (exact !== undefined) return withMargin(exact)
      const below = nearest(known, roots, -1)
      const above = nearest(known, roots, 1)
      if (!below || !above) return null
      const slope = (above.estimate - below.estimate) / BigInt(above.roots - below.roots) + 1n
      return withMargin(below.estimate + slope * BigInt(roots - below.roots))
    },
    learn(scheme, roots, estimate) {
      const known = samples.get(scheme) ?? new Map<number, bigint>()
      samples.set(scheme, known)
      const before = known.get(roots) ?? 0n
      known.set(roots, estimate > before ? estimate : before)
    },
  }
}

const withMargin = (gas: bigint) => (gas * MARGIN_PERCENT) / 100n

function nearest(known: ReadonlyMap<number, bigint> | undefined, roots: number, step: 1 | -1) {
  for (let at = roots + step; at >= 1 && at <= MAX_SUBMISSION_ROOTS; at += step) {
    const estimate = known?.get(at)
    if (estimate !== undefined) return { roots: at, estimate }
  }
  return null
}

/** A limit for what cannot be estimated yet because transactions before it are not mined. */
export const generousLimit = (roots: number) => 400_000n + MOST_PER_ROOT * BigInt(roots)

/** The node's own estimate, at the latest block. Throws RpcRefusal with the registry's error if the call would fail. */
export async function estimateGas(rpc: Rpc, from: Hex, to: Hex, data: Hex): Promise<bigint> {
  return rpcQuantity(await rpc.request("eth_estimateGas", [{ from, to, data }, "latest"]), "eth_estimateGas")
}
