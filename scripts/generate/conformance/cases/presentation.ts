import type { Hex, PeriodTally } from "@wattest/protocol"
import { accountOf } from "@wattest/testkit/conformance/keys"
import { slotsOf, wordOf } from "@wattest/testkit/conformance/slots"
import { type Case, type Expected, invalid, type PresentationCase, unaccepted, undetermined, valid } from "./case.ts"
import {
  type Activity,
  AFTER,
  activity,
  type Bound,
  HOUR,
  honest,
  LAST,
  ledgerIdFrom,
  type Member,
  of,
  other,
  periods,
  policy,
  restated,
  stateTime,
  withBound,
  withClosing,
  withConditions,
  withFirst,
  withLedger,
  withTally,
} from "./recorded.ts"

/** The tally on storage in which withdrawals void anchors of these stretches; of the last one's slot there may be no proof. */
const withdrawn = (stretch: (tally: PeriodTally) => readonly [since: number, until: number], isProven = true) =>
  restated(({ tally, ledger, slots }) => {
    const id = ledgerIdFrom(ledger)
    const key = slotsOf.ledger(id)
    const [since, until] = stretch(tally).map(BigInt) as [bigint, bigint]
    const suspicion = [slotsOf.suspicion(id, 0n), wordOf([since, 64], [until, 64])] as const
    const counters = (slots.get(key) ?? 0n) | wordOf([0n, 160], [1n, 40])
    return new Map([...slots, [key, counters], ...(isProven ? [suspicion] : [])])
  })

/** The tally's own ledgers, and one more of the same operator. */
const expectedLedgers = periods.flatMap(({ ledgers }) =>
  ledgers.flatMap(({ operator, voucher }) => [
    { operator, voucher },
    { operator, voucher: accountOf("another voucher") },
  ]),
)

/** The ledger counts so many suspicions, of which the proof holds none. */
const counting = (suspicions: bigint) =>
  restated(({ ledger, slots }) => {
    const key = slotsOf.ledger(ledgerIdFrom(ledger))
    return new Map([...slots, [key, (slots.get(key) ?? 0n) | wordOf([0n, 160], [suspicions, 40])]])
  })

const suspicious = (name: string, title: string, expect: Expected, presentation: PresentationCase): Case => ({
  ...{ name: `presentation-${name}`, title, expect, presentation },
})

/** A withdrawal voids what the device anchored in a stretch of time: a tally that folded anchors there falls, others stand. */
const SUSPICION_CASES: readonly Case[] = [
  suspicious(
    "voucher-withdrew",
    "A voucher withdrew its word from the period's first second on, in which the device anchored.",
    invalid("CLAIM_SUSPECT"),
    withdrawn(({ from }) => [from, from]),
  ),
  suspicious(
    "suspect-at-the-end",
    "A withdrawal voids anchors of the last second before the tally was taken.",
    invalid("CLAIM_SUSPECT"),
    withdrawn(({ asOf }) => [asOf - 1, asOf]),
  ),
  suspicious(
    "suspect-before",
    "A withdrawal voids anchors up to the second before the period.",
    valid,
    withdrawn(({ from }) => [from - 100, from - 1]),
  ),
  suspicious(
    "suspect-after",
    "A withdrawal voids anchors from the time on as of which the tally was taken, which is outside.",
    valid,
    withdrawn(({ asOf }) => [asOf, asOf + 100]),
  ),
  suspicious(
    "suspicion-hidden",
    "The ledger has a suspicion, and the proof does not hold its slot.",
    invalid("STATE_PROOF_INVALID"),
    withdrawn(({ from }) => [from, from], false),
  ),
  suspicious(
    "suspicions-at-the-most",
    "The ledger has 1,024 suspicions, and the proof holds the slot of none.",
    invalid("STATE_PROOF_INVALID"),
    counting(1024n),
  ),
  suspicious(
    "suspicions-without-room",
    "The ledger has more suspicions than any proof has room for: a verifier does not look for each.",
    invalid("STATE_PROOF_INVALID"),
    counting(2n ** 40n - 1n),
  ),
]

const ACTIVE: Member = { nextRun: 62n, latest: AFTER }
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
    ...{ members: [ACTIVE], quiet: 60 },
  }),
  seen("active-to-the-second", "The device's last anchor is 48 hours before the period's end.", NONE, {
    ...{ members: [ACTIVE], quiet: 48 * HOUR },
  }),
  seen("silent", "The device's last anchor is a second more than 48 hours before the period's end.", SILENT, {
    ...{ members: [ACTIVE], quiet: 48 * HOUR + 1 },
  }),
  seen("retired", "The device retired and anchored nothing in the 48 hours before the period's end.", SILENT, {
    ...{ members: [{ ...ACTIVE, runs: 62n }], quiet: 50 * HOUR },
  }),
  seen("never-anchored", "Of two devices, one has anchored no run at all.", SILENT, {
    ...{ members: [ACTIVE, { nextRun: 0n }], quiet: 60 },
  }),
  seen("late", "Of two devices, one anchored its first run after the tally was taken.", SILENT, {
    ...{ members: [{ nextRun: 61n, latest: LAST }, ACTIVE], quiet: HOUR, isFirstAfter: true },
  }),
  seen("unproven", "Of two devices, the document proves the activity of one.", UNPROVEN, {
    ...{ members: [ACTIVE], unproven: 1n, quiet: 60 },
  }),
  seen("silent-and-unproven", "Of two devices, one was silent, and of the other nothing is proved.", BOTH, {
    ...{ members: [ACTIVE], unproven: 1n, quiet: 72 * HOUR },
  }),
]

const STRICT = { missingPercent: 1 }
const idle: Member = { nextRun: 0n }

const covered = (name: string, title: string, expect: Expected, given: PresentationCase): Case => ({
  ...{ name: `presentation-coverage-${name}`, title, expect, presentation: given },
})

/** Metered time is held against what the registry expects of the devices at the boundary. */
const COVERAGE_CASES: readonly Case[] = [
  covered(
    "whole",
    "The only device was metered for all of the period.",
    valid,
    activity({ members: [ACTIVE] }, STRICT),
  ),
  covered(
    "missing",
    "Of two devices one was metered for all of the period, the other never.",
    unaccepted("TIME_MISSING"),
    activity({ members: [ACTIVE, idle] }, STRICT),
  ),
  covered(
    "missing-allowed",
    "Half of the expected time is missing, and the policy allows that.",
    valid,
    activity({ members: [ACTIVE, idle] }, { missingPercent: 50 }),
  ),
  covered(
    "missing-more",
    "Half of the expected time is missing, and the policy allows a percent less.",
    unaccepted("TIME_MISSING"),
    activity({ members: [ACTIVE, idle] }, { missingPercent: 49 }),
  ),
  covered(
    "withdrawn-before",
    "The second device's vouch was withdrawn from the period's start on: nothing is expected of it.",
    valid,
    activity({ members: [ACTIVE, { ...idle, withdrawnAfter: 0 }] }, STRICT),
  ),
  covered(
    "withdrawn-within",
    "The second device's vouch was withdrawn in the middle of the period.",
    unaccepted("TIME_MISSING"),
    activity({ members: [ACTIVE, { ...idle, withdrawnAfter: 500 }] }, STRICT),
  ),
  covered(
    "joined-after",
    "The second device enrolled at the period's end.",
    valid,
    activity({ members: [ACTIVE, { ...idle, enrolledAfter: 1_020 }] }, STRICT),
  ),
  covered(
    "retired-before",
    "The second device retired without runs at the period's start.",
    valid,
    activity({ members: [ACTIVE, { ...idle, runs: 0n }] }, STRICT),
  ),
  covered(
    "other-boundary",
    "The second device meters at another boundary.",
    valid,
    activity({ members: [ACTIVE, { ...idle, boundary: 1n }] }, STRICT),
  ),
  covered(
    "unproven",
    "Nothing is proved of the second device.",
    undetermined("PROOF_ABSENT"),
    activity({ members: [ACTIVE], unproven: 1n }, STRICT),
  ),
]

const believing = (books: Partial<typeof policy.books>) => ({ ...policy, books: { ...policy.books, ...books } })

/** The honest tally, and behind it a join of these places. */
const joining = (parts: readonly number[]) => ({
  ...honest,
  tallies: periods.flatMap((tally) => {
    const accumulator = tally.ledgers[0]?.segments.at(-1)?.cTo as Hex
    const [proof] = tally.closing.proofs as [NonNullable<Bound["proof"]>]
    return [tally, { kind: "join" as const, parts, accumulator, proof, closing: tally.closing }]
  }),
})

/** Claims about ledgers, proved in zero knowledge. */
export const PRESENTATION_CASES: readonly Case[] = [
  {
    ...of(
      "valid",
      "A number over all runs that end in a period, one of them void, without a word about its devices.",
      valid,
      honest,
    ),
    findings: { ...UNPROVEN, present: ["DEVICES_UNPROVEN", "RUNS_VOID"] },
  },
  ...SILENCE_CASES,
  ...COVERAGE_CASES,
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
    withBound(({ hi }) => ({ hi: hi - 1n })),
  ),
  of(
    "other-model",
    "The claim names another model.",
    invalid("CLAIM_PROOF_INVALID"),
    withTally((tally) => ({ ...tally, filters: { ...tally.filters, model: "other" } })),
  ),
  of(
    "any-model",
    "The claim is about runs of any model, and was proved of one.",
    invalid("CLAIM_PROOF_INVALID"),
    withTally((tally) => ({ ...tally, filters: { ...tally.filters, model: null } })),
  ),
  of(
    "metered-more",
    "The tally says a millisecond more metered time than was proved.",
    invalid("CLAIM_PROOF_INVALID"),
    withTally(({ closing, ...tally }) => ({
      ...tally,
      closing: { ...closing, meteredAtLeast: closing.meteredAtLeast + 1n },
    })),
  ),
  of(
    "blind-less",
    "Less blind time than was proved.",
    invalid("CLAIM_PROOF_INVALID"),
    withClosing({ blindAtMost: 0n }),
  ),
  of(
    "broken-less",
    "Fewer broken runs than were proved.",
    invalid("CLAIM_PROOF_INVALID"),
    withClosing({ brokenAtMost: 0n }),
  ),
  of(
    "blind",
    "Up to a tenth of the time was blind, and the policy accepts a twentieth.",
    unaccepted("BLIND_NOT_ACCEPTED"),
    honest,
    believing({ blindPercent: 5 }),
  ),
  of(
    "broken",
    "Books may have broken before one run, and the policy accepts none.",
    unaccepted("BROKEN_NOT_ACCEPTED"),
    honest,
    believing({ broken: false }),
  ),
  of(
    "recorded",
    "The tally takes recorded runs too, and the policy accepts live ones.",
    unaccepted("ORIGIN_NOT_ACCEPTED"),
    withConditions({ origin: "recorded" }),
  ),
  of(
    "inventory-not-asked",
    "The policy asks for vouched sensors, the tally for none.",
    unaccepted("INVENTORY_NOT_SHOWN"),
    honest,
    believing({ inventory: true }),
  ),
  of(
    "beacons-not-asked",
    "The policy asks for beacons, the tally for none.",
    unaccepted("BEACONS_NOT_SHOWN"),
    honest,
    believing({ beacons: true }),
  ),
  of(
    "condition-added",
    "The tally says that its runs feed more than was proved.",
    invalid("CLAIM_PROOF_INVALID"),
    withConditions({ required: ["work", "accepted"] }),
  ),
  of(
    "source-not-required",
    "A lower bound divides by work that runs need not have counted.",
    invalid("CLAIM_SOURCE_MISSING"),
    {
      ...withConditions({ required: [] }),
      bounds: withBound(() => ({ lo: 1n })).bounds,
    },
  ),
  of("join-of-one-tally-twice", "A join counts one tally twice.", invalid("CLAIM_PARTS_MISMATCH"), joining([0, 0])),
  of("join-of-itself", "A join counts itself.", invalid("CLAIM_PARTS_MISMATCH"), joining([0, 1])),
  of(
    "ratio-of-nothing",
    "A ratio does not say what it divides.",
    invalid("CLAIM_METRIC_MISMATCH"),
    withBound(() => ({ metric: "ratio" })),
  ),
  of(
    "over-no-tally",
    "A bound is over a tally that is not there.",
    invalid("CLAIM_METRIC_MISMATCH"),
    withBound(() => ({ over: 7 })),
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
    withTally((tally) => ({
      ...tally,
      ledgers: tally.ledgers.flatMap((ledger) => [ledger, { ...ledger, asOf: ledger.from, segments: [] }]),
    })),
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
    "The tally says that it was taken after the next checkpoint.",
    invalid("CLAIM_PERIOD_MISMATCH"),
    withTally((tally) => ({ ...tally, asOf: tally.asOf + 10_000 })),
  ),
  of(
    "period-longer",
    "The period's end is a second later than was proved.",
    invalid("CLAIM_PROOF_INVALID"),
    withTally((tally) => ({ ...tally, to: tally.to + 1 })),
  ),
  of(
    "taken-before-its-end",
    "The tally was taken at the period's end, when its last runs could not be anchored.",
    invalid("CLAIM_PERIOD_MISMATCH"),
    withTally((tally) => ({ ...tally, asOf: tally.to })),
  ),
  of(
    "period-empty",
    "The period ends before it begins.",
    invalid("CLAIM_PERIOD_MISMATCH"),
    withTally((tally) => ({ ...tally, to: tally.from })),
  ),
  of(
    "metric-without-unit",
    "The metric counts work, and no unit of it is named.",
    invalid("CLAIM_METRIC_MISMATCH"),
    withTally((tally) => ({ ...tally, filters: { ...tally.filters, unit: "" } })),
  ),
  of(
    "unopened",
    "The claim leaves a run unopened, and the policy allows none.",
    invalid("CLAIM_UNOPENED"),
    withFirst(() => ({ unopened: 1 })),
  ),
  ...SUSPICION_CASES,
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
