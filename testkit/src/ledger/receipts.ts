import { ANCHORS_ABI, createRpc, proveVouch, readHeader, readReceipts, receiptKey } from "@wattest/chain"
import { type AnchorReceipt, fromHex, parseAnchored, submissionMessage, toHex } from "@wattest/protocol"
import { createPublicClient, encodeEventTopics, http } from "viem"
import type { Device } from "./archive.ts"
import type { LedgerOnChain } from "./ledger.ts"

/** The receipt of an anchored run with a proof from its block, as a relayer gives it. */
export async function receiptOnChain(ledger: LedgerOnChain, device: Device, run: bigint): Promise<AnchorReceipt> {
  const client = createPublicClient({ transport: http(ledger.chain.url) })
  const topics = encodeEventTopics({ abi: ANCHORS_ABI, eventName: "Anchored", args: { device: device.id, run } })
  const filter = { address: ledger.registry, fromBlock: "0x0", toBlock: "latest", topics } as const
  const [log] = await client.request({ method: "eth_getLogs", params: [filter] })
  if (!log?.blockNumber || !log.transactionIndex) throw new Error(`run ${run} is not anchored`)
  const header = readHeader(await client.request({ method: "eth_getBlockByNumber", params: [log.blockNumber, false] }))
  const raw = await client.request({ method: "eth_getBlockReceipts" as never, params: [log.blockNumber] as never })
  const { receipts, trie } = readReceipts(header, raw)
  const index = Number(log.transactionIndex)
  const logs = receipts[index]?.logs ?? []
  const logIndex = logs.findIndex((entry) => entry.topics.join() === log.topics.join())
  const { root, position, head, ...told } = parseAnchored({ topics: log.topics, data: fromHex(log.data) })
  const through = Number(told.through)
  const { chainId, registry } = ledger.target
  const submitted = { firstRun: run, roots: [root], through }
  const signature = device.sign(submissionMessage({ chainId, registry }, device.id, submitted))
  const { operator, voucher } = ledger
  const state = await proveVouch({ rpc: createRpc([ledger.chain.url], 10_000), registry }, device.id, voucher)
  return {
    submission: { chainId, registry, device: device.key, ...submitted, signature },
    anchor: {
      ...{ chainId, registry, operator, voucher, transactionIndex: index, logIndex, position, head },
      ...{ blockNumber: BigInt(header.number), anchoredAt: header.time },
    },
    proof: { anchored: { header: toHex(header.rlp), index, nodes: trie.prove(receiptKey(index)).map(toHex) }, state },
  }
}
