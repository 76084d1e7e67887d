export { RELAYER_DEFAULTS, type RelayerConfig } from "./config.ts"
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
export { createRelayer, type Relayer } from "./relayer.ts"
export type { Status } from "./status.ts"
export type { StoreLocation } from "./store/open.ts"
