import {
  type DeviceName,
  EXTRACT_TYPE,
  type Extract,
  type Hex,
  type LedgerName,
  type ReceiptProof,
  readDeviceStanding,
  readLedgerStanding,
  readWordFor,
  toHex,
} from "@wattest/protocol"
import { fetchReceipts } from "../blocks.ts"
import type { Header } from "../header.ts"
import { eventsOf } from "../registry.ts"
import type { Rpc } from "../rpc/endpoints.ts"
import { RpcLie } from "../rpc/values.ts"
import { proveReading } from "./ledger-state.ts"
import { receiptKey } from "./receipts.ts"

/** The registry of anchors, and the final block as of which storage is proved. */
export type ExtractSource = {
  readonly rpc: Rpc
  readonly chainId: number
  readonly registry: Hex
  readonly block: Header
}

/** Where a run's anchor stands. `holder`: the header of its block. */
export type RunName = DeviceName & { readonly run: number; readonly holder: Header; readonly transaction: Hex }

const books = ({ chainId, registry }: ExtractSource) => ({ mediaType: EXTRACT_TYPE, chainId, registry }) as const

export async function extractDevice(source: ExtractSource, name: DeviceName): Promise<Extract> {
  const { value, state } = await proveReading(source, source.block, (read) => readDeviceStanding(read, name))
  const { ledger: _, boundary, ...standing } = value
  if (boundary === null) throw new RpcLie(`the node has device ${name.device} at no boundary`)
  return { kind: "device", ...books(source), ...name, ...standing, boundary, state }
}

export async function extractLedger(source: ExtractSource, name: LedgerName): Promise<Extract> {
  const { value, state } = await proveReading(source, source.block, (read) => readLedgerStanding(read, name))
  return { kind: "ledger", ...books(source), ...name, ...value, state }
}

export async function extractRun(
  source: ExtractSource,
  { holder, transaction, run, ...name }: RunName,
): Promise<Extract> {
  const { value, state } = await proveReading(source, source.block, (read) => readWordFor(read, name))
  const { event, anchored } = await findAnchor(source, { holder, transaction, run, device: name.device })
  const { root, head, position, through, transactionIndex, logIndex } = event
  return {
    ...{ kind: "run", ...books(source), ...name, ...value, run, root, head, position: Number(position), through },
    ...{ anchoredAt: holder.time, blockNumber: holder.number, transactionIndex, logIndex, anchored, state },
  }
}

type Anchored = Pick<RunName, "holder" | "transaction" | "run" | "device">

/** The event that anchored a run, and the proof of its receipt. */
async function findAnchor({ rpc, registry }: ExtractSource, { holder, transaction, run, device }: Anchored) {
  const { receipts, trie } = await fetchReceipts(rpc, holder)
  const index = receipts.findIndex((receipt) => receipt.transaction === transaction)
  const receipt = receipts[index]
  const events = receipt === undefined ? [] : eventsOf(registry, receipt)
  const event = events.find((found) => found.kind === "anchored" && found.device === device && found.run === run)
  if (event?.kind !== "anchored")
    throw new RpcLie(`block ${holder.number} does not hold run ${run} of device ${device}`)
  const nodes = trie.prove(receiptKey(index)).map(toHex)
  const anchored: ReceiptProof = { header: toHex(holder.rlp), index, nodes }
  return { event, anchored }
}
