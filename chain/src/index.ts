export * from "./abi.ts"
export * from "./account/keystore.ts"
export { openAccount, passwordFileOf, readKeystore } from "./account/open-account.ts"
export * from "./account/remote-signer.ts"
export { settled } from "./account/settled.ts"
export * from "./blocks.ts"
export * from "./follower.ts"
export * from "./header.ts"
export * from "./ledger.ts"
export * from "./proof/anchor-receipt.ts"
export * from "./proof/extracts.ts"
export * from "./proof/ledger-state.ts"
export * from "./proof/locate.ts"
export * from "./proof/published.ts"
export * from "./proof/receipts.ts"
export * from "./proof/search.ts"
export * from "./proof/state-proof.ts"
export * from "./proof/trie.ts"
export * from "./recent-map.ts"
export {
  type BlockReference,
  blockParameter,
  type ChainDevice,
  encodeSubmit,
  eventsOf,
  type RegistryAt,
  type RegistryEvent,
  readAnchorTime,
  readDevice,
  readRoots,
  registryErrorOf,
  STATES,
  view,
} from "./registry.ts"
export * from "./rpc/endpoints.ts"
export * from "./rpc/values.ts"
