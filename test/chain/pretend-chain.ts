import assert from "node:assert/strict"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { ANCHORS_ABI, createTrie, encodeReceipt, type Rpc, RpcRefusal, receiptKey } from "@wattest/chain"
import { encodeHeader, type HeaderFields, type Hex, toHex } from "@wattest/protocol"
import { encodeAbiParameters, encodeEventTopics } from "viem"

const zeros = (bytes: number): Hex => `0x${"00".repeat(bytes)}`
export const hex = (value: bigint | number): Hex => `0x${value.toString(16)}`

export const bytes32 = (byte: string): Hex => `0x${byte.repeat(32)}`
export const REGISTRY: Hex = `0x${"11".repeat(20)}`
export const DEVICE = bytes32("aa")

export type PretendLog = { readonly address: Hex; readonly topics: readonly Hex[]; readonly data: Hex }

type EventName = Extract<(typeof ANCHORS_ABI)[number], { type: "event" }>["name"]

/** An event of the registry; what is not said of it is zeros. */
export function logOf(
  eventName: EventName,
  said: { readonly device?: Hex; readonly run?: number; readonly ledger?: Hex },
) {
  const event = ANCHORS_ABI.find((member) => member.type === "event" && member.name === eventName)
  assert.ok(event?.type === "event")
  const zero = (type: string) =>
    type === "bytes32" ? zeros(32) : type === "address" ? zeros(20) : type === "bytes" ? "0x" : 0n
  const values = Object.fromEntries(event.inputs.map(({ name, type }) => [name, zero(type)]))
  const args = { ...values, ...said, ...(said.run !== undefined && { run: BigInt(said.run) }) }
  const plain = event.inputs.filter((input) => !("indexed" in input && input.indexed))
  const log: PretendLog = {
    address: REGISTRY,
    topics: encodeEventTopics({ abi: ANCHORS_ABI, eventName, args } as Parameters<
      typeof encodeEventTopics
    >[0]) as Hex[],
    data: encodeAbiParameters(plain, plain.map(({ name }) => args[name as keyof typeof args]) as never),
  }
  return log
}

type NodeReceipt = { readonly [name: string]: unknown; readonly logs: readonly PretendLog[] }

/** A block as a node tells it, with the receipts under it. */
export type PretendBlock = {
  readonly number: number
  readonly hash: Hex
  readonly told: { readonly [name: string]: unknown }
  readonly receipts: readonly NodeReceipt[]
}

type Content = {
  /** The logs of each transaction. */
  readonly logs?: readonly (readonly PretendLog[])[]
  readonly time?: number
  /** Tells blocks of one height apart. */
  readonly salt?: Hex
}

/** A block on another one, or the first: its hash is that of its header, and its receipts hash to it. */
export function blockOn(parent: PretendBlock | null, { logs = [], time, salt = "0x" }: Content = {}): PretendBlock {
  const number = parent === null ? 0 : parent.number + 1
  // A bloom of ones excludes nothing.
  const logsBloom: Hex = logs.length > 0 ? `0x${"ff".repeat(256)}` : zeros(256)
  const receipts = logs.map((entries, i) => ({
    ...{ transactionHash: toHex(keccak_256(new TextEncoder().encode(`${salt} ${number} ${i}`))), type: "0x2" },
    ...{ transactionIndex: hex(i), status: "0x1", cumulativeGasUsed: hex(100 * (i + 1)), gasUsed: "0x64", logsBloom },
    logs: entries,
  }))
  const trie = createTrie(receipts.map((receipt, i) => ({ key: receiptKey(i), value: encodeReceipt(receipt) })))
  const fields: HeaderFields = {
    ...{ parentHash: parent?.hash ?? zeros(32), sha3Uncles: zeros(32), miner: zeros(20), stateRoot: zeros(32) },
    ...{ transactionsRoot: zeros(32), receiptsRoot: toHex(trie.root), logsBloom, difficulty: 0n },
    ...{ number: BigInt(number), gasLimit: 30_000_000n, gasUsed: 0n, timestamp: BigInt(time ?? 1000 + 2 * number) },
    ...{ extraData: salt, mixHash: zeros(32), nonce: zeros(8), baseFeePerGas: 7n },
  }
  const hash = toHex(keccak_256(encodeHeader(fields)))
  const told = Object.entries(fields).map(([name, value]) => [name, typeof value === "bigint" ? hex(value) : value])
  const transactions = receipts.map(({ transactionHash }) => transactionHash)
  return { number, hash, receipts, told: { ...Object.fromEntries(told), hash, transactions } }
}

/** So many blocks on one, what is in each by its number. */
export function grown(
  chain: readonly PretendBlock[],
  to: number,
  contentOf: (number: number) => Content = () => ({}),
): readonly PretendBlock[] {
  const blocks = [...chain]
  for (let number = blocks.length; number <= to; number++)
    blocks.push(blockOn(blocks.at(-1) ?? null, contentOf(number)))
  return blocks
}

/** What a node has, and what it calls final; null: it names no such block. */
export type PretendNode = {
  blocks: readonly PretendBlock[]
  finalized: number | null
  /** Answers in the node's place, or throws; undefined: the node answers. */
  instead?: (method: string, params: readonly unknown[]) => unknown
}

type Filter = { readonly address: Hex; readonly topics: readonly (Hex | null)[]; fromBlock: Hex; toBlock: Hex }

function answer(node: PretendNode, method: string, params: readonly unknown[]): unknown {
  const given = node.instead?.(method, params)
  if (given !== undefined) return given
  const [asked] = params
  const byHash = () => node.blocks.find(({ hash }) => hash === asked)
  switch (method) {
    case "eth_getBlockByNumber": {
      assert.equal(params[1], false, "nobody needs the transactions themselves")
      assert.match(String(asked), /^(?:0x(?:0|[1-9a-f][0-9a-f]*)|latest|finalized)$/)
      const number =
        asked === "latest" ? node.blocks.length - 1 : asked === "finalized" ? node.finalized : Number(asked)
      return (number === null ? undefined : node.blocks[number])?.told ?? null
    }
    case "eth_getBlockByHash":
      assert.equal(params[1], false, "nobody needs the transactions themselves")
      return byHash()?.told ?? null
    case "eth_getBlockReceipts":
      return byHash()?.receipts ?? null
    case "eth_getTransactionReceipt":
      return (
        node.blocks.flatMap(({ receipts }) => receipts).find((receipt) => receipt.transactionHash === asked) ?? null
      )
    case "eth_getLogs":
      return logsOf(node, asked as Filter)
    default:
      throw new RpcRefusal(`the method ${method} does not exist`, -32601, null)
  }
}

function logsOf({ blocks }: PretendNode, { address, topics, fromBlock, toBlock }: Filter): readonly unknown[] {
  return blocks.slice(Number(fromBlock), Number(toBlock) + 1).flatMap(({ number, receipts }) =>
    receipts
      .flatMap(({ logs }) => logs)
      .filter((log) => log.address === address && topics.every((topic, i) => topic === null || topic === log.topics[i]))
      .map((log) => ({ ...log, blockNumber: hex(number) })),
  )
}

/** Nodes that are asked as {@link Rpc} asks: the first one, or all. What was said of them is in `distrusted`. */
export function rpcOf(...nodes: readonly PretendNode[]): Rpc & { readonly distrusted: [string, number | undefined][] } {
  const distrusted: [string, number | undefined][] = []
  const first = async (method: string, params: readonly unknown[]) => answer(nodes[0] as PretendNode, method, params)
  return {
    distrusted,
    request: first,
    everywhere: (method, params) => Promise.allSettled(nodes.map(async (node) => answer(node, method, params))),
    distrust: (reason, place) => distrusted.push([reason, place]),
  }
}
