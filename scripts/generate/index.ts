import { ed25519Base } from "./ed25519.ts"
import { poseidonT3 } from "./poseidon/emit.ts"
import { sha512Block } from "./sha512.ts"

/** Every generated contract by its path from the repository's root. */
export const generated = (): Record<string, string> => ({
  "contracts/lib/Ed25519Base.sol": ed25519Base(),
  "contracts/lib/PoseidonT3.sol": poseidonT3(),
  "contracts/lib/Sha512Block.sol": sha512Block(),
})
