import { type Hex, type Json, MAX_CERTIFICATE_BYTES } from "@wattest/protocol"
import { buildBlock, type TestLog } from "@wattest/testkit/conformance/chain"
import { ACCOUNTS, ed25519Device } from "@wattest/testkit/conformance/keys"
import { slotsOf } from "@wattest/testkit/conformance/slots"
import { START_MS, type StatementDocument, type Story, tell } from "@wattest/testkit/conformance/story"
import { at, type Case, type Expected, invalid, linesOf, SHORT, setting, textBytes, unaccepted, valid } from "./case.ts"

/** Comparisons at their bound and one step beyond it, and rules that no other case asks for. */

const anchor = tell(SHORT).blocks.at(-1)
const anchoredAt = anchor?.timestamp ?? 0
const DEVICE = ed25519Device("device").id

const of = (name: string, title: string, expect: Expected, story: Story): Case => ({
  ...{ name, title, expect, story: { ...SHORT, ...story } },
})

/** The anchoring event names another one at this topic. */
const anchoredWith = (topic: number, value: Hex): Story => ({
  logs: (logs, kind): readonly TestLog[] =>
    kind === "anchored" ? logs.map((log) => ({ ...log, topics: log.topics.with(topic, value) })) : logs,
})

/** Blocks beside the anchor's, whose state holds this word for the vouch. */
function vouchAsOf(number: bigint, operator: Hex, beside: readonly Hex[] = []): Story {
  const { registry, voucher } = ACCOUNTS
  const [slot] = slotsOf.vouch(DEVICE, voucher)
  const word = BigInt(operator) | ((2n ** 64n - 1n) << 160n)
  const block = buildBlock({
    number,
    timestamp: anchoredAt,
    receipts: [],
    state: { [registry]: new Map([[slot, word]]) },
  })
  return {
    proof: (given) => ({ ...given, state: block.proveStorage(registry, [slot, ...beside]) }),
    policy: (policy) => ({
      ...policy,
      chains: policy.chains.map((chain) => ({
        ...chain,
        trustedBlocks: [...chain.trustedBlocks, { number, hash: block.hash, timestamp: anchoredAt }],
      })),
    }),
  }
}

const CHAIN_CASES: readonly Case[] = [
  of("anchor-of-another-run", "The event anchors another run of the device.", invalid("ANCHOR_MISMATCH"), {
    ...anchoredWith(3, `0x${"1".padStart(64, "0")}`),
  }),
  of("anchor-of-another-device", "The event anchors a run of another device.", invalid("ANCHOR_MISMATCH"), {
    ...anchoredWith(2, `0x${"77".repeat(32)}`),
  }),
  {
    ...of("job-of-two-ledgers", "The second run claims another operator's ledger.", invalid("ANCHOR_MISMATCH"), {
      runs: 2,
    }),
    edit: setting("runs.1.anchor.operator", ACCOUNTS.registry),
  },
  of("valid-vouch-after-anchor", "The vouch is proved as of a block after the anchor.", valid, {
    ...vouchAsOf(101n, ACCOUNTS.operator),
  }),
  of(
    "vouch-slot-and-another",
    "The storage proof holds a slot beside the vouch's: a document with more than it needs has a second spelling.",
    invalid("STATE_PROOF_INVALID"),
    { ...vouchAsOf(101n, ACCOUNTS.operator, [slotsOf.ledger(`0x${"11".repeat(32)}`)]) },
  ),
  of(
    "vouch-as-of-before-anchor",
    "The vouch is proved as of the block before the anchor.",
    invalid("STATE_PROOF_INVALID"),
    {
      ...vouchAsOf(97n, ACCOUNTS.operator),
    },
  ),
  of("vouch-slot-of-other-operator", "The vouch in storage is for another operator.", invalid("VOUCH_MISSING"), {
    ...vouchAsOf(101n, ACCOUNTS.voucher),
  }),
  of(
    "vouch-withdrawn-at-anchor",
    "The vouch is withdrawn from the very second of the anchor.",
    invalid("VOUCH_WITHDRAWN"),
    {
      withdrawnSince: BigInt(anchoredAt),
    },
  ),
  of("valid-vouch-withdrawn-after-anchor", "The vouch is withdrawn from the second after the anchor.", valid, {
    withdrawnSince: BigInt(anchoredAt) + 1n,
  }),
]

const endMs = START_MS + 30_000
/** Seconds of an anchor before which the run ends so many ms too late. */
const anchoredBefore = (ms: number): Story => ({ block: (block) => ({ ...block, timestamp: (endMs - ms) / 1000 }) })
/** The run ends so many ms after the minute in which its third interval lies. */
const endingAfterMinute = (ms: number): Story => {
  const minuteMs = Math.ceil(endMs / 60_000) * 60_000
  return {
    timeOf: (sequence) => (sequence === 3 ? minuteMs + ms - START_MS : sequence * 10_000),
    through: () => minuteMs / 1000,
    block: (block) => ({ ...block, timestamp: minuteMs / 1000 + 60 }),
  }
}

const TIME_CASES: readonly Case[] = [
  of("valid-anchored-at-the-tolerance", "The run ends 15 s after its anchor, as far as clocks may differ.", valid, {
    ...anchoredBefore(15_000),
  }),
  of("anchored-beyond-the-tolerance", "The run ends 16 s after its anchor.", invalid("ANCHOR_BEFORE_END"), {
    ...anchoredBefore(16_000),
  }),
  of("valid-ending-with-the-minute", "The run ends with the minute that its submission tells.", valid, {
    ...endingAfterMinute(0),
  }),
  of(
    "ending-after-the-minute",
    "The run ends 1 ms after the minute that its submission tells.",
    invalid("THROUGH_BEFORE_END"),
    {
      ...endingAfterMinute(1),
    },
  ),
  of("expectation-from-its-start", "The run begins with the expected time, and ends with it.", valid, {
    policy: (policy) => ({ ...policy, expect: { from: START_MS / 1000, to: endMs / 1000 } }),
  }),
  of("expectation-from-after-its-start", "The run begins 1 s early.", unaccepted("SUBJECT_NOT_EXPECTED"), {
    policy: (policy) => ({ ...policy, expect: { from: START_MS / 1000 + 1 } }),
  }),
  of("expectation-to-before-its-end", "The run ends 1 s late.", unaccepted("SUBJECT_NOT_EXPECTED"), {
    policy: (policy) => ({ ...policy, expect: { to: endMs / 1000 - 1 } }),
  }),
]

const second = (change: (given: StatementDocument) => Partial<StatementDocument>): Story => ({
  runs: 2,
  statement: (given, run) => (run === 1n ? { ...given, ...change(given) } : given),
})
const lifetimeBy = (by: bigint) =>
  second(({ lifetimeMillijoules }) => ({ lifetimeMillijoules: lifetimeMillijoules + by }))
const brokenWith = (by: bigint): Story => ({
  statement: (given) => ({
    ...given,
    ...{ broken: true, lifetimeMillijoules: given.registers.energyMillijoules + by },
  }),
  policy: (policy) => ({ ...policy, books: { ...policy.books, broken: true } }),
})

const LIFETIME_CASES: readonly Case[] = [
  of(
    "valid-lifetime-rounded",
    "Lifetime energy is 1 mJ above the sum, for all three are floors.",
    valid,
    lifetimeBy(1n),
  ),
  of("lifetime-above-rounding", "Lifetime energy is 2 mJ above the sum.", invalid("LIFETIME_MISMATCH"), lifetimeBy(2n)),
  of("lifetime-below-the-sum", "Lifetime energy is 1 mJ below the sum.", invalid("LIFETIME_MISMATCH"), lifetimeBy(-1n)),
  of("valid-broken-rounded", "After lost books the lifetime begins anew, 1 mJ above the run.", valid, brokenWith(1n)),
  of("broken-above-rounding", "After lost books 2 mJ are carried over.", invalid("LIFETIME_MISMATCH"), brokenWith(2n)),
]

/** The second run begins so many ms after the end of the first. */
const startingLate = (ms: number) => second(({ startTimeMs }) => ({ startTimeMs: startTimeMs + ms }))

const SEQUENCE_CASES: readonly Case[] = [
  of(
    "job-with-a-gap",
    "The second run begins 1 ms after the end of the first.",
    invalid("RUN_SEQUENCE_BROKEN"),
    startingLate(1),
  ),
  of(
    "job-that-overlaps",
    "The second run begins 1 ms before the end of the first.",
    invalid("RUN_SEQUENCE_BROKEN"),
    startingLate(-1),
  ),
  of(
    "job-start-unnamed-and-ended",
    "A run follows one that ended a job whose start nobody names.",
    invalid("JOB_MISMATCH"),
    {
      runs: 2,
      labels: ({ context: { jobStart: _, ...context }, ...labels }) => ({ ...labels, context }),
      statement: (given) => ({ ...given, status: "complete" }),
    },
  ),
]

const nested = (depth: number) => () => textBytes("[".repeat(depth) + "]".repeat(depth))
const counting = (captures: number) =>
  linesOf((lines) => lines.map((line, i) => (i === 0 ? line.replace('"captures":4', `"captures":${captures}`) : line)))

const FORM_CASES: readonly Case[] = [
  {
    ...of("form-largest", "The file is as long as one may be.", invalid("DOCUMENT_NOT_CANONICAL"), {}),
    fillTo: MAX_CERTIFICATE_BYTES,
  },
  {
    ...of("form-nested-at-the-limit", "Arrays are nested 32 deep.", invalid("FIELD_MALFORMED"), {}),
    bytes: nested(32),
  },
  {
    ...of("form-nested-beyond-the-limit", "Arrays are nested 33 deep.", invalid("DOCUMENT_NOT_CANONICAL"), {}),
    bytes: nested(33),
  },
  ...[3, 5].map((captures) => ({
    ...of(
      `evidence-header-of-${captures}`,
      `The header names ${captures} captures of 4.`,
      invalid("CAPTURE_COUNT_MISMATCH"),
      {},
    ),
    evidence: counting(captures),
  })),
]

/** What the honest run took, so that the bound can stand exactly where its uncertainty ends. */
const registers = at(tell(SHORT).certificate as Json, "runs.0.statement.registers")
const registerOf = (name: string) => BigInt(String(at(registers, name)))
const [energy, uncertainty] = [registerOf("energyMillijoules"), registerOf("uncertaintyMillijoules")]
const joules = (millijoules: bigint) => `${millijoules / 1000n}.${String(millijoules % 1000n).padStart(3, "0")} J`
const bounded = (name: string, title: string, expect: Expected, bound: string, central = false): Case =>
  of(`expectation-energy-${name}`, title, expect, {
    policy: (policy) => ({ ...policy, expect: { bounds: [`energy ${bound}`], central } }),
  })
const missed = unaccepted("EXPECTATION_NOT_MET")

const EXPECTATION_CASES: readonly Case[] = [
  bounded("upper-end", "The upper end is the bound.", valid, `<= ${joules(energy + uncertainty)}`),
  bounded(
    "above-upper-end",
    "The upper end is 1 mJ above the bound.",
    missed,
    `<= ${joules(energy + uncertainty - 1n)}`,
  ),
  bounded("lower-end", "The lower end is the bound.", valid, `>= ${joules(energy - uncertainty)}`),
  bounded(
    "below-lower-end",
    "The lower end is 1 mJ below the bound.",
    missed,
    `>= ${joules(energy - uncertainty + 1n)}`,
  ),
  bounded("central", "The value alone is the bound.", valid, `<= ${joules(energy)}`, true),
  bounded("above-central", "The value alone is 1 mJ above the bound.", missed, `<= ${joules(energy - 1n)}`, true),
]

export const BOUND_CASES: readonly Case[] = [
  ...CHAIN_CASES,
  ...TIME_CASES,
  ...LIFETIME_CASES,
  ...SEQUENCE_CASES,
  ...FORM_CASES,
  ...EXPECTATION_CASES,
]
