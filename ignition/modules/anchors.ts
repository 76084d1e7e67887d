import { buildModule } from "@nomicfoundation/hardhat-ignition/modules"

/** The registry of anchors and the three contracts of arithmetic that it calls. */
export default buildModule("Anchors", (m) => {
  const ed25519 = m.contract("Ed25519")
  const ed25519Table = m.contract("Ed25519Table")
  const poseidon = m.contract("PoseidonT3")
  const registry = m.contract("AnchorRegistry", [ed25519, ed25519Table, poseidon])
  return { ed25519, ed25519Table, poseidon, registry }
})
