import type { Hex } from "../encoding/bytes.ts"

/**
 * Digests (`verificationKeyDigest`) of the keys that `npm run keys` makes. Their secret is public: whoever accepts them
 * accepts forged proofs, so a policy must allow them by name.
 */
export const DEVELOPMENT_KEYS: { readonly [circuit in "fold" | "open" | "bound"]: Hex } = {
  fold: "0xb6f550b7b8ed43fd2c4df6e32ec68d93a6199a326835c607c011773df9c6e95c",
  open: "0x3aca4387d3ea3d08b07b7bb511803e80f3c9e83d19beadf5e5f037b323a9e9ff",
  bound: "0xe964d08b593bf74a80c0303a553021b5b0bf519068b2b86fea3c47aa89b2d613",
}
