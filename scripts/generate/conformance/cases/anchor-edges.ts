import { type AnchorProof, type CertifiedRun, type Hex, toHex, vouchDigest } from "@wattest/protocol"
import { events, type TestLog } from "@wattest/testkit/conformance/chain"
import { ACCOUNTS, accountOf, bytesOf, ed25519Device } from "@wattest/testkit/conformance/keys"
import { vouchDocumentOf } from "@wattest/testkit/conformance/readings"
import { ENROL_BLOCK, VOUCH_BLOCK } from "@wattest/testkit/conformance/scene"
import { START_MS, type Story, tell } from "@wattest/testkit/conformance/story"
import { type Case, type Expected, invalid, put, SHORT, setting, unaccepted, undetermined, valid } from "./case.ts"

/** Each part of what events, anchors and policies must name alike, wrong by itself. */

const { registry, operator, voucher } = ACCOUNTS
const { id, key } = ed25519Device("device")
const OTHER = accountOf("another account")
const OTHER_DEVICE = toHex(bytesOf("another device"))
const FOUND = vouchDigest(vouchDocumentOf(id))

const of = (name: string, title: string, expect: Expected, story: Story): Case => ({
  ...{ name, title, expect, story: { ...SHORT, ...story } },
})
const editing = (name: string, title: string, expect: Expected, edit: NonNullable<Case["edit"]>, runs = 1): Case => ({
  ...of(name, title, expect, { runs }),
  edit,
})

/** One of the logs is another. */
const logged = (which: "vouched" | "enrolled", log: TestLog): Story => ({
  logs: (own, kind) => (kind === which ? [log] : own),
})

/* The enrolment. */
const TERMS = { device: id, ...key, operator, voucher, boundary: 2n, evidence: FOUND }
const enrolling = (name: string, what: string, change: Partial<typeof TERMS>): Case =>
  of(`enrolment-of-other-${name}`, `The event enrols ${what}.`, invalid("ENROLMENT_MISMATCH"), {
    ...logged("enrolled", events.enrolled(registry, { ...TERMS, ...change })),
  })

const ENROLMENT_CASES: readonly Case[] = [
  enrolling("device", "another device", { device: OTHER_DEVICE }),
  enrolling("scheme", "the same bytes as a key of another kind", { scheme: 2 as typeof key.scheme }),
  enrolling("operator", "the device in another operator's ledger", { operator: OTHER }),
  enrolling("voucher", "the device in a ledger of another voucher", { voucher: OTHER }),
]

/* The vouch. */
const VOUCH_CASES: readonly Case[] = [
  of("vouch-of-other-voucher", "Another voucher gave its word.", invalid("VOUCH_MISSING"), {
    ...logged("vouched", events.vouched(registry, id, OTHER, operator, FOUND)),
  }),
  of("vouch-for-other-operator", "The voucher's word is for another operator.", invalid("VOUCH_MISSING"), {
    ...logged("vouched", events.vouched(registry, id, voucher, OTHER, FOUND)),
  }),
  of("valid-vouch-document-revised-last", "The run names the last of two revisions.", valid, {
    ...{ vouched: toHex(bytesOf("another document")), revised: [toHex(bytesOf("a third document")), FOUND] },
  }),
  of("valid-without-vouch-document", "The run names no vouch document, and the chain's vouch does.", valid, {
    labels: ({ context, ...labels }) => ({ ...labels, context: { ...context, vouchDocument: null } }),
    statement: (given) => ({ ...given, fed: given.fed.filter((name) => name !== "inventory") }),
    certificate: ({ vouchDocuments: _, ...given }) => given,
  }),
]

/* The blocks of what a run rests on. */

type Listed = { readonly number: bigint; readonly hash: Hex }
const listing = (change: (blocks: readonly Listed[]) => readonly Listed[]): Story => ({
  policy: (policy) => ({
    ...policy,
    chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks: [...change(chain.trustedBlocks)] })),
  }),
})
const without = (number: bigint) => listing((blocks) => blocks.filter((block) => block.number !== number))
const another = (number: bigint) =>
  listing((blocks) => blocks.map((block) => (block.number === number ? { number, hash: OTHER_DEVICE } : block)))

/** The vouch is proved as of a block of the anchor's number, which is not the anchor's block. */
const stateElsewhere: Story = {
  proof: ({ state, ...given }) => {
    const other = tell({ ...SHORT, block: (spec) => ({ ...spec, receipts: spec.receipts.slice(0, 2) }) })
      .certificate as Certified
    const shown = other.runs[0]?.proof?.state
    return { ...given, ...(shown === undefined ? { ...(state && { state }) } : { state: shown }) }
  },
}
type Certified = { readonly runs: readonly CertifiedRun[] }

/** The second run's proof leads to another block of the first one's number. */
function secondElsewhere(): Story {
  const story: Story = { ...SHORT, runs: 2 }
  const state = { [registry]: new Map([[toHex(bytesOf("s")), 7n]]) }
  const other = tell({ ...story, block: (spec) => ({ ...spec, state }), proof: bare }).certificate as Certified
  const anchored = other.runs[1]?.proof?.anchored
  return {
    ...story,
    certificate: (given) => ({
      ...given,
      runs: given.runs.map((run, i) =>
        i === 1 && anchored && run.proof ? { ...run, proof: { ...run.proof, anchored } } : run,
      ),
    }),
  }
}
const bare = ({ anchored }: AnchorProof): AnchorProof => ({ anchored })

const untrusted = invalid("BLOCK_NOT_TRUSTED")
const unknown = undetermined("TRUST_ROOT_MISSING")
const BLOCK_CASES: readonly Case[] = [
  of("enrolled-in-another-block", "The policy lists another block of the enrolment's number.", untrusted, {
    ...another(ENROL_BLOCK),
  }),
  of("enrolled-in-an-unknown-block", "Nobody knows the enrolment's block.", unknown, without(ENROL_BLOCK)),
  of("vouched-in-another-block", "The policy lists another block of the vouch's number.", untrusted, {
    ...another(VOUCH_BLOCK),
  }),
  of("vouched-in-an-unknown-block", "Nobody knows the vouch's block.", unknown, without(VOUCH_BLOCK)),
  of("vouch-as-of-another-block", "The vouch is proved in the state of a block that is not the chain's.", untrusted, {
    ...stateElsewhere,
  }),
  of("second-run-in-another-block", "The second run's anchor lies in a block that is not the chain's.", untrusted, {
    ...secondElsewhere(),
  }),
]

/* The anchor. */
/** A stranger's log stands before the registry's own. */
const crowded = (which: "vouched" | "enrolled"): Story => ({
  logs: (own, kind) => (kind === which ? [{ address: OTHER, topics: [], data: "0x" }, ...own] : own),
  proof: (given) => {
    const shown = given[which]
    return shown === undefined ? given : { ...given, [which]: { ...shown, logIndex: 1 } }
  },
})

const differs = invalid("ANCHOR_MISMATCH")
const ANCHOR_CASES: readonly Case[] = [
  of("valid-enrolled-second-in-its-receipt", "The enrolment is the second log of its receipt.", valid, {
    ...crowded("enrolled"),
  }),
  of("valid-vouched-second-in-its-receipt", "The vouch is the second log of its receipt.", valid, crowded("vouched")),
  of("anchored-as-void", "The event anchors the run as void.", invalid("RUN_VOID"), {
    logs: (own, kind) =>
      kind === "anchored" ? own.map((log) => ({ ...log, data: `0x${"0".repeat(64)}${log.data.slice(66)}` })) : own,
  }),
  editing("anchor-a-second-later", "The anchor claims a later time than its block.", differs, (json) =>
    put(json, "runs.0.anchor.anchoredAt", (tell(SHORT).blocks.at(-1)?.timestamp ?? 0) + 1),
  ),
  editing(
    "anchor-a-block-later",
    "The anchor claims the next block.",
    differs,
    setting("runs.0.anchor.blockNumber", "101"),
  ),
  editing(
    "anchor-a-transaction-earlier",
    "The anchor claims the transaction before its own.",
    differs,
    setting("runs.0.anchor.transactionIndex", 0),
  ),
  editing(
    "anchor-a-position-earlier",
    "The second run claims the first one's place.",
    differs,
    (json) => put(json, "runs.1.anchor.position", "0"),
    2,
  ),
  editing(
    "submission-for-another-chain",
    "The submission names another chain than the anchor.",
    differs,
    setting("runs.0.submission.chainId", 31338),
  ),
  editing(
    "job-of-two-chains",
    "The second run names another chain, in submission and anchor.",
    differs,
    (json) => put(put(json, "runs.1.anchor.chainId", 31338), "runs.1.submission.chainId", 31338),
    2,
  ),
  of(
    "policy-ledger-of-other-voucher",
    "The policy expects the operator's ledger of another voucher.",
    unaccepted("LEDGER_NOT_ACCEPTED"),
    { policy: (policy) => ({ ...policy, ledgers: [{ operator, voucher: OTHER }] }) },
  ),
  of(
    "policy-ledger-of-other-operator",
    "The policy expects another operator's ledger of the voucher.",
    unaccepted("LEDGER_NOT_ACCEPTED"),
    { policy: (policy) => ({ ...policy, ledgers: [{ operator: OTHER, voucher }] }) },
  ),
  of("job-run-left-out-void", "Between the runs of a certificate lies a void one.", invalid("RUN_SEQUENCE_BROKEN"), {
    ...{ runs: 3, voids: [{ run: 1n }] },
  }),
]

/* Times, to the millisecond. */

const endMs = START_MS + 30_000
const TOLERANCE_MS = 15_000
/** The last capture is so many ms earlier than it would be. */
const endingEarlier = (ms: number): Story => ({
  timeOf: (sequence) => (sequence === 3 ? 30_000 - ms : sequence * 10_000),
})
const anchoredAt = (ms: number): Story => ({ block: (block) => ({ ...block, timestamp: ms / 1000 }) })
const minuteMs = Math.ceil(endMs / 60_000) * 60_000
/** The run ends so many ms after the minute with which its anchoring submission told that runs had ended. */
const anchoredWithMinute = (ms: number): Story => ({
  timeOf: (sequence) => (sequence === 3 ? minuteMs + ms - START_MS : sequence * 10_000),
  through: () => minuteMs / 1000 + 60,
  anchoredThrough: () => minuteMs / 1000,
  ...anchoredAt(minuteMs + 60_000),
})

const early = invalid("ANCHOR_BEFORE_END")
const TIME_CASES: readonly Case[] = [
  of("anchored-a-millisecond-beyond", "The run ends 15,001 ms after its anchor.", early, {
    ...{ ...endingEarlier(999), ...anchoredAt(endMs - TOLERANCE_MS - 1000) },
  }),
  of("second-run-anchored-before-its-end", "The second of two runs ends 16 s after their anchor.", early, {
    ...{ runs: 2, ...anchoredAt(endMs + 30_000 - TOLERANCE_MS - 1000) },
  }),
  of("beacon-a-millisecond-beyond", "The beacon is of a time 15,001 ms after the end.", invalid("BEACON_MISMATCH"), {
    ...{ ...endingEarlier(1), beaconedAt: (endMs + TOLERANCE_MS) / 1000, closing: unnamed },
  }),
  of("valid-anchored-with-the-minute", "The run ends with the minute that its anchoring submission told.", valid, {
    ...anchoredWithMinute(0),
  }),
  of(
    "anchored-with-the-minute-before",
    "The run ends 1 ms after the minute that its anchoring submission told.",
    invalid("THROUGH_BEFORE_END"),
    anchoredWithMinute(1),
  ),
]
function unnamed<Closing extends object>(closing: Closing) {
  return { ...closing, beacon: null, exitStatus: null }
}

/* What the document's submission tells, where the anchoring one tells enough. */

const TOLD_CASES: readonly Case[] = [
  of(
    "through-before-end-anchored-later",
    "The document's submission tells a minute that was over before the run ended; the anchoring one told a later.",
    invalid("THROUGH_BEFORE_END"),
    { ...anchoredWithMinute(1), through: () => minuteMs / 1000, anchoredThrough: () => minuteMs / 1000 + 60 },
  ),
]

/* What rests on a check that does not hold is not looked at. */

/** The policy does not accept the registry. */
const unregistered = (story: Story): Story => ({
  ...story,
  policy: (given) => {
    const policy = story.policy?.(given) ?? given
    return { ...policy, chains: policy.chains.map((chain) => ({ ...chain, registries: [] })) }
  },
})
const otherDevice = logged("enrolled", events.enrolled(registry, { ...TERMS, device: OTHER_DEVICE }))
const otherVoucher = logged("vouched", events.vouched(registry, id, OTHER, operator, FOUND))
const WRONG = {
  enrolment: otherDevice,
  vouch: otherVoucher,
  withdrawal: { withdrawnSince: BigInt(START_MS / 1000) },
  block: another(ENROL_BLOCK + 1n),
  beacon: { beacon: "other" },
} as const satisfies { readonly [what: string]: Story }

const REST_CASES: readonly Case[] = [
  ...Object.entries(WRONG).map(([what, story]) =>
    of(
      `policy-other-registry-and-${what}`,
      `The policy does not accept the registry, and what the chain holds of the ${what} is not looked at.`,
      unaccepted("REGISTRY_NOT_ACCEPTED"),
      unregistered(story),
    ),
  ),
  ...(["enrolment", "vouch", "withdrawal"] as const).map(
    (what): Case => ({
      ...of(
        `anchor-proof-absent-and-${what}`,
        `Nothing proves the first run's anchor, and what is wrong with the second's ${what} is not looked at.`,
        undetermined("PROOF_ABSENT"),
        { runs: 2, ...WRONG[what] },
      ),
      edit: setting("runs.0.proof", undefined),
    }),
  ),
]

export const ANCHOR_EDGE_CASES: readonly Case[] = [
  ...ENROLMENT_CASES,
  ...VOUCH_CASES,
  ...BLOCK_CASES,
  ...ANCHOR_CASES,
  ...TIME_CASES,
  ...TOLD_CASES,
  ...REST_CASES,
]
