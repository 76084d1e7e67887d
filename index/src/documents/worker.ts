import { parentPort } from "node:worker_threads"
import { nodeSignatures } from "@wattest/protocol/node"
import { type ChainBlock, parsePolicy, Undetermined } from "@wattest/verifier"
import { type DocumentKind, type JudgedDocument, judgedDocument } from "./judged.ts"

/** What the thread is given, and what it asks and answers: blocks are asked of whoever started it. */
export type Task = { readonly bytes: Uint8Array; readonly kind: DocumentKind; readonly policy: Uint8Array }
export type ToThread =
  | { readonly task: Task }
  | { readonly asked: number; readonly block: ChainBlock | null | "unknown" }
export type FromThread =
  | { readonly ask: number; readonly chainId: number; readonly number: bigint }
  | { readonly judged: JudgedDocument }

const waiting = new Map<number, (block: ChainBlock | null | "unknown") => void>()
const say = (message: FromThread) => parentPort?.postMessage(message)

/** Asks for a block by a number of the question. */
async function blockAt(chainId: number, number: bigint): Promise<ChainBlock | null> {
  const ask = waiting.size
  const block = await new Promise<ChainBlock | null | "unknown">((resolve) => {
    waiting.set(ask, resolve)
    say({ ask, chainId, number })
  })
  if (block === "unknown") throw new Undetermined("CHAIN_UNAVAILABLE", `block ${number} of chain ${chainId}`)
  return block
}

async function judgeTask({ bytes, kind, policy }: Task): Promise<void> {
  const readers = { signatures: nodeSignatures, chain: { blockAt } }
  say({ judged: await judgedDocument(bytes, kind, { policy: parsePolicy(policy), readers }) })
}

parentPort?.on("message", (message: ToThread) => {
  if ("task" in message) void judgeTask(message.task)
  else waiting.get(message.asked)?.(message.block)
})
