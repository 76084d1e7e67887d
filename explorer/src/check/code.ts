import { keccak_256 } from "@noble/hashes/sha3.js"
import { fromHex, type Hex, toHex } from "@wattest/protocol"
import { Unread } from "../books/books.ts"
import { createNodes } from "../books/node.ts"

/** Keccak-256 of a contract's code, as the reader's nodes have it. Throws Unread. */
export async function codeDigest(nodes: readonly string[], contract: Hex): Promise<Hex> {
  try {
    const code = await createNodes(nodes).request("eth_getCode", [contract, "finalized"])
    if (typeof code === "string" && /^0x(?:[0-9a-f]{2})+$/.test(code)) return toHex(keccak_256(fromHex(code as Hex)))
  } catch {
    // said below, with what to do about it
  }
  throw new Unread(`your node gives no code of ${contract}`, "Name another node in Settings.")
}
