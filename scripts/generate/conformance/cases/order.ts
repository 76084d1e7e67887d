import { type Hex, type LogProof, toHex, vouchDigest } from "@wattest/protocol"
import { buildBlock, events, type TestReceipt } from "@wattest/testkit/conformance/chain"
import { ACCOUNTS, bytesOf, ed25519Device } from "@wattest/testkit/conformance/keys"
import { vouchDocumentOf } from "@wattest/testkit/conformance/readings"
import { FIRST_ANCHOR_BLOCK } from "@wattest/testkit/conformance/scene"
import { START_MS, type Story, tell } from "@wattest/testkit/conformance/story"
import { type Case, type Expected, invalid, SHORT, setting, valid } from "./case.ts"

/** Logs that a run rests on come before its anchor: by block, by transaction, by place in the receipt. */

const { id, key } = ed25519Device("device")
const { registry, operator, voucher } = ACCOUNTS
const evidence = vouchDigest(vouchDocumentOf(id))
const LOGS = {
  enrolled: events.enrolled(registry, { device: id, ...key, operator, voucher, boundary: 2n, evidence }),
  vouched: events.vouched(registry, id, voucher, operator, evidence),
  revised: events.revised(registry, id, voucher, operator, evidence),
} as const
type Kind = keyof typeof LOGS

/** The story of a run whose vouch is of another document, so that what matters is its revision. */
const base = (kind: Kind): Story =>
  kind === "revised" ? { ...SHORT, vouched: toHex(bytesOf("another document")) } : SHORT

const shows = (kind: Kind, log: LogProof): Story => ({
  ...base(kind),
  proof: (given) => ({ ...given, [kind]: kind === "revised" ? [log] : log }),
})

const receiptOf = (kind: Kind): TestReceipt => ({ type: 2, status: 1, logs: [LOGS[kind]] })
const [BEFORE, ANCHOR, AFTER] = [0, 1, 2]

/** Tells the same story again, with the proof of a log of the block that it led to. */
function inAnchorsBlock(kind: Kind, story: Story, place: { readonly index: number; readonly logIndex: number }): Story {
  const receipt = tell({ ...base(kind), ...story })
    .blocks.at(-1)
    ?.proveReceipt(place.index)
  return receipt === undefined ? story : { ...shows(kind, { receipt, logIndex: place.logIndex }), ...story }
}

/** The anchor's block has the other log in this transaction. */
function inTransaction(kind: Kind, index: number): Story {
  const receipts = (given: readonly TestReceipt[]) => given.map((own, i) => (i === index ? receiptOf(kind) : own))
  const block: Story["block"] = (spec) => ({ ...spec, receipts: receipts(spec.receipts) })
  return inAnchorsBlock(kind, { block }, { index, logIndex: 0 })
}

/** The anchor's transaction has the other log too. */
function inReceipt(kind: Kind, isBefore: boolean): Story {
  const logs: Story["logs"] = (own, of) => {
    if (of !== "anchored") return own
    return isBefore ? [LOGS[kind], ...own] : [...own, LOGS[kind]]
  }
  return inAnchorsBlock(kind, { logs }, { index: ANCHOR, logIndex: isBefore ? 0 : 1 })
}

/** The anchor's transaction has a stranger's log first, then the anchor's, then the other one. */
function lastInReceipt(kind: Kind): Story {
  const first = { ...LOGS[kind], address: voucher }
  const logs: Story["logs"] = (own, of) => (of === "anchored" ? [first, ...own, LOGS[kind]] : own)
  return inAnchorsBlock(kind, { logs }, { index: ANCHOR, logIndex: 2 })
}

/** The block after the anchor's holds the other log; the policy lists it, or nobody knows it. */
function afterAnchorsBlock(kind: Kind, isListed = true): Story {
  const timestamp = START_MS / 1000 + 120
  const block = buildBlock({ number: FIRST_ANCHOR_BLOCK + 1n, timestamp, receipts: [receiptOf(kind)] })
  const { number, hash } = block
  const own: readonly { readonly number: bigint; readonly hash: Hex }[] = isListed ? [{ number, hash }] : []
  return {
    ...shows(kind, { receipt: block.proveReceipt(0), logIndex: 0 }),
    policy: (policy) => ({
      ...policy,
      chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks: [...chain.trustedBlocks, ...own] })),
    }),
  }
}

const refused = invalid("ANCHOR_PROOF_INVALID")
const WHAT: { readonly [K in Kind]: string } = {
  enrolled: "The device was enrolled",
  vouched: "The vouch was given",
  revised: "The vouch was revised to the document that the run names",
}

function casesOf(kind: Kind): readonly Case[] {
  const of = (name: string, when: string, expect: Expected, story: Story): Case => ({
    ...{ name, title: `${WHAT[kind]} ${when}.`, expect, story },
  })
  return [
    of(
      `valid-${kind}-with-anchor`,
      "in the anchor's block, a transaction before it",
      valid,
      inTransaction(kind, BEFORE),
    ),
    {
      ...of(
        `valid-${kind}-with-anchor-at-once`,
        "in the anchor's transaction, before it",
        valid,
        inReceipt(kind, true),
      ),
      edit: setting("runs.0.anchor.logIndex", 1),
    },
    of(`${kind}-later-in-transaction`, "in the anchor's transaction, after it", refused, inReceipt(kind, false)),
    {
      ...of(
        `${kind}-last-in-transaction`,
        "in the anchor's transaction, after it, which is not first in it",
        refused,
        lastInReceipt(kind),
      ),
      edit: setting("runs.0.anchor.logIndex", 1),
    },
    of(`${kind}-later-in-block`, "in the anchor's block, a transaction after it", refused, inTransaction(kind, AFTER)),
    of(`${kind}-after-anchor`, "a block after the anchor", refused, afterAnchorsBlock(kind)),
  ]
}

export const ORDER_CASES: readonly Case[] = [
  ...casesOf("enrolled"),
  ...casesOf("vouched"),
  ...casesOf("revised"),
  {
    name: "vouched-after-anchor-unknown",
    title: "The vouch was given a block after the anchor, which nobody knows.",
    expect: refused,
    story: afterAnchorsBlock("vouched", false),
  },
]
