import {
  type AnchorProof,
  bigIntToBytes,
  type Hex,
  ledgerIdOf,
  poseidon,
  type Submission,
  toHex,
  vouchDigest,
} from "@wattest/protocol"
import { type BlockSpec, buildBlock, events, type TestBlock, type TestLog, type TestReceipt } from "./chain.ts"
import { accountOf, bytesOf } from "./keys.ts"
import { ENROL_BLOCK, FIRST_ANCHOR_BLOCK, type Scene, START_MS, VOUCH_BLOCK } from "./scene.ts"
import { slotsOf } from "./slots.ts"

/** End of the minute that holds a time, Unix seconds. */
export const minuteOf = (timeMs: number) => Math.ceil(timeMs / 60_000) * 60

const receiptOf = (type: number, logs: readonly TestLog[]): TestReceipt => ({ type, status: 1, logs })

/** A stranger's transaction beside ours, so that indices and tries are not trivial. */
export const stranger = receiptOf(2, [
  { address: accountOf("stranger"), topics: [toHex(bytesOf("topic"))], data: "0x01" },
])

function blockWith(
  { story }: Scene,
  number: bigint,
  timestamp: number,
  receipts: readonly TestReceipt[],
  since?: bigint,
) {
  return { spec: { number, timestamp, receipts: story.receipts?.(receipts) ?? receipts }, since }
}

/** Events of the registry when these runs are anchored, with the heads after each. */
export function anchoredLogs(
  scene: Scene,
  { roots, through }: Submission,
): { readonly logs: readonly TestLog[]; readonly heads: readonly Hex[] } {
  const ledger = ledgerIdOf(scene.operator, scene.voucher)
  let head = 0n
  const heads = roots.map((root) => {
    head = poseidon([head, BigInt(root)])
    return toHex(bigIntToBytes(head, 32))
  })
  const logs = roots.map((root, i) =>
    events.anchored(scene.registry, ledger, scene.device.id, BigInt(i), [
      ...[root, BigInt(i), heads[i] as Hex],
      BigInt(scene.story.anchoredThrough?.(through) ?? through),
    ]),
  )
  return { logs: scene.story.logs?.(logs, "anchored") ?? logs, heads }
}

export type Preludes = { readonly vouch: TestBlock; readonly enrol: TestBlock }

/** The blocks in which the voucher gave its word, and revised it, and the device enrolled. */
export function preludes(scene: Scene): Preludes {
  const { story, registry, device, operator, voucher } = scene
  const { blocksLater: later = 0n } = story
  const evidence = story.vouched ?? vouchDigest(scene.document)
  const vouched = [events.vouched(registry, device.id, voucher, operator, evidence)]
  const revised = (story.revised ?? []).map((digest) =>
    receiptOf(2, [events.revised(registry, device.id, voucher, operator, digest)]),
  )
  const terms = { operator, voucher, boundary: story.enrolledBoundary ?? 2n, evidence }
  const enrolled = [events.enrolled(registry, { device: device.id, ...device.key, ...terms })]
  const timestamp = story.vouchedAt ?? START_MS / 1000 - 60
  const block = (number: bigint, receipts: readonly TestReceipt[]) =>
    buildBlock(blockWith(scene, number, timestamp, [stranger, ...receipts]).spec)
  const receipt = (logs: readonly TestLog[], kind: "vouched" | "enrolled") =>
    receiptOf(2, story.logs?.(logs, kind) ?? logs)
  return {
    vouch: block(VOUCH_BLOCK + later, [receipt(vouched, "vouched"), ...revised]),
    enrol: block(ENROL_BLOCK + later, [receipt(enrolled, "enrolled")]),
  }
}

export function anchorBlock(scene: Scene, logs: readonly TestLog[], endMs: number): TestBlock {
  const { story, registry, device, operator, voucher } = scene
  const since = story.withdrawnSince ?? 2n ** 64n - 1n
  const vouch = BigInt(operator) | (since << 160n)
  const slots = new Map<Hex, bigint>([[slotsOf.vouch(device.id, voucher)[0], vouch]])
  for (let i = 1; i <= 20; i++) slots.set(toHex(bytesOf(`slot ${i}`)), BigInt(i))
  const state = { [registry]: slots, [accountOf("stranger")]: new Map([[toHex(bytesOf("s")), 5n]]) }
  const timestamp = minuteOf(endMs) + 5
  const number = FIRST_ANCHOR_BLOCK + (story.blocksLater ?? 0n)
  const { spec } = blockWith(scene, number, timestamp, [stranger, receiptOf(2, logs), stranger])
  const full: BlockSpec = { ...spec, state }
  return buildBlock(story.block?.(full) ?? full)
}

export function proofOf(scene: Scene, block: TestBlock, { vouch, enrol }: Preludes): AnchorProof | undefined {
  const { registry, device, voucher, story } = scene
  const proof: AnchorProof = {
    anchored: block.proveReceipt(1),
    enrolled: { receipt: enrol.proveReceipt(1), logIndex: 0 },
    vouched: { receipt: vouch.proveReceipt(1), logIndex: 0 },
    ...(story.revised === undefined
      ? {}
      : { revised: story.revised.map((_, i) => ({ receipt: vouch.proveReceipt(2 + i), logIndex: 0 })) }),
    state: block.proveStorage(registry, [slotsOf.vouch(device.id, voucher)[0]]),
  }
  return story.proof === undefined ? proof : story.proof(proof)
}
