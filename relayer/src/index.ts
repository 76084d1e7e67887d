export {
  type AnchorPromise,
  judgePromise,
  type PromiseDomain,
  type PromiseFacts,
  type PromiseSigner,
  promiseSignerOf,
  promiseTypedData,
  type SignedPromise,
} from "./http/promise.ts"
export { createRelayer, RELAYER_DEFAULTS, type Relayer, type RelayerConfig } from "./relayer.ts"
export type { TransactionSigner } from "./signer/account.ts"
export type { StoreLocation } from "./store/open.ts"
export type { Status } from "./worker.ts"
