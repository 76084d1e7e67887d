import {
  type Anchored,
  encodeCheckpointBefore,
  fromHex,
  type Hex,
  parseAnchored,
  parseCheckpointBefore,
  Rejection,
} from "@wattest/protocol"
import { Undetermined } from "../verdict.ts"
import { askBlock, type BlockAnswer, unavailable } from "./block.ts"
import type { Rpc } from "./json-rpc.ts"

/** A registry as one node tells of it, up to a block that is final to it. */
export type RegistryAt = { readonly rpc: Rpc; readonly registry: Hex; readonly final: BlockAnswer }

/** From the first second on, up to but without the last. Unix seconds. */
export type Span = { readonly from: number; readonly to: number }

const quantity = (value: bigint) => `0x${value.toString(16)}`

/** What is no text is no hexadecimal one either: it is not even looked at. */
const hexOf = (value: unknown): Hex => (typeof value === "string" ? (value as Hex) : "0x")

/** Reads by the protocol what a node answered: what does not have its form is no answer. */
function readFrom<T>(rpc: Rpc, what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Rejection) throw unavailable(rpc, `its ${what} is none: ${error.detail}`)
    throw error
  }
}

/** How many anchors a ledger had before a time. */
async function lengthBefore({ rpc, registry, final }: RegistryAt, ledger: Hex, time: number): Promise<bigint> {
  const call = { to: registry, data: encodeCheckpointBefore(ledger, time) }
  const answer = await rpc.call("eth_call", [call, quantity(final.number)])
  return readFrom(rpc, "checkpoint", () => parseCheckpointBefore(hexOf(answer)).length)
}

/** The first block of a time or later; the one behind the final block where there is none. */
async function firstBlockOf({ rpc, final }: RegistryAt, time: number): Promise<bigint> {
  let [low, high] = [0n, final.number + 1n]
  while (low < high) {
    const middle = (low + high) / 2n
    const block = await askBlock(rpc, quantity(middle))
    if (block === null) throw unavailable(rpc, `it has no block ${middle}`)
    if (block.timestamp >= time) high = middle
    else low = middle + 1n
  }
  return low
}

function readLog(rpc: Rpc, value: unknown): Anchored {
  const { topics, data } = (value ?? {}) as { readonly topics?: unknown; readonly data?: unknown }
  if (!Array.isArray(topics)) throw unavailable(rpc, "its answer is no log")
  return readFrom(rpc, "log", () => parseAnchored({ topics: topics.map(hexOf), data: fromHex(hexOf(data)) }))
}

/** Logs of blocks from `first` to `last`; the question is halved until the node answers it. */
async function logsIn(
  at: RegistryAt,
  topics: readonly Hex[],
  first: bigint,
  last: bigint,
): Promise<readonly unknown[]> {
  if (first > last) return []
  try {
    const range = { fromBlock: quantity(first), toBlock: quantity(last) }
    const logs = await at.rpc.call("eth_getLogs", [{ address: at.registry, topics, ...range }])
    if (Array.isArray(logs)) return logs
    throw unavailable(at.rpc, "its answer is no list of logs")
  } catch (error) {
    if (!(error instanceof Undetermined) || first === last) throw error
    const middle = (first + last) / 2n
    return [...(await logsIn(at, topics, first, middle)), ...(await logsIn(at, topics, middle + 1n, last))]
  }
}

/**
 * The anchors of a ledger whose block's time is in the span, in the order of their positions: each position of the ledger
 * between its checkpoints, and no other, or CHAIN_UNAVAILABLE.
 */
export async function anchorsIn(
  at: RegistryAt,
  ledger: Hex,
  { from, to }: Span,
  topic: Hex,
): Promise<readonly Anchored[]> {
  const [low, high] = [await lengthBefore(at, ledger, from), await lengthBefore(at, ledger, to)]
  if (low === high) return []
  const [first, behind] = [await firstBlockOf(at, from), await firstBlockOf(at, to)]
  const anchors = (await logsIn(at, [topic, ledger], first, behind - 1n)).map((log) => readLog(at.rpc, log))
  const isWhole =
    BigInt(anchors.length) === high - low &&
    anchors.every((anchor, i) => anchor.ledger === ledger && anchor.position === low + BigInt(i))
  if (!isWhole) throw unavailable(at.rpc, `its logs are not the anchors ${low} to ${high - 1n} of ledger ${ledger}`)
  return anchors
}
