import { readFileSync } from "node:fs"
import { createConfig } from "ponder"

/** The test says where the chain is, and what the compiler made of the contract. */
const { CHAIN_URL, REGISTRY, ABI_FILE } = process.env

export default createConfig({
  chains: { local: { id: 31337, rpc: CHAIN_URL } },
  contracts: {
    Registry: { chain: "local", abi: JSON.parse(readFileSync(ABI_FILE, "utf8")), address: REGISTRY, startBlock: 0 },
  },
})
