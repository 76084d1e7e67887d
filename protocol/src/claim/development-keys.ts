import type { Hex } from "../encoding/bytes.ts"

/**
 * Digests (`verificationKeyDigest`) of the keys that `npm run keys` makes. Their secret is public: whoever accepts them
 * accepts forged proofs, so a policy must allow them by name.
 */
export const DEVELOPMENT_KEYS: { readonly [circuit in "fold" | "open" | "join" | "bound"]: Hex } = {
  fold: "0x758dcb19ba44f764877ac19addf1fee3caa25bec46208685cfce51cc64ba9e68",
  open: "0x793b1d0291393f97654cdc132f5469c76b95120de48799821097a6d858476bd6",
  join: "0x5661a6548fbbe800a3cb0670d9ae53c0333c6b81718db14989118e4c0222422a",
  bound: "0x54b45990cae12fa616419ac7ad69fd60a3a08f883a5ab32412c5649b5e6cec1a",
}
