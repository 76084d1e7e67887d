import { type Rpc, RpcRefusal, RpcUnavailable } from "@wattest/chain"
import { toHex } from "@wattest/protocol"
import type { Journaled } from "../store/outbox.ts"

/** What became of a sending. `unknown`: it may have arrived; the journal has it, and sending it again is harmless. */
export type Sending = "sent" | "underpriced" | "unfunded" | "unknown" | "refused"

const WIDTH = 16

/**
 * Sends signed transactions in order of their nonces, several at once; says of each what the nodes said. Where the account
 * cannot pay for one, those behind it are left for another time: none of them can be mined before it.
 */
export async function broadcast(
  rpc: Rpc,
  entries: readonly Journaled[],
  isRepeat: boolean,
  failed: (entry: Journaled, message: string) => void,
): Promise<ReadonlyMap<number, Sending>> {
  const results = new Map<number, Sending>()
  for (let at = 0; at < entries.length; at += WIDTH) {
    const part = entries.slice(at, at + WIDTH)
    const sendings = await Promise.all(part.map((entry) => send(rpc, entry, isRepeat, failed)))
    part.forEach(({ nonce }, i) => {
      results.set(nonce, sendings[i] ?? "unknown")
    })
    if (sendings.includes("unfunded")) break
  }
  return results
}

async function send(
  rpc: Rpc,
  entry: Journaled,
  isRepeat: boolean,
  failed: (entry: Journaled, message: string) => void,
): Promise<Sending> {
  const params = [toHex(entry.raw)]
  try {
    // What did not get through at one node is given to all: the first may have kept it to itself.
    if (isRepeat) await firstSuccess(await rpc.everywhere("eth_sendRawTransaction", params))
    else await rpc.request("eth_sendRawTransaction", params)
    return "sent"
  } catch (error) {
    const sending = classify(error)
    if (sending !== "sent") failed(entry, (error as Error).message)
    return sending
  }
}

function firstSuccess(answers: readonly PromiseSettledResult<unknown>[]): void {
  const failures = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as Error] : []))
  if (failures.length < answers.length) return
  throw failures.find((error) => error instanceof RpcRefusal) ?? failures[0] ?? new RpcUnavailable("no endpoint")
}

/** Nodes have no codes for these, only words; the words are those of geth, Erigon, Nethermind, Besu, Reth and anvil. */
function classify(error: unknown): Sending {
  if (!(error instanceof RpcRefusal)) return "unknown"
  const text = error.message.toLowerCase()
  if (/already (known|imported)|known transaction|already in (mem)?pool|alreadyknown/.test(text)) return "sent"
  // The nonce is used: this transaction or one in its place is mined, and the next look at the chain tells.
  if (/nonce (is )?too low|oldnonce|nonce has already been used/.test(text)) return "sent"
  if (/underpriced|replacement|fee too low|max fee per gas less than|feetoolow/.test(text)) return "underpriced"
  if (/insufficient funds|insufficient balance|insufficientfunds/.test(text)) return "unfunded"
  return "refused"
}
