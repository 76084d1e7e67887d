import {
  type AnchorPlace,
  createReceiptMaker,
  type ReceiptMaker,
  type RegistryAt,
  RpcLie,
  readDevice,
  rpcData,
  rpcNumber,
  rpcObject,
  submissionIn,
} from "@wattest/chain"
import { type AnchorReceipt, type Hex, type Json, parsePlainText, Rejection, SCHEMES, shape } from "@wattest/protocol"
import { contractAt, reached } from "../chain/ledger-reader.ts"
import { Refusal } from "../refusal.ts"
import { NOT_YET_HINT, type ReceiptSource } from "./receipts.ts"
import { askSource } from "./source.ts"

const { hex, integer, object } = shape

/** What of an index's row of a run leads to its anchor. */
const PLACE = object({ root: hex(32), position: integer(0, 2 ** 53 - 1), head: hex(32), transaction: hex(32) })
type Place = shape.TypeOf<typeof PLACE>
const STATUS = object({ chainId: integer(1, 2 ** 53 - 1), registry: hex(20) })

/** A field of an answer; null where it has none. */
function fieldOf(value: Json | undefined, name: string): Json {
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value)
  return isObject ? (new Map(Object.entries(value)).get(name) ?? null) : null
}

/** The named fields alone: an index of another version may have more. */
const only = (value: Json | undefined, ...names: readonly string[]): Json =>
  Object.fromEntries(names.map((name) => [name, fieldOf(value, name)]))

/** A page of one row is far below it. */
const MAX_ANSWER = 64 * 1024
const HINT = "check --index: it is the address of a wattest index serve"

/** Asks an index, and reads its answer. Throws SOURCE_UNREACHABLE where it is none. */
async function answerOf<T>(url: string, path: string, read: (answer: Json) => T): Promise<T> {
  const bytes = await askSource({ url, maxBytes: MAX_ANSWER, hint: HINT }, path)
  try {
    return read(parsePlainText(new TextDecoder().decode(bytes ?? new Uint8Array())))
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new Refusal("SOURCE_UNREACHABLE", `${url}: ${error.message}`, HINT)
  }
}

const statusIn = (answer: Json) => STATUS(only(answer, "chainId", "registry"), "status")

/** The one row of a page; null where it has none. */
function placeIn(answer: Json): Place | null {
  const items = fieldOf(answer, "items")
  if (!Array.isArray(items)) throw new Rejection("FIELD_MALFORMED", "items: expected a list")
  return items.length === 0 ? null : PLACE(only(items[0], "root", "position", "head", "transaction"), "items[0]")
}

type Chain = { readonly at: RegistryAt; readonly chainId: number; readonly maker: ReceiptMaker }

/** The receipt of a run whose transaction an index names. Throws as nodes fail, and RpcLie where it is not there. */
async function receiptAt({ at, chainId, maker }: Chain, id: Hex, run: bigint, named: Place): Promise<AnchorReceipt> {
  const found = await readDevice(at.rpc, at.registry, id, "finalized")
  const scheme = found.scheme === SCHEMES.p256 ? SCHEMES.p256 : SCHEMES.ed25519
  const { key, operator, voucher } = found
  const device = { id, scheme, key, operator, voucher }
  const { transaction, root, head } = named
  const sent = rpcObject(await at.rpc.request("eth_getTransactionReceipt", [transaction]), "receipt")
  const place: AnchorPlace = {
    ...{ transaction, root, head, position: BigInt(named.position) },
    blockHash: rpcData(sent.blockHash, "receipt.blockHash", 32),
    blockNumber: rpcNumber(sent.blockNumber, "receipt.blockNumber"),
    transactionIndex: rpcNumber(sent.transactionIndex, "receipt.transactionIndex"),
  }
  const submission = await submissionIn(at, transaction, chainId, device)
  if (submission === null) throw new RpcLie(`transaction ${transaction} submits nothing`)
  return maker.receiptOf({ device, run: Number(run), submission, place })
}

/**
 * Receipts of what an index says is anchored, with proofs that a node of its chain makes. Neither is believed: whoever
 * uses a receipt checks it like every other. Throws RECEIPT_MISSING where the index knows no final anchor of the run.
 */
export function indexedReceipts(index: string, rpcUrl: string): ReceiptSource {
  let chain: Promise<Chain> | undefined
  const open = async (): Promise<Chain> => {
    const { chainId, registry } = await answerOf(index, "v1/status", statusIn)
    const at = contractAt(rpcUrl, registry)
    return { at, chainId, maker: createReceiptMaker(at, chainId) }
  }
  return async (device, run) => {
    chain ??= open().catch((error) => {
      chain = undefined
      throw error
    })
    const opened = await chain
    const place = await answerOf(index, `v1/runs?device=${device}&runFrom=${run}&runTo=${run}&limit=1`, placeIn)
    if (place === null)
      throw new Refusal("RECEIPT_MISSING", `${index} knows no final anchor of run ${run}`, NOT_YET_HINT)
    return reached(receiptAt(opened, device, run, place))
  }
}
