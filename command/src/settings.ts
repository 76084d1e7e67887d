/**
 * Where values come from that many commands need: one name in the environment and one in the profile, whatever the
 * command. A table spreads a row into its slot: `required(address, "…", FROM.registry)`.
 */
export const FROM = {
  chain: { environment: "WATTEST_CHAIN", profile: "chain" },
  rpc: { environment: "WATTEST_RPC", profile: "rpc" },
  registry: { environment: "WATTEST_REGISTRY", profile: "registry" },
  claims: { environment: "WATTEST_CLAIMS", profile: "claims" },
  operator: { environment: "WATTEST_OPERATOR", profile: "operator" },
  voucher: { environment: "WATTEST_VOUCHER", profile: "voucher" },
  ledger: { environment: "WATTEST_LEDGER", profile: "ledger" },
  relayer: { environment: "WATTEST_RELAYER", profile: "relayer" },
  index: { environment: "WATTEST_INDEX", profile: "index" },
  home: { environment: "WATTEST_HOME", profile: "home" },
  key: { environment: "WATTEST_KEY", profile: "key" },
} as const
