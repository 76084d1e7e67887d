import { createRpc, firstBlock, type Rpc, RpcRefusal, rpcNumber } from "@wattest/chain"
import { type Context, EXIT, type Hex, jsonLine, type Outcome, rows, UsageError } from "@wattest/command"
import { DEPLOYMENTS, plural } from "@wattest/protocol"
import { keepHeapSmall } from "@wattest/store"
import type { Contracts } from "../books/state.ts"
import type { Fault } from "../chain/logs.ts"
import { createIndexer, type IndexEvents, type Indexer } from "../indexer.ts"
import { forget } from "../store/forget.ts"
import { type Db, openIndex } from "../store/open.ts"
import { countsOf } from "../store/standing.ts"

export type Followed = {
  readonly chain: number | undefined
  readonly rpc: string | undefined
  readonly registry: Hex | undefined
  readonly claims: Hex | undefined
  readonly "from-block": number | undefined
  readonly "silence-hours": number
  readonly store: string
}

const TIMEOUT_MS = 30_000

export type Opened = {
  readonly rpc: Rpc
  readonly db: Db
  readonly indexer: Indexer
  readonly chainId: number
  readonly contracts: Contracts
}

/** Opens the store and finds the contracts. Throws a UsageError where none is named or known, or the node is of another chain. */
export async function open(
  options: Followed,
  { environment }: Pick<Context, "environment">,
  events: IndexEvents,
): Promise<Opened> {
  keepHeapSmall()
  const urls = options.rpc?.split(",") ?? []
  if (urls.length === 0) throw new UsageError("no node of the chain is named", "give --rpc URL, or several with commas")
  const rpc = createRpc(urls, TIMEOUT_MS)
  const chainId = rpcNumber(await rpc.request("eth_chainId", []), "eth_chainId")
  if (options.chain !== undefined && options.chain !== chainId)
    throw new UsageError(
      `the node serves chain ${chainId}, not ${options.chain}`,
      "name a node of that chain with --rpc",
    )
  const contracts = contractsOf(options, chainId)
  const { DATABASE_URL: databaseUrl } = environment
  const db = await openIndex(databaseUrl === undefined ? { file: options.store } : { databaseUrl })
  const firstOf = options["from-block"] ?? (await deployedAt(rpc, contracts.registry))
  const silenceHours = options["silence-hours"]
  const indexer = createIndexer({ rpc, db, chainId, contracts, firstBlock: firstOf, silenceHours, events })
  return { rpc, db, indexer, chainId, contracts }
}

function contractsOf({ registry, claims }: Followed, chainId: number): Contracts {
  const known = DEPLOYMENTS[chainId]
  const anchors = registry ?? known?.registry
  if (anchors === undefined)
    throw new UsageError(`no registry is known on chain ${chainId}`, "give --registry ADDRESS or set WATTEST_REGISTRY")
  return { registry: anchors, claims: claims ?? known?.claims ?? null }
}

/** The block that the registry came with; 0 where the node keeps no old states to look at. */
async function deployedAt(rpc: Rpc, registry: Hex): Promise<number> {
  const last = rpcNumber(await rpc.request("eth_blockNumber", []), "eth_blockNumber")
  const hasCode = async (number: number) =>
    (await rpc.request("eth_getCode", [registry, `0x${number.toString(16)}`])) !== "0x"
  try {
    const found = await firstBlock(last, hasCode)
    if (found === null)
      throw new UsageError(
        `there is no contract at ${registry}`,
        "check --registry and --rpc, or deploy: wattest deploy",
      )
    return found
  } catch (error) {
    if (error instanceof RpcRefusal) return 0
    throw error
  }
}

type Following = Followed & { readonly again: boolean }

/** Takes what is final by now and says how far the books go. */
export async function follow(options: Following, context: Context): Promise<Outcome> {
  const faults: Fault[] = []
  const { terminal, json } = context
  const opened = await open(options, context, {
    blamed: (fault) => faults.push(fault),
    taken: ({ to, final, runs }) => terminal.say(`block ${to} of ${final}: ${plural(runs, "run")}\n`),
  })
  try {
    if (options.again) {
      await forget(opened.db)
      terminal.say("what was taken is forgotten: all of it is taken again\n")
    }
    const { final } = await opened.indexer.look()
    const found = { block: final.number, hash: final.hash, ...(await countsOf(opened.db)), faults }
    terminal.print(json ? jsonLine(found) : rows(Object.entries(found).map(([name, value]) => [name, textOf(value)])))
    return { exit: EXIT.done }
  } finally {
    await opened.db.kysely.destroy()
  }
}

const textOf = (value: unknown) =>
  Array.isArray(value)
    ? (value as Fault[]).map(({ place, reason }) => `endpoint ${place + 1}: ${reason}`).join("; ") || "none"
    : `${value}`
