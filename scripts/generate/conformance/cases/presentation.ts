import { readFileSync } from "node:fs"
import { type Hex, ledgerIdOf, type PeriodClaim, type Presentation, parsePresentation, toHex } from "@wattest/protocol"
import { buildBlock } from "@wattest/testkit/conformance/chain"
import { accountOf, bytesOf } from "@wattest/testkit/conformance/keys"
import { slotsOf } from "@wattest/testkit/conformance/slots"
import { parsePolicy } from "@wattest/verifier"
import { proveStorage } from "../../../../verifier/src/chain/state.ts"
import {
  type Case,
  type Expected,
  invalid,
  otherHex,
  type PresentationCase,
  unaccepted,
  undetermined,
  valid,
} from "./case.ts"

/**
 * A presentation that a prover made once over a ledger of 37 runs, and the policy that believes it. Proofs are random, so
 * it is kept as it was made; the cases follow from it.
 */
const RECORDED = "conformance/recorded"
const honest = parsePresentation(new Uint8Array(readFileSync(`${RECORDED}/presentation.json`)))
const policy = parsePolicy(new Uint8Array(readFileSync(`${RECORDED}/policy.json`)))

type Segment = PeriodClaim["ledgers"][number]["segments"][number]
type Ledger = PeriodClaim["ledgers"][number]

const withClaim = (change: (claim: PeriodClaim) => PeriodClaim): Presentation => ({
  ...honest,
  claims: honest.claims.map((claim) => (claim.kind === "period" ? change(claim) : claim)),
})
const withLedger = (change: (ledger: Ledger) => Ledger) =>
  withClaim((claim) => ({ ...claim, ledgers: claim.ledgers.map(change) }))
const withFirst = (change: (segment: Segment) => Partial<Segment>) =>
  withLedger((ledger) => ({
    ...ledger,
    segments: ledger.segments.map((segment, i) => (i === 0 ? { ...segment, ...change(segment) } : segment)),
  }))
const other = (hex: Hex) => otherHex(hex) as Hex

const ledgerIdFrom = ({ operator, voucher }: Ledger): Hex => ledgerIdOf(operator, voucher)

/** Storage of the registry by slot, and the claim that rests on it. */
type Ground = { readonly claim: PeriodClaim; readonly ledger: Hex; readonly slots: ReadonlyMap<Hex, bigint> }

/** The same claim on other storage, in a block of its own that the policy knows. */
function restated(change: (given: Ground) => { readonly to?: number; readonly slots: ReadonlyMap<Hex, bigint> }) {
  let trusted = policy
  const document = withClaim((claim) => {
    const [ledger] = claim.ledgers
    if (ledger?.state === undefined) return claim
    const { header, slots } = proveStorage(ledger.state, claim.registry)
    const { to = claim.to, slots: changed } = change({ claim, ledger: ledgerIdFrom(ledger), slots })
    const timestamp = Math.max(header.timestamp, to)
    const state = { [claim.registry]: changed }
    const block = buildBlock({ number: header.number, timestamp, receipts: [], state })
    const trustedBlocks = [{ number: header.number, hash: block.hash }]
    trusted = { ...policy, chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks })) }
    return { ...claim, to, ledgers: [{ ...ledger, state: block.proveStorage(claim.registry, [...changed.keys()]) }] }
  })
  return { document, policy: trusted }
}

/** Unix seconds of the state in which the ledger's vouches are known. */
const stateTime = honest.claims.flatMap((claim) =>
  claim.kind === "period"
    ? claim.ledgers.flatMap(({ state }) => (state ? [proveStorage(state, claim.registry).header.timestamp] : []))
    : [],
)[0] as number

const withdrawn = restated(({ claim, ledger, slots }) => {
  const key = slotsOf.ledger(ledger)
  const counters = (slots.get(key) ?? 0n) & (2n ** 192n - 1n)
  return { slots: new Map([...slots, [key, counters | (BigInt(claim.from) << 192n)]]) }
})

/** The claim's own ledgers, and one more of the same operator. */
const expectedLedgers = honest.claims.flatMap((claim) =>
  claim.kind === "period"
    ? claim.ledgers.flatMap(({ operator, voucher }) => [
        { operator, voucher },
        { operator, voucher: accountOf("another voucher") },
      ])
    : [],
)

/** A device in the registry: its next run and, if it has one, the index of its last submission's checkpoint. */
type Member = { readonly nextRun: bigint; readonly latest?: bigint; readonly lastRun?: bigint }

const HOUR = 3600
/** The recorded ledger has submissions before the period, two in it, and one at its end, which is not in it. */
const LAST_BEFORE_END = 2n
const AT_END = 3n

type Activity = {
  readonly members: readonly Member[]
  /** Seconds from the last anchor in the period to its end. */
  readonly quiet?: number
  /** The submission at the end is its device's first. */
  readonly isFirstAtEnd?: boolean
  /** Devices of which the proof has no slot, at the end of the ledger's list. */
  readonly unproven?: bigint
}

/** The claim on storage that proves what these devices did. */
function activity({ members, quiet, isFirstAtEnd = false, unproven = 0n }: Activity): PresentationCase {
  return restated(({ claim, ledger, slots: recorded }) => {
    const slots = new Map(recorded)
    const marksSlot = (index: bigint) => slotsOf.checkpoint(ledger, index)[1]
    const timeAt = (index: bigint) => Number(((slots.get(marksSlot(index)) ?? 0n) >> 48n) & (2n ** 40n - 1n))
    const to = quiet === undefined ? claim.to : timeAt(LAST_BEFORE_END) + quiet
    const end = (slots.get(marksSlot(AT_END)) ?? 0n) & ~((2n ** 40n - 1n) << 48n) & (2n ** 136n - 1n)
    const number = isFirstAtEnd ? 1n : 4n
    slots.set(marksSlot(AT_END), end | (BigInt(to) << 48n) | (number << 136n) | (LAST_BEFORE_END << 176n))
    const counters = (slots.get(slotsOf.ledger(ledger)) ?? 0n) & ~((2n ** 64n - 1n) << 128n)
    slots.set(slotsOf.ledger(ledger), counters | ((BigInt(members.length) + unproven) << 128n))
    for (const [i, { nextRun, latest = 0n, lastRun = 2n ** 64n - 1n }] of members.entries()) {
      const device = toHex(bytesOf(`member ${i}`))
      const [state, last] = slotsOf.device(device)
      slots.set(slotsOf.member(ledger, BigInt(i)), BigInt(device))
      slots.set(state, (nextRun << 160n) | (latest << 208n) | (1n << 248n))
      slots.set(last, lastRun << 160n)
    }
    return { to, slots }
  })
}

const ACTIVE: Member = { nextRun: 39n, latest: AT_END }
const SILENT = { present: ["DEVICE_SILENT"], absent: ["DEVICES_UNPROVEN"] } as const
const UNPROVEN = { present: ["DEVICES_UNPROVEN"], absent: ["DEVICE_SILENT"] } as const
const BOTH = { present: ["DEVICE_SILENT", "DEVICES_UNPROVEN"], absent: [] } as const
const NONE = { present: [], absent: ["DEVICE_SILENT", "DEVICES_UNPROVEN"] } as const

const seen = (name: string, title: string, findings: NonNullable<Case["findings"]>, given: Activity): Case => ({
  ...{ name: `presentation-device-${name}`, title, expect: valid, findings },
  presentation: activity(given),
})

/** Devices that anchor nothing for 48 hours before a period's end are listed; it is no reason for a verdict. */
const SILENCE_CASES: readonly Case[] = [
  seen("active", "The only device anchored a run in the 48 hours before the period's end.", NONE, {
    members: [ACTIVE],
  }),
  seen("active-to-the-second", "The device's last anchor is 48 hours before the period's end.", NONE, {
    ...{ members: [ACTIVE], quiet: 48 * HOUR },
  }),
  seen("silent", "The device's last anchor is a second more than 48 hours before the period's end.", SILENT, {
    ...{ members: [ACTIVE], quiet: 48 * HOUR + 1 },
  }),
  seen("retired", "The device retired and anchored nothing in the 48 hours before the period's end.", SILENT, {
    ...{ members: [{ ...ACTIVE, lastRun: 38n }], quiet: 50 * HOUR },
  }),
  seen("never-anchored", "Of two devices, one has anchored no run at all.", SILENT, {
    members: [ACTIVE, { nextRun: 0n }],
  }),
  seen("late", "Of two devices, one anchored its first run at the period's end, which is outside.", SILENT, {
    ...{ members: [{ nextRun: 38n, latest: LAST_BEFORE_END }, ACTIVE], isFirstAtEnd: true },
  }),
  seen("unproven", "Of two devices, the document proves the activity of one.", UNPROVEN, {
    ...{ members: [ACTIVE], unproven: 1n },
  }),
  seen("silent-and-unproven", "Of two devices, one was silent, and of the other nothing is proved.", BOTH, {
    ...{ members: [ACTIVE], unproven: 1n, quiet: 72 * HOUR },
  }),
]

const of = (name: string, title: string, expect: Expected, document: Presentation, believed = policy): Case => ({
  ...{ name: `presentation-${name}`, title, expect },
  presentation: { document, policy: believed },
})

/** Claims about ledgers, proved in zero knowledge. */
export const PRESENTATION_CASES: readonly Case[] = [
  {
    ...of(
      "valid",
      "A claim over all runs of a period, one of them void, without a word about its devices.",
      valid,
      honest,
    ),
    findings: { ...UNPROVEN, present: ["DEVICES_UNPROVEN", "RUNS_VOID"] },
  },
  ...SILENCE_CASES,
  of("block-unknown", "The policy knows no block.", undetermined("TRUST_ROOT_MISSING"), honest, {
    ...policy,
    chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks: [] })),
  }),
  of("vouches-as-of-proof", "The policy asks of vouches as of the very time of the storage proof.", valid, honest, {
    ...policy,
    vouchesAsOf: stateTime,
  }),
  of(
    "state-too-old",
    "The storage proof is a second older than the policy asks of vouches.",
    undetermined("STATE_TOO_OLD"),
    honest,
    { ...policy, vouchesAsOf: stateTime + 1 },
  ),
  of(
    "ends-unproved",
    "There is no storage proof of the period's ends.",
    undetermined("PROOF_ABSENT"),
    withLedger(({ state: _, ...ledger }) => ledger),
  ),
  of(
    "better-bound",
    "The bound is better than the one that was proved.",
    invalid("CLAIM_PROOF_INVALID"),
    withClaim((claim) => ({ ...claim, hi: claim.hi - 1n })),
  ),
  of(
    "other-model",
    "The claim names another model.",
    invalid("CLAIM_PROOF_INVALID"),
    withClaim((claim) => ({ ...claim, filters: { ...claim.filters, model: "other" } })),
  ),
  of(
    "development-keys",
    "The keys are from a public ceremony, and the policy does not believe such.",
    unaccepted("CLAIM_KEY_NOT_ACCEPTED"),
    honest,
    { ...policy, claims: { ...policy.claims, developmentKeys: false } },
  ),
  of(
    "segment-dropped",
    "The last segment is left out.",
    invalid("CLAIM_SEGMENTS_BROKEN"),
    withLedger((ledger) => ({ ...ledger, segments: ledger.segments.slice(0, 1) })),
  ),
  of(
    "segments-swapped",
    "The segments stand in another order.",
    invalid("CLAIM_SEGMENTS_BROKEN"),
    withLedger((ledger) => ({ ...ledger, segments: ledger.segments.toReversed() })),
  ),
  of(
    "accumulator-exchanged",
    "A segment ends at another accumulator than the next begins at.",
    invalid("CLAIM_SEGMENTS_BROKEN"),
    withFirst(({ cTo }) => ({ cTo: other(cTo) })),
  ),
  of(
    "ledger-twice",
    "One ledger is counted twice.",
    invalid("CLAIM_LEDGERS_UNORDERED"),
    withClaim((claim) => ({ ...claim, ledgers: [...claim.ledgers, ...claim.ledgers] })),
  ),
  of(
    "ledger-left-out",
    "A ledger of this operator that the policy expects is left out.",
    invalid("CLAIM_LEDGER_MISSING"),
    honest,
    { ...policy, ledgers: expectedLedgers },
  ),
  of(
    "period-moved",
    "The period's end is moved past the next checkpoint.",
    invalid("CLAIM_PERIOD_MISMATCH"),
    withClaim((claim) => ({ ...claim, to: claim.to + 10_000 })),
  ),
  of(
    "period-empty",
    "The period ends before it begins.",
    invalid("CLAIM_PERIOD_MISMATCH"),
    withClaim((claim) => ({ ...claim, to: claim.from })),
  ),
  of(
    "metric-without-unit",
    "The metric counts work, and no unit of it is named.",
    invalid("CLAIM_METRIC_MISMATCH"),
    withClaim((claim) => ({ ...claim, filters: { ...claim.filters, unit: "" } })),
  ),
  of(
    "unopened",
    "The claim leaves a run unopened, and the policy allows none.",
    invalid("CLAIM_UNOPENED"),
    withFirst(() => ({ unopened: 1 })),
  ),
  {
    ...of(
      "voucher-withdrew",
      "A voucher withdrew its word from a time within the period.",
      invalid("CLAIM_SUSPECT"),
      honest,
    ),
    presentation: withdrawn,
  },
  of("voucher-not-believed", "The policy does not believe the voucher.", unaccepted("VOUCHER_NOT_ACCEPTED"), honest, {
    ...policy,
    vouchers: [],
  }),
  of(
    "storage-digit",
    "A digit of the storage proof is another one.",
    invalid("STATE_PROOF_INVALID"),
    withLedger((ledger) =>
      ledger.state
        ? {
            ...ledger,
            state: { ...ledger.state, account: ledger.state.account.map((node, i) => (i === 0 ? other(node) : node)) },
          }
        : ledger,
    ),
  ),
]
