import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openKey } from "@wattest/attester"
import {
  type AnchorReceipt,
  ARCHIVE_FILES,
  bigIntToBytes,
  encodeDocument,
  type Hex,
  ledgerIdOf,
  parseDocument,
  type RunRecord,
  runRecord,
  submissionMessage,
  toHex,
} from "@wattest/protocol"
import { POLICY_TEMPLATE, type Policy } from "@wattest/verifier"
import { buildBlock, events } from "../conformance/chain.ts"
import { ACCOUNTS } from "../conformance/keys.ts"

const CHAIN_ID = 31337
const { registry, operator, voucher } = ACCOUNTS
const MAX_RECORD_BYTES = 1 << 22

/** The only run of a device's folder, and where it lies. */
export function runIn(home: string): { readonly record: RunRecord; readonly place: string } {
  const [device = ""] = readdirSync(join(home, "archive"))
  const place = join(home, "archive", device, "0".padStart(20, "0"))
  return { place, record: parseDocument(readFileSync(join(place, ARCHIVE_FILES.record)), runRecord, MAX_RECORD_BYTES) }
}

/** Anchors the run of each device in a block of a chain made by hand, and puts the receipts beside the runs. Answers the block. */
export async function anchorRuns(homes: readonly string[], number: bigint) {
  const runs = homes.map(runIn)
  const ends = runs.map(({ record }) => record.statement.endTimeMs)
  const through = Math.ceil(Math.max(...ends) / 60_000) * 60
  const ledger = ledgerIdOf(operator, voucher)
  const word = (value: number): Hex => toHex(bigIntToBytes(BigInt(value + 1), 32))
  const keys = await Promise.all(homes.map(openKey))
  const logs = runs.map(({ record: { root } }, i) => {
    const id = keys[i]?.device.key as Hex
    return events.anchored(registry, ledger, id, 0n, [root, BigInt(i), BigInt(i + 1), BigInt(through)])
  })
  const block = buildBlock({ number, timestamp: through, receipts: [{ type: 2, status: 1, logs }] })
  const proof = { anchored: block.proveReceipt(0) }
  for (const [i, { record, place }] of runs.entries()) {
    const signer = keys[i] as (typeof keys)[number]
    const submitted = { firstRun: 0n, roots: [record.root], through }
    const message = submissionMessage({ chainId: CHAIN_ID, registry }, signer.device.key, submitted)
    const signature = toHex(await signer.sign(message))
    const receipt: AnchorReceipt = {
      submission: { chainId: CHAIN_ID, registry, device: signer.device, ...submitted, signature },
      anchor: {
        ...{ chainId: CHAIN_ID, registry, operator, voucher, transactionIndex: 0, logIndex: i },
        ...{ blockNumber: number, position: BigInt(i), anchoredAt: through, head: word(i) },
      },
      proof,
    }
    writeFileSync(join(place, ARCHIVE_FILES.receipt), encodeDocument(receipt))
    await signer.close()
  }
  return { number: block.number, hash: block.hash }
}

type Block = Awaited<ReturnType<typeof anchorRuns>>

/** A policy that takes recorded runs, which these blocks anchor. */
export const recordedPolicy = (trustedBlocks: readonly Block[]): Policy => ({
  ...{ ...POLICY_TEMPLATE, vouchers: [voucher], require: [] },
  chains: [{ chainId: CHAIN_ID, registries: [registry], trustedBlocks, rpcs: [], checkpoints: null }],
  books: { ...POLICY_TEMPLATE.books, origins: ["recorded"], blindPercent: 100 },
  grades: { ...POLICY_TEMPLATE.grades, energy: "declared" },
})
