import {
  AnswerTooLong,
  type BlockReference,
  blockParameter,
  bloomHas,
  fetchHeader,
  fetchReceipts,
  type Header,
  type Rpc,
  RpcLie,
  RpcRefusal,
  RpcUnavailable,
  rpcArray,
  rpcData,
  rpcNumber,
  rpcObject,
} from "@wattest/chain"
import { fromHex, type Hex } from "@wattest/protocol"
import { FIRST_WIDTH, MOST_BYTES, type Span } from "./width.ts"

/** A log with its place on the chain. */
export type PlacedLog = {
  readonly address: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly block: number
  readonly blockHash: Hex
  /** Among all logs of its block. */
  readonly log: number
  readonly transaction: Hex
}

/** What a node said that the chain does not bear out: `place` is its number among the endpoints. */
export type Fault = { readonly place: number; readonly reason: string }

function readLog(value: unknown, { from, to }: Span): PlacedLog {
  const log = rpcObject(value, "log")
  const block = rpcNumber(log.blockNumber, "log.blockNumber")
  if (block < from || block > to) throw new RpcLie(`a log of block ${block} where ${from} to ${to} were asked for`)
  return {
    address: rpcData(log.address, "log.address", 20),
    topics: rpcArray(log.topics, "log.topics").map((topic) => rpcData(topic, "log.topic", 32)),
    data: rpcData(log.data, "log.data"),
    block,
    blockHash: rpcData(log.blockHash, "log.blockHash", 32),
    log: rpcNumber(log.logIndex, "log.logIndex"),
    transaction: rpcData(log.transactionHash, "log.transactionHash", 32),
  }
}

const inOrder = (a: PlacedLog, b: PlacedLog) => a.block - b.block || a.log - b.log

const textOf = ({ address, topics, data, block, blockHash, log, transaction }: PlacedLog) =>
  [block, log, blockHash, transaction, address, ...topics, data].join(" ")

/** What one endpoint said: its logs in order. */
type Answer = { readonly place: number; readonly logs: readonly PlacedLog[] }

const isSame = (one: Answer, other: Answer) =>
  one.logs.length === other.logs.length && one.logs.every((log, i) => textOf(log) === textOf(other.logs[i] ?? log))

const widthOf = ({ from, to }: Span) => to - from + 1

/**
 * All logs of these contracts in a span, as every endpoint that answers has them. Where they differ, the blocks' own
 * receipts decide, held to their headers; `blame` hears which endpoints were wrong. Throws what the first endpoint threw
 * where none answers, RpcRefusal where a span is too wide for one of them, and AnswerTooLong where one has more to say than
 * is read at once: what only others say is not compared.
 */
export async function logsOf(
  rpc: Rpc,
  contracts: readonly Hex[],
  span: Span,
  blame: (fault: Fault) => void,
): Promise<readonly PlacedLog[]> {
  const range = { fromBlock: blockParameter(span.from), toBlock: blockParameter(span.to) }
  // Of one block there is no less to ask for.
  const most = widthOf(span) === 1 ? undefined : MOST_BYTES
  const settled = await rpc.everywhere("eth_getLogs", [{ address: contracts, ...range }], most)
  const answers = settled.flatMap((answer, place) => readAnswer(answer, place, span, blame))
  const [first, ...others] = answers
  if (first === undefined) throw failureOf(settled)
  for (const [place, answer] of settled.entries())
    if (answer.status === "rejected") assertNarrow(answer.reason, place, span, blame)
  if (others.every((other) => isSame(first, other))) return first.logs
  return decide(rpc, contracts, answers, blame)
}

/** Where one endpoint answers and another refuses, fewer blocks are asked for: one that refuses few is named. */
function assertNarrow(reason: unknown, place: number, span: Span, blame: (fault: Fault) => void): void {
  if (reason instanceof AnswerTooLong) throw reason
  if (!(reason instanceof RpcRefusal)) return
  if (widthOf(span) > FIRST_WIDTH.blocks) throw reason
  blame({ place, reason: `it refuses the logs of ${widthOf(span)} blocks` })
}

function readAnswer(
  answer: PromiseSettledResult<unknown>,
  place: number,
  span: Span,
  blame: (fault: Fault) => void,
): Answer[] {
  if (answer.status === "rejected") return []
  try {
    const logs = rpcArray(answer.value, "logs").map((log) => readLog(log, span))
    logs.sort(inOrder)
    return [{ place, logs }]
  } catch (error) {
    if (!(error instanceof RpcLie)) throw error
    blame({ place, reason: error.message })
    return []
  }
}

function failureOf(settled: readonly PromiseSettledResult<unknown>[]): unknown {
  const reasons = settled.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []))
  return reasons[0] ?? new RpcUnavailable("eth_getLogs: no endpoint gave an answer that can be read")
}

/** The logs of the blocks over which endpoints differ are read from receipts; every other block is as all have it. */
async function decide(
  rpc: Rpc,
  contracts: readonly Hex[],
  answers: readonly Answer[],
  blame: (fault: Fault) => void,
): Promise<readonly PlacedLog[]> {
  const byPlace = answers.map(({ place, logs }) => ({ place, blocks: Map.groupBy(logs, ({ block }) => block) }))
  const numbers = [...new Set(byPlace.flatMap(({ blocks }) => [...blocks.keys()]))].sort((a, b) => a - b)
  const told = (blocks: ReadonlyMap<number, PlacedLog[]>, number: number) =>
    (blocks.get(number) ?? []).map(textOf).join("\n")
  const decided: PlacedLog[] = []
  for (const number of numbers) {
    const texts = new Set(byPlace.map(({ blocks }) => told(blocks, number)))
    if (texts.size === 1) {
      decided.push(...(byPlace[0]?.blocks.get(number) ?? []))
      continue
    }
    const proved = await provedLogs(rpc, contracts, number)
    const truth = proved.map(textOf).join("\n")
    for (const { place, blocks } of byPlace)
      if (told(blocks, number) !== truth) blame({ place, reason: `its logs of block ${number} are not the block's` })
    decided.push(...proved)
  }
  return decided
}

/** The header that every endpoint which has the block names. Throws RpcLie where they differ. */
export async function agreedHeader(rpc: Rpc, number: number): Promise<Header> {
  const header = await fetchHeader(rpc, number)
  if (header === null) throw new RpcLie(`the node has no block ${number}; is it behind?`)
  const answers = await rpc.everywhere("eth_getBlockByNumber", [blockParameter(number as BlockReference), false])
  const hashes = answers.flatMap((answer, place) => {
    if (answer.status === "rejected" || answer.value === null) return []
    return [{ place, hash: rpcObject(answer.value, "block").hash }]
  })
  if (hashes.every(({ hash }) => hash === header.hash)) return header
  const each = hashes.map(({ place, hash }) => `endpoint ${place + 1} says ${hash}`)
  throw new RpcLie(`the endpoints name two blocks ${number}: ${each.join(", ")}`)
}

async function provedLogs(rpc: Rpc, contracts: readonly Hex[], number: number): Promise<readonly PlacedLog[]> {
  const header = await agreedHeader(rpc, number)
  if (!contracts.some((contract) => bloomHas(header.logsBloom, fromHex(contract)))) return []
  const { receipts } = await fetchReceipts(rpc, header)
  const all = receipts.flatMap(({ logs, transaction }) => logs.map((log) => ({ ...log, transaction })))
  return all.flatMap((log, index) =>
    contracts.includes(log.address) ? [{ ...log, log: index, block: number, blockHash: header.hash }] : [],
  )
}
