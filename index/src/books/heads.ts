import { type Anchored, foldHead, type Hex } from "@wattest/protocol"
import { BooksBroken } from "./broken.ts"

/** Where a ledger stands: the number of its anchored runs and the head of their chain. */
export type Standing = { readonly length: number; readonly head: Hex }

export const EMPTY: Standing = { length: 0, head: `0x${"00".repeat(32)}` }

const hexOf = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`

/** An anchor and the block that holds it. */
export type PlacedAnchor = {
  readonly block: number
  readonly fact: Pick<Anchored, "ledger" | "root" | "position" | "head">
}

/**
 * Folds anchors, in the chain's order, onto where their ledgers stood, and gives where these stand then. A root that was
 * left out, moved or changed gives another head. Throws {@link BooksBroken} at the first anchor that does not follow.
 */
export function foldAnchors(
  before: ReadonlyMap<Hex, Standing>,
  anchors: readonly PlacedAnchor[],
): ReadonlyMap<Hex, Standing> {
  const after = new Map<Hex, Standing>()
  for (const { block, fact } of anchors) {
    const { ledger, root, position, head } = fact
    const at = after.get(ledger) ?? before.get(ledger) ?? EMPTY
    if (position !== BigInt(at.length))
      throw new BooksBroken(ledger, `ledger ${ledger}: block ${block} anchors position ${position}, not ${at.length}`)
    const folded = hexOf(foldHead(BigInt(at.head), BigInt(root)))
    if (folded !== head)
      throw new BooksBroken(
        ledger,
        `ledger ${ledger}: position ${position} of block ${block} gives head ${folded}, not ${head}`,
      )
    after.set(ledger, { length: at.length + 1, head })
  }
  return after
}
