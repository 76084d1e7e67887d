import { setTimeout as pause } from "node:timers/promises"
import { readDocument } from "@wattest/command"
import { type AnchorReceipt, anchorReceipt, deviceIdOf, type Hex, parseDocument } from "@wattest/protocol"
import { MAX_RECEIPT_BYTES, type RunArchive } from "../archive/run-archive.ts"
import { Refusal } from "../refusal.ts"
import { askSource } from "./source.ts"

/** Finds the receipt of a run. Throws RECEIPT_MISSING where there is none yet, SOURCE_UNREACHABLE where it cannot know. */
export type ReceiptSource = (device: Hex, run: bigint) => Promise<AnchorReceipt>

/** What a relayer answers of a run that it does not know, has not anchored, or whose block is not final. */
const NOT_YET = [202, 404, 425]

export const NOT_YET_HINT = "a run has its receipt once its anchor is final; try again later"

/** Receipts that the device stored beside its runs. */
export function archivedReceipts(archive: RunArchive): ReceiptSource {
  return async (device, run) => {
    const receipt = await archive.findReceipt(device, run)
    if (receipt) return receipt
    throw new Refusal("RECEIPT_MISSING", `run ${run} has none in the archive`, "give --receipt FILE or --relayer URL")
  }
}

/** Receipts from files, one a run in ascending order. */
export function receiptFiles(paths: readonly string[], firstRun: bigint): ReceiptSource {
  return async (_device, run) => {
    const path = paths[Number(run - firstRun)]
    if (!path) throw new Refusal("RECEIPT_MISSING", `no file for run ${run}`, "give --receipt once for each run")
    return parseDocument(readDocument(path, MAX_RECEIPT_BYTES, "a receipt"), anchorReceipt, MAX_RECEIPT_BYTES)
  }
}

const POLL_MS = 1000

/** Asks again until there is a receipt, or the time is over. */
export function waitingReceipts(source: ReceiptSource, timeoutMs: number): ReceiptSource {
  const deadline = performance.now() + timeoutMs
  return async (device, run) => {
    for (;;) {
      try {
        return await source(device, run)
      } catch (error) {
        const isEarly = error instanceof Refusal && error.code === "RECEIPT_MISSING"
        if (!isEarly || performance.now() > deadline) throw error
        await pause(POLL_MS)
      }
    }
  }
}

/** Receipts from a relay over HTTP. */
export function relayedReceipts(relay: string): ReceiptSource {
  const source = { url: relay, maxBytes: MAX_RECEIPT_BYTES, hint: "check --relayer, or give --receipt FILE" }
  return async (device, run) => {
    const bytes = await askSource(source, `v1/receipts/${device}/${run}`, NOT_YET)
    if (bytes === null) throw new Refusal("RECEIPT_MISSING", `${relay} has none of run ${run}`, NOT_YET_HINT)
    return parseDocument(bytes, anchorReceipt, MAX_RECEIPT_BYTES)
  }
}

/** Asks the next source where one has no receipt. */
export function firstReceipts(sources: readonly ReceiptSource[]): ReceiptSource {
  return async (device, run) => {
    let missing: unknown
    for (const source of sources)
      try {
        return await source(device, run)
      } catch (error) {
        if (!(error instanceof Refusal && error.code === "RECEIPT_MISSING")) throw error
        missing = error
      }
    throw missing
  }
}

/** Refuses a receipt whose submission is not of this device, does not reach this run, or holds another root there. */
export function checkReceipt({ submission, anchor }: AnchorReceipt, device: Hex, run: bigint, root: Hex): void {
  const refuse = (detail: string) => {
    throw new Refusal("RECEIPT_MISMATCH", `run ${run}: ${detail}`, "ask for the receipt of this run")
  }
  if (deviceIdOf(submission.device) !== device) refuse(`the submission is of device ${deviceIdOf(submission.device)}`)
  const submitted = run < submission.firstRun ? undefined : submission.roots[Number(run - submission.firstRun)]
  if (submitted !== root) refuse(`the submission holds ${submitted ?? "no root for it"}, the archive ${root}`)
  if (submission.chainId !== anchor.chainId || submission.registry !== anchor.registry)
    refuse(`submitted to ${submission.registry}, anchored in ${anchor.registry}`)
}
