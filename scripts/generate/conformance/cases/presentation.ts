import { readFileSync } from "node:fs"
import { type Hex, ledgerIdOf, type PeriodTally, type Presentation, parsePresentation, toHex } from "@wattest/protocol"
import { buildBlock } from "@wattest/testkit/conformance/chain"
import { accountOf, bytesOf } from "@wattest/testkit/conformance/keys"
import { slotsOf, wordOf } from "@wattest/testkit/conformance/slots"
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
 * A presentation that a prover made once over a ledger of 60 runs that end in a period, and the policy that believes it. Proofs are random, so
 * it is kept as it was made; the cases follow from it.
 */
const RECORDED = "conformance/recorded"
const honest = parsePresentation(new Uint8Array(readFileSync(`${RECORDED}/presentation.json`)))
const policy = parsePolicy(new Uint8Array(readFileSync(`${RECORDED}/policy.json`)))

type Segment = PeriodTally["ledgers"][number]["segments"][number]
type Ledger = PeriodTally["ledgers"][number]
type Bound = Presentation["bounds"][number]

const withTally = (change: (tally: PeriodTally) => PeriodTally): Presentation => ({
  ...honest,
  tallies: honest.tallies.map((tally) => (tally.kind === "period" ? change(tally) : tally)),
})
const withBound = (change: (bound: Bound) => Partial<Bound>): Presentation => ({
  ...honest,
  bounds: honest.bounds.map((bound) => ({ ...bound, ...change(bound) })),
})
const withConditions = (change: Partial<PeriodTally["conditions"]>) =>
  withTally((tally) => ({ ...tally, conditions: { ...tally.conditions, ...change } }))
const withClosing = (change: Partial<PeriodTally["closing"]>) =>
  withTally((tally) => ({ ...tally, closing: { ...tally.closing, ...change } }))
const withLedger = (change: (ledger: Ledger) => Ledger) =>
  withTally((tally) => ({ ...tally, ledgers: tally.ledgers.map(change) }))
const withFirst = (change: (segment: Segment) => Partial<Segment>) =>
  withLedger((ledger) => ({
    ...ledger,
    segments: ledger.segments.map((segment, i) => (i === 0 ? { ...segment, ...change(segment) } : segment)),
  }))
const other = (hex: Hex) => otherHex(hex) as Hex

const ledgerIdFrom = ({ operator, voucher }: Ledger): Hex => ledgerIdOf(operator, voucher)

/** Storage of the registry by slot, and the tally that rests on it. */
type Ground = { readonly tally: PeriodTally; readonly ledger: Ledger; readonly slots: ReadonlyMap<Hex, bigint> }

/** The same tally on other storage, in a block of its own that the policy knows. */
function restated(change: (given: Ground) => ReadonlyMap<Hex, bigint>, claims: Partial<typeof policy.claims> = {}) {
  let trusted = policy
  const document = withTally((tally) => {
    const [ledger] = tally.ledgers
    if (ledger?.state === undefined) return tally
    const { header, slots } = proveStorage(ledger.state, tally.registry)
    const changed = change({ tally, ledger, slots })
    const state = { [tally.registry]: changed }
    const block = buildBlock({ number: header.number, timestamp: header.timestamp, receipts: [], state })
    const trustedBlocks = [{ number: header.number, hash: block.hash }]
    const chains = policy.chains.map((chain) => ({ ...chain, trustedBlocks }))
    trusted = { ...policy, chains, claims: { ...policy.claims, ...claims } }
    return { ...tally, ledgers: [{ ...ledger, state: block.proveStorage(tally.registry, [...changed.keys()]) }] }
  })
  return { document, policy: trusted }
}

const periods = honest.tallies.filter((tally) => tally.kind === "period")

/** Unix seconds of the state in which the ledger's vouches are known. */
const stateTime = periods.flatMap(({ ledgers, registry }) =>
  ledgers.flatMap(({ state }) => (state ? [proveStorage(state, registry).header.timestamp] : [])),
)[0] as number

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

/** A device in the registry: its next run and, if it has one, the index of its last submission's checkpoint. */
type Member = {
  readonly nextRun: bigint
  readonly latest?: bigint
  readonly runs?: bigint
  /** Seconds after the period's start from which its vouch is withdrawn. */
  readonly withdrawnAfter?: number
  /** Seconds after the period's start at which it enrolled. */
  readonly enrolledAfter?: number
  /** 2: node. */
  readonly boundary?: bigint
}

const HOUR = 3600
const NEVER = 2n ** 64n - 1n
/** The recorded ledger has a submission before the period, one in it, one just after its end, and one after it was taken. */
const LAST = 2n
const AFTER = 3n

type Activity = {
  readonly members: readonly Member[]
  /** Seconds from the last anchor that was folded to the period's end. */
  readonly quiet?: number
  /** The submission after the tally was taken is its device's first. */
  readonly isFirstAfter?: boolean
  /** Devices of which the proof has no slot, at the end of the ledger's list. */
  readonly unproven?: bigint
}

const deviceAt = (i: number) => toHex(bytesOf(`member ${i}`))

/** Words of a device: its place in the ledger, its runs, its service and its vouch. */
function memberSlots(
  { from }: PeriodTally,
  ledger: Ledger,
  member: Member,
  i: number,
): readonly (readonly [Hex, bigint])[] {
  const { nextRun, latest = 0n, runs = 2n ** 40n - 1n, withdrawnAfter, enrolledAfter = 0, boundary = 2n } = member
  const device = deviceAt(i)
  const [, state, service] = slotsOf.device(device)
  const since = withdrawnAfter === undefined ? NEVER : BigInt(from + withdrawnAfter)
  return [
    [slotsOf.member(ledgerIdFrom(ledger), BigInt(i)), BigInt(device)],
    [state, wordOf([0n, 160], [nextRun, 40], [latest, 40], [1n, 8])],
    [service, wordOf([runs, 40], [BigInt(from + enrolledAfter), 40], [BigInt(from), 40], [boundary, 8])],
    [slotsOf.vouch(device, ledger.voucher)[0], wordOf([ledger.operator, 160], [since, 64])],
  ]
}

/** The tally on storage that proves what these devices did. */
function activity(
  { members, quiet, isFirstAfter = false, unproven = 0n }: Activity,
  claims: Partial<typeof policy.claims> = {},
): PresentationCase {
  return restated(({ tally, ledger, slots: recorded }) => {
    const slots = new Map(recorded)
    const submissionSlot = (index: bigint) => slotsOf.checkpoint(ledgerIdFrom(ledger), index)[1]
    const wordAt = (index: bigint) => slots.get(submissionSlot(index)) ?? 0n
    const [length, time] = [BigInt.asUintN(40, wordAt(LAST)), BigInt.asUintN(40, wordAt(LAST) >> 40n)]
    const anchored = quiet === undefined ? time : BigInt(tally.to - quiet)
    slots.set(submissionSlot(LAST), wordOf([length, 40], [anchored, 40], [0n, 64], [3n, 32], [1n, 40]))
    const after = wordAt(AFTER)
    const marks = [
      [0n, 64],
      [isFirstAfter ? 1n : 4n, 32],
      [LAST, 40],
    ] as const
    const times = [BigInt.asUintN(40, after), BigInt.asUintN(40, after >> 40n)] as const
    slots.set(submissionSlot(AFTER), wordOf([times[0], 40], [times[1], 40], ...marks))
    const key = slotsOf.ledger(ledgerIdFrom(ledger))
    const count = BigInt(members.length)
    const counters = BigInt.asUintN(80, slots.get(key) ?? 0n)
    slots.set(key, wordOf([counters, 80], [count + unproven, 40], [count + unproven, 40]))
    for (const [i, member] of members.entries())
      for (const [slot, word] of memberSlots(tally, ledger, member, i)) slots.set(slot, word)
    return slots
  }, claims)
}

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

const of = (name: string, title: string, expect: Expected, document: Presentation, believed = policy): Case => ({
  ...{ name: `presentation-${name}`, title, expect },
  presentation: { document, policy: believed },
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
  of("join-of-one-tally-twice", "A join counts one tally twice.", invalid("CLAIM_PARTS_MISMATCH"), {
    ...honest,
    tallies: periods.flatMap((tally) => {
      const accumulator = tally.ledgers[0]?.segments.at(-1)?.cTo as Hex
      const [proof] = tally.closing.proofs as [NonNullable<Bound["proof"]>]
      return [tally, { kind: "join" as const, parts: [0, 0], accumulator, proof, closing: tally.closing }]
    }),
  }),
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
