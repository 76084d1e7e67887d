import { createRequire } from "node:module"
import hardhatMocha from "@nomicfoundation/hardhat-mocha"
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers"
import hardhatViem from "@nomicfoundation/hardhat-viem"
import hardhatViemAssertions from "@nomicfoundation/hardhat-viem-assertions"
import { defineConfig } from "hardhat/config"

// soljson.js of the npm package `solc`: the compiler comes from the lockfile, nothing is downloaded
const solc = { version: "0.8.37", path: createRequire(import.meta.url).resolve("solc/soljson.js") }

const settings = (viaIR: boolean, details = {}, runs = 1_000_000) => ({
  ...solc,
  settings: { evmVersion: "osaka", viaIR, optimizer: { enabled: true, runs, details } },
})
// Unrolled assembly: stack slots found by the new code generator, but without the Yul optimizer, which undoes the schedule
const unrolled = settings(true, { yul: false })

export default defineConfig({
  plugins: [hardhatViem, hardhatViemAssertions, hardhatMocha, hardhatNetworkHelpers],
  solidity: {
    compilers: [settings(true)],
    overrides: {
      // three keys and its texts leave room for code that is short rather than fast; proofs cost what they cost
      "contracts/ClaimRegistry.sol": settings(true, {}, 200),
      "contracts/lib/Ed25519.sol": unrolled,
      "contracts/lib/Ed25519Table.sol": unrolled,
      "contracts/lib/PoseidonT3.sol": unrolled,
      "contracts/test/Ed25519Harness.sol": unrolled,
      // compiled together with what is unrolled, which the new code generator cannot do with its Yul optimizer on
      "contracts/test/AnchorRegistry.t.sol": unrolled,
      "contracts/test/Fleet.t.sol": unrolled,
      // the same code as in the test that creates it, or its calls are not found
      "contracts/test/Actors.sol": unrolled,
    },
  },
  networks: {
    default: { type: "edr-simulated", chainType: "l1", hardfork: "osaka", chainId: 31337 },
  },
  test: { mocha: { timeout: 60_000 }, solidity: { fuzz: { runs: 256 }, invariant: { runs: 64, depth: 50 } } },
})
