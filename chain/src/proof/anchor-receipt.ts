import type {
  AnchorReceipt,
  DeviceKey,
  Hex,
  ReceiptProof,
  RegistryReference,
  StateProof,
  Submission,
} from "@wattest/protocol"
import { toHex } from "@wattest/protocol"
import { fetchHeaderByHash, fetchReceipts } from "../blocks.ts"
import type { Header } from "../header.ts"
import { RecentMap } from "../recent-map.ts"
import { eventsOf, type RegistryAt } from "../registry.ts"
import { RpcRefusal, RpcUnavailable } from "../rpc/endpoints.ts"
import { RpcLie } from "../rpc/values.ts"
import { type AnchorPlace, locateEnrolment, locateRevisions, locateVouch } from "./locate.ts"
import { type BlockReceipts, type Receipt, receiptKey } from "./receipts.ts"
import type { PlacedLog } from "./search.ts"
import { proveVouch } from "./state-proof.ts"

/** All that a receipt states, before it is proved. */
export type AnchoredRun = {
  readonly device: DeviceKey & { readonly id: Hex; readonly operator: Hex; readonly voucher: Hex }
  readonly run: number
  readonly submission: Submission
  readonly place: AnchorPlace
}

export type ReceiptMaker = { receiptOf(anchored: AnchoredRun): Promise<AnchorReceipt> }

type ProvableBlock = BlockReceipts & { readonly header: Header }
type LogProof = NonNullable<AnchorReceipt["proof"]["enrolled"]>

const CACHED_BLOCKS = 8
const CACHED_LOGS = 1024
const SEARCH_AGAIN_MS = 600_000

type BlockOf = (hash: Hex) => Promise<ProvableBlock>
type ProvenLog = { readonly proof: LogProof; readonly data: Hex }
type ProveLog = (key: string, locate: () => Promise<PlacedLog | null>) => Promise<ProvenLog | undefined>

/** Makes receipts with their proofs. Blocks are final and so are cached; state is proved as of the newest final block. */
export function createReceiptMaker(at: RegistryAt, chainId: number): ReceiptMaker {
  const blockOf = createBlocks(at)
  const proveLog = createLogs(at, blockOf)
  return {
    async receiptOf(anchored) {
      const { device, place } = anchored
      const { id, voucher } = device
      const anchor = anchorOf({ chainId, registry: at.registry }, await blockOf(place.blockHash), anchored)
      const [enrolled, vouched, state] = await Promise.all([
        orAbsent(proveLog(`enrolled ${id}`, () => locateEnrolment(at, device, place.blockNumber))),
        orAbsent(proveLog(`vouched ${id} ${voucher}`, () => locateVouch(at, device, place.blockNumber))),
        orAbsent<StateProof | undefined>(proveVouch(at, id, voucher)),
      ])
      const revised =
        vouched &&
        (await orAbsent(proveRevisions(at, blockOf, device, { last: place.blockNumber, vouched: vouched.data })))
      const proof = {
        anchored: await proveReceipt(blockOf, place),
        ...(enrolled && { enrolled: enrolled.proof }),
        ...(vouched && { vouched: vouched.proof }),
        ...(revised && revised.length > 0 && { revised }),
        ...(state && { state }),
      }
      return { submission: anchored.submission, anchor, proof }
    },
  }
}

/** Blocks with their receipts, the last few kept. */
function createBlocks({ rpc }: RegistryAt): BlockOf {
  const blocks = new RecentMap<Hex, Promise<ProvableBlock>>(CACHED_BLOCKS)
  const load = async (hash: Hex) => {
    const header = await fetchHeaderByHash(rpc, hash)
    if (!header) throw new RpcLie(`the node does not know block ${hash}`)
    return { header, ...(await fetchReceipts(rpc, header)) }
  }
  return (hash) => {
    const block = blocks.get(hash) ?? load(hash)
    blocks.set(hash, block)
    block.catch(() => blocks.delete(hash))
    return block
  }
}

/** A search for a log's proof: under way, ended with it, or without since `failedMs`. */
type LogSearch = { readonly proof: Promise<ProvenLog | undefined>; failedMs: number | null }

/** Proofs of logs, kept by key. A search costs many requests: one that providers could not answer is not soon repeated. */
function createLogs({ registry }: RegistryAt, blockOf: BlockOf): ProveLog {
  const searches = new RecentMap<string, LogSearch>(CACHED_LOGS)
  return (key, locate) => {
    const known = searches.get(key)
    if (known && (known.failedMs === null || Date.now() - known.failedMs < SEARCH_AGAIN_MS)) return known.proof
    const search: LogSearch = {
      proof: locate().then(async (place) =>
        place ? { proof: await proveLog(registry, blockOf, place), data: place.data } : undefined,
      ),
      failedMs: null,
    }
    const fail = () => {
      search.failedMs = Date.now()
    }
    search.proof.then(
      (proof) => proof ?? fail(),
      (error) => (error instanceof RpcRefusal ? fail() : searches.delete(key)),
    )
    searches.set(key, search)
    return search.proof
  }
}

type Revisable = { readonly id: Hex; readonly voucher: Hex }

/** The revisions before an anchor, where the document in force then is not that of the vouch. */
async function proveRevisions(
  at: RegistryAt,
  blockOf: BlockOf,
  device: Revisable,
  { last, vouched }: { readonly last: number; readonly vouched: Hex },
): Promise<readonly LogProof[]> {
  const places = await locateRevisions(at, device, last, vouched)
  return Promise.all(places.map((place) => proveLog(at.registry, blockOf, place)))
}

/** The log at a place, found again by what it says in the proved receipts. */
async function proveLog(registry: Hex, blockOf: BlockOf, place: PlacedLog): Promise<LogProof> {
  const { receipts } = await blockOf(place.blockHash)
  const inReceipt = receipts[place.transactionIndex]?.logs ?? []
  const logIndex = inReceipt.findIndex(
    ({ address, topics, data }) => address === registry && data === place.data && topics.join() === place.topics.join(),
  )
  if (logIndex < 0) throw new RpcLie(`transaction ${place.transaction} has no such log`)
  return { receipt: await proveReceipt(blockOf, place), logIndex }
}

async function proveReceipt(
  blockOf: BlockOf,
  { blockHash, transactionIndex }: Pick<PlacedLog, "blockHash" | "transactionIndex">,
): Promise<ReceiptProof> {
  const { header, trie } = await blockOf(blockHash)
  const nodes = trie.prove(receiptKey(transactionIndex)).map(toHex)
  return { header: toHex(header.rlp), index: transactionIndex, nodes }
}

function anchorOf(
  { chainId, registry }: RegistryReference,
  { header, receipts }: ProvableBlock,
  { device, run, place }: AnchoredRun,
): AnchorReceipt["anchor"] {
  const receipt = receipts[place.transactionIndex]
  const logIndex = receipt ? anchoredLogIndex(registry, receipt, device.id, run) : -1
  if (logIndex < 0) throw new RpcLie(`block ${place.blockHash} does not hold run ${run} of device ${device.id}`)
  return {
    chainId,
    registry,
    operator: device.operator,
    voucher: device.voucher,
    blockNumber: BigInt(header.number),
    transactionIndex: place.transactionIndex,
    logIndex,
    position: place.position,
    head: place.head,
    anchoredAt: header.time,
  }
}

function anchoredLogIndex(registry: Hex, receipt: Receipt, device: Hex, run: number): number {
  return (
    eventsOf(registry, receipt).find(
      (event) => event.kind === "anchored" && event.device === device && event.run === run,
    )?.logIndex ?? -1
  )
}

/** Not every node serves old logs or storage proofs: a verifier says what is then undetermined. */
async function orAbsent<T>(proof: Promise<T>): Promise<T | undefined> {
  try {
    return await proof
  } catch (error) {
    if (error instanceof RpcRefusal || error instanceof RpcUnavailable || error instanceof RpcLie) return undefined
    throw error
  }
}
