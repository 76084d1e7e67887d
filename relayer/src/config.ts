import type { TransactionSigner } from "@wattest/chain"
import { PORTS } from "@wattest/command"
import type { Hex } from "@wattest/protocol"
import type { IntakeLimits } from "./http/intake.ts"
import type { PromiseSigner } from "./http/promise.ts"
import type { SenderPolicy } from "./sender/context.ts"
import type { StoreLocation } from "./store/open.ts"

export type RelayerConfig = {
  readonly rpcUrls: readonly string[]
  /** Bound on one request to one endpoint. */
  readonly rpcTimeoutMs: number
  readonly chainId: number
  readonly registry: Hex
  readonly store: StoreLocation
  /** Pays for the transactions. */
  readonly signer: TransactionSigner
  /** Signs the promises; holds no ether. */
  readonly promiser: PromiseSigner
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  readonly limits: IntakeLimits
  readonly policy: SenderPolicy
  /** How often the relayer looks at the chain. */
  readonly pollMs: number
}

/** What may be left out, with what then holds. */
export const RELAYER_DEFAULTS = {
  rpcTimeoutMs: 10_000,
  listen: { host: "127.0.0.1", port: PORTS.relayer },
  limits: { perDevicePerSecond: 2, perDeviceBurst: 64, backlog: 200_000, promiseSeconds: 6 * 3600 },
  policy: { fees: { cap: 200_000_000_000, minTip: 1_000_000 }, blocksInFlight: 3, stuckBlocks: 3 },
  pollMs: 1000,
} as const satisfies Partial<RelayerConfig>
