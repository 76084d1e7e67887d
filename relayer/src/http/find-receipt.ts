import type { AnchoredRun } from "@wattest/chain"
import { type AnchorPlace, locateAnchor, type RegistryAt, readDevice, submissionIn } from "@wattest/chain"
import { type Hex, SCHEMES, type Submission, toHex } from "@wattest/protocol"
import { rootsOf, type StoredSubmission } from "../store/intake-store.ts"
import type { Db } from "../store/open.ts"
import { anchorOfRun, deviceById, submissionOfRun } from "../store/reads.ts"
import { onChain, RETRY_SECONDS, Refusal } from "./refusal.ts"

type Sources = { readonly db: Db; readonly at: RegistryAt; readonly chainId: number }
type Device = AnchoredRun["device"]

/**
 * Gathers what a receipt states: from the store, or from the chain where another relayer anchored the run. Throws a
 * Refusal: NOT_FINAL where it is on its way, NOT_FOUND where nothing is known of it.
 */
export async function findReceipt(sources: Sources, id: Hex, run: number): Promise<AnchoredRun> {
  const { db, at, chainId } = sources
  const device = await findDevice(sources, id)
  const stored = await submissionOfRun(db, id, run)
  const place = (await storedPlace(db, id, run)) ?? (await onChain(() => locateAnchor(at, id, run)))
  if (!place) throw notYet(id, run, stored)
  const submission =
    stored && stored.end_run > run && rootsOf(stored)[run - stored.first_run] === place.root
      ? submissionOf(stored, device, sources)
      : await onChain(() => submissionIn(at, place.transaction, chainId, device))
  if (!submission)
    throw new Refusal(
      "NOT_FOUND",
      `run ${run} is anchored by transaction ${place.transaction}, whose submission is not held here`,
    )
  return { device, run, submission, place }
}

async function findDevice({ db, at }: Sources, id: Hex): Promise<Device> {
  const stored = await deviceById(db, id)
  if (stored)
    return { id, scheme: schemeOf(stored.scheme), key: stored.key, operator: stored.operator, voucher: stored.voucher }
  const { state, scheme, key, operator, voucher } = await onChain(() =>
    readDevice(at.rpc, at.registry, id, "finalized"),
  )
  if (state === "unknown") throw new Refusal("NOT_FOUND", `device ${id} is not enrolled in the registry`)
  return { id, scheme: schemeOf(scheme), key, operator, voucher }
}

const schemeOf = (scheme: number) => (scheme === SCHEMES.p256 ? SCHEMES.p256 : SCHEMES.ed25519)

async function storedPlace(db: Db, device: Hex, run: number): Promise<AnchorPlace | null> {
  const row = await anchorOfRun(db, device, run)
  if (!row) return null
  return {
    blockHash: row.block_hash,
    blockNumber: row.block_number,
    transaction: row.transaction_hash,
    transactionIndex: row.transaction_index,
    root: row.root,
    position: BigInt(row.position),
    head: row.head,
  }
}

function submissionOf(row: StoredSubmission, { scheme, key }: Device, { at, chainId }: Sources): Submission {
  return {
    chainId,
    registry: at.registry,
    device: { scheme, key },
    firstRun: BigInt(row.first_run),
    roots: rootsOf(row),
    through: Number(row.through),
    signature: toHex(row.signature),
  }
}

function notYet(device: Hex, run: number, stored: StoredSubmission | undefined): Refusal {
  if (!stored) return new Refusal("NOT_FOUND", `run ${run} of device ${device} is neither anchored nor held here`)
  const state = stored.state === "staged" ? "sent" : "accepted"
  return new Refusal(
    "NOT_FINAL",
    `run ${run} of device ${device} is not in a final block yet`,
    { state, digest: stored.digest },
    RETRY_SECONDS,
  )
}
