import { chainOf, type Policy } from "../policy.ts"
import type { ChainBlock, ChainReader } from "../readers.ts"
import { Undetermined } from "../verdict.ts"
import { askBlock, askFinal } from "./block.ts"
import { createRpc, type Rpc } from "./json-rpc.ts"

async function askFinalBlock(rpc: Rpc, chainId: number, number: bigint): Promise<ChainBlock | null> {
  const final = await askFinal(rpc, chainId)
  if (final === null || final.number < number)
    throw new Undetermined(
      "NOT_FINALIZED",
      `${rpc.name}: final up to block ${final?.number ?? "none"}, asked for ${number}`,
    )
  const block = await askBlock(rpc, `0x${number.toString(16)}`)
  return block === null || block.number !== number ? null : { hash: block.hash, timestamp: block.timestamp }
}

const spellingOf = (block: ChainBlock | null) =>
  block === null ? "no such block" : `${block.hash} at ${block.timestamp}`

/**
 * Asks every node that the policy lists for a chain; they must all give the same final block. Answers are kept, failures
 * too: make a reader for each document. `deadline`: once it is aborted, nobody is asked any more and what is left is
 * CHAIN_UNAVAILABLE; without it only each single question has its limit, 10 s. `fetchOver` is for whoever reaches nodes otherwise
 * than the platform does.
 */
export function createRpcReader(
  policy: Policy,
  deadline = new AbortController().signal,
  fetchOver: typeof fetch = fetch,
): ChainReader {
  const asking = { deadline, fetch: fetchOver }
  const nodes = new Map(policy.chains.map(({ chainId, rpcs }) => [chainId, rpcs.map((url) => createRpc(url, asking))]))
  const known = new Map<string, Promise<ChainBlock | null>>()

  async function ask(chainId: number, number: bigint): Promise<ChainBlock | null> {
    const rpcs = chainOf(policy, chainId) === undefined ? [] : (nodes.get(chainId) ?? [])
    const answers = await Promise.all(rpcs.map((rpc) => askFinalBlock(rpc, chainId, number)))
    const [first] = answers
    if (first === undefined)
      throw new Undetermined("TRUST_ROOT_MISSING", `the policy lists no node of chain ${chainId}`)
    const other = answers.find((answer) => spellingOf(answer) !== spellingOf(first))
    if (other !== undefined)
      throw new Undetermined("CHAINS_DISAGREE", `block ${number}: ${spellingOf(first)} or ${spellingOf(other)}`)
    return first
  }

  return {
    blockAt(chainId, number) {
      const key = `${chainId}/${number}`
      const answer = known.get(key) ?? ask(chainId, number)
      known.set(key, answer)
      return answer
    },
  }
}
