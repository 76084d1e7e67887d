import { ANCHORS_ABI, firstBlock } from "@wattest/chain"
import type { Hex } from "@wattest/command"
import type { Target } from "../target.ts"

const WIDEST = 1_048_576n

/**
 * Every account whose ledgers have a device, from the registry's own events up to the final block: what there is where no
 * index is asked. Ranges shrink where a node refuses them. `say` hears how far it is.
 */
export async function operatorsByEvents(target: Target, say: (line: string) => void): Promise<Hex[]> {
  const { client, address } = target
  const { number: final } = await client.getBlock({ blockTag: "finalized" })
  const events = ANCHORS_ABI.filter((member) => member.type === "event" && member.name === "Enrolled")
  const found = new Set<Hex>()
  let [width, toldAt] = [WIDEST, Date.now()]
  for (let from = await birthOf(target, final); from <= final; ) {
    const toBlock = from + width - 1n < final ? from + width - 1n : final
    try {
      for (const { args } of await client.getLogs({ address, events, fromBlock: from, toBlock, strict: true }))
        if ("operator" in args) found.add(args.operator.toLowerCase() as Hex)
      from = toBlock + 1n
    } catch (error) {
      if (width === 1n) throw error
      width /= 4n
    }
    if (Date.now() - toldAt > 2000) {
      toldAt = Date.now()
      say(`block ${from} of ${final}: ${found.size} operators; an index answers at once (--index URL)`)
    }
  }
  return [...found].sort()
}

/** The block that the registry came with; 0 where the node keeps no old states to look at. */
async function birthOf({ client, address }: Target, final: bigint): Promise<bigint> {
  const hasCode = async (number: number) =>
    (await client.getCode({ address, blockNumber: BigInt(number) })) !== undefined
  try {
    return BigInt((await firstBlock(Number(final), hasCode)) ?? Number(final) + 1)
  } catch {
    return 0n
  }
}
