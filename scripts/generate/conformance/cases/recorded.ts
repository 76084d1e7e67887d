import { readFileSync } from "node:fs"
import { type Hex, ledgerIdOf, type PeriodTally, type Presentation, parsePresentation, toHex } from "@wattest/protocol"
import { buildBlock } from "@wattest/testkit/conformance/chain"
import { bytesOf } from "@wattest/testkit/conformance/keys"
import { slotsOf, wordOf } from "@wattest/testkit/conformance/slots"
import { parsePolicy } from "@wattest/verifier"
import { proveStorage } from "../../../../verifier/src/chain/state.ts"
import { type Case, type Expected, otherHex, type PresentationCase } from "./case.ts"

/**
 * A presentation that a prover made once over a ledger of 60 runs that end in a period, and the policy that believes it. Proofs are random, so
 * it is kept as it was made; the cases follow from it.
 */
const RECORDED = "conformance/recorded"
export const honest = parsePresentation(new Uint8Array(readFileSync(`${RECORDED}/presentation.json`)))
export const policy = parsePolicy(new Uint8Array(readFileSync(`${RECORDED}/policy.json`)))

export type Segment = PeriodTally["ledgers"][number]["segments"][number]
export type Ledger = PeriodTally["ledgers"][number]
export type Bound = Presentation["bounds"][number]

export const withTally = (change: (tally: PeriodTally) => PeriodTally): Presentation => ({
  ...honest,
  tallies: honest.tallies.map((tally) => (tally.kind === "period" ? change(tally) : tally)),
})
export const withBound = (change: (bound: Bound) => Partial<Bound>): Presentation => ({
  ...honest,
  bounds: honest.bounds.map((bound) => ({ ...bound, ...change(bound) })),
})
export const withConditions = (change: Partial<PeriodTally["conditions"]>) =>
  withTally((tally) => ({ ...tally, conditions: { ...tally.conditions, ...change } }))
export const withClosing = (change: Partial<PeriodTally["closing"]>) =>
  withTally((tally) => ({ ...tally, closing: { ...tally.closing, ...change } }))
export const withLedger = (change: (ledger: Ledger) => Ledger) =>
  withTally((tally) => ({ ...tally, ledgers: tally.ledgers.map(change) }))
export const withFirst = (change: (segment: Segment) => Partial<Segment>) =>
  withLedger((ledger) => ({
    ...ledger,
    segments: ledger.segments.map((segment, i) => (i === 0 ? { ...segment, ...change(segment) } : segment)),
  }))
export const other = (hex: Hex) => otherHex(hex) as Hex

export const ledgerIdFrom = ({ operator, voucher }: Ledger): Hex => ledgerIdOf(operator, voucher)

/** Storage of the registry by slot, and the tally that rests on it. */
export type Ground = { readonly tally: PeriodTally; readonly ledger: Ledger; readonly slots: ReadonlyMap<Hex, bigint> }

/** What else differs from the recorded tally and its policy. */
type Beside = {
  readonly claims?: Partial<typeof policy.claims>
  /** Unix seconds of the block. */
  readonly timestamp?: number
  readonly said?: Partial<PeriodTally>
}

/** The same tally on other storage, in a block of its own that the policy knows. */
export function restated(change: (given: Ground) => ReadonlyMap<Hex, bigint>, beside: Beside = {}): PresentationCase {
  const { claims = {}, said = {} } = beside
  let trusted = policy
  const document = withTally((tally) => {
    const [ledger] = tally.ledgers
    if (ledger?.state === undefined) return tally
    const { header, slots } = proveStorage(ledger.state, tally.registry)
    const changed = change({ tally, ledger, slots })
    const state = { [tally.registry]: changed }
    const { number, timestamp } = { ...header, ...beside }
    const block = buildBlock({ number, timestamp, receipts: [], state })
    const trustedBlocks = [{ number, hash: block.hash }]
    const chains = policy.chains.map((chain) => ({ ...chain, trustedBlocks }))
    trusted = { ...policy, chains, claims: { ...policy.claims, ...claims } }
    const proven = { ...ledger, state: block.proveStorage(tally.registry, [...changed.keys()]) }
    return { ...tally, ...said, ledgers: [proven] }
  })
  return { document, policy: trusted }
}

export const periods = honest.tallies.filter((tally) => tally.kind === "period")

/** Unix seconds of the state in which the ledger's vouches are known. */
export const stateTime = periods.flatMap(({ ledgers, registry }) =>
  ledgers.flatMap(({ state }) => (state ? [proveStorage(state, registry).header.timestamp] : [])),
)[0] as number

/** A device in the registry: its next run and, if it has one, the index of its last submission's checkpoint. */
export type Member = {
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

export const HOUR = 3600
export const NEVER = 2n ** 64n - 1n
/** The recorded ledger has a submission before the period, one in it, one just after its end, and one after it was taken. */
export const LAST = 2n
export const AFTER = 3n

export type Activity = {
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
export function activity(
  { members, quiet, isFirstAfter = false, unproven = 0n }: Activity,
  claims: Partial<typeof policy.claims> = {},
): PresentationCase {
  return restated(
    ({ tally, ledger, slots: recorded }) => {
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
    },
    { claims },
  )
}

export const of = (name: string, title: string, expect: Expected, document: Presentation, believed = policy): Case => ({
  ...{ name: `presentation-${name}`, title, expect },
  presentation: { document, policy: believed },
})
