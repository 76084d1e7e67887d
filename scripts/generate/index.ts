import { ed25519Base } from "./ed25519.ts"
import { ed25519Columns } from "./ed25519-columns.ts"
import { poseidonT3 } from "./poseidon/emit.ts"
import { poseidonPlans } from "./poseidon/plans.ts"
import { sha512Block } from "./sha512.ts"

/** Every generated source file by its path from the repository's root. */
export const generated = (): Record<string, string> => ({
  "contracts/lib/Ed25519Base.sol": ed25519Base(),
  "contracts/lib/Ed25519Columns.sol": ed25519Columns(),
  "contracts/lib/PoseidonT3.sol": poseidonT3(),
  "contracts/lib/Sha512Block.sol": sha512Block(),
  "protocol/src/generated/poseidon-plans.ts": poseidonPlans(),
})
