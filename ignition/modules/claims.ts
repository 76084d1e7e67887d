import { buildModule } from "@nomicfoundation/hardhat-ignition/modules"

/**
 * The registry of claims over a registry of anchors that is there already (parameter `anchorRegistry`), with the verifiers of
 * the committed keys. The constructor refuses development keys on every chain but local ones.
 */
export default buildModule("Claims", (m) => {
  const fold = m.contract("FoldVerifier")
  const bound = m.contract("BoundVerifier")
  const claims = m.contract("ClaimRegistry", [m.getParameter("anchorRegistry"), fold, bound])
  return { claims, fold, bound }
})
