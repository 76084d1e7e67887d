import { blockParameter, type Header, type Rpc, RpcLie, readHeader, rpcNumber, rpcObject } from "@wattest/chain"
import { agreedHeader, type Fault } from "./logs.ts"

/** A node whose final block lies further below the others' is behind. */
const LAG_BLOCKS = 32

/**
 * The block up to which the chain is final by the word of most endpoints, the lower of two: a node that runs ahead cannot
 * make a block final, one that lags is named. Every endpoint that has the block must name the same.
 */
export async function finalHeader(rpc: Rpc, blame: (fault: Fault) => void): Promise<Header> {
  const answers = await rpc.everywhere("eth_getBlockByNumber", [blockParameter("finalized"), false])
  const heights = answers.flatMap((answer, place) => {
    if (answer.status === "rejected" || answer.value === null) return []
    return [{ place, number: rpcNumber(rpcObject(answer.value, "block").number, "block.number") }]
  })
  const sorted = heights.map(({ number }) => number).sort((a, b) => b - a)
  const agreed = sorted[Math.floor(sorted.length / 2)]
  if (agreed === undefined) throw new RpcLie("no endpoint names a final block")
  const highest = sorted[0] ?? agreed
  for (const { place, number } of heights)
    if (highest - number > LAG_BLOCKS) blame({ place, reason: `it is ${highest - number} blocks behind` })
  return agreedHeader(rpc, agreed)
}

/** The newest block of the endpoint that answers first. */
export async function tipNumber(rpc: Rpc): Promise<number> {
  return readHeader(await rpc.request("eth_getBlockByNumber", [blockParameter("latest"), false])).number
}
