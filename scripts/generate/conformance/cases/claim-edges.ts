import { type Hex, ledgerIdOf, type Owner, type PeriodTally, type Presentation } from "@wattest/protocol"
import { accountOf } from "@wattest/testkit/conformance/keys"
import { slotsOf, wordOf } from "@wattest/testkit/conformance/slots"
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
import {
  AFTER,
  activity,
  type Bound,
  honest,
  LAST,
  ledgerIdFrom,
  type Member,
  of,
  periods,
  policy,
  restated,
  withBound,
  withConditions,
  withFirst,
  withLedger,
  withTally,
} from "./recorded.ts"

/** Comparisons of a claim at, below and above their bound, where no case beside them tries that. */

const presented = (name: string, title: string, expect: Expected, presentation: PresentationCase): Case => ({
  ...{ name: `presentation-${name}`, title, expect, presentation },
})

const mismatch = invalid("CLAIM_METRIC_MISMATCH")
const otherPeriod = invalid("CLAIM_PERIOD_MISMATCH")
const unproved = invalid("CLAIM_PROOF_INVALID")
const broken = invalid("CLAIM_SEGMENTS_BROKEN")

const [tally] = periods
const [ledger] = tally?.ledgers ?? []
if (tally === undefined || ledger === undefined)
  throw new TypeError("the recorded presentation is of a tally over one ledger")
const { from, to, asOf } = tally

/* The ends of a ledger's part on the chain. */

const [BEFORE, WITHIN] = [0n, 1n]

/** The time of these submissions, by their index; and the head, length or number of submissions that storage holds. */
type Books = {
  readonly times?: readonly (readonly [index: bigint, time: number])[]
  readonly head?: bigint
  readonly length?: bigint
  readonly count?: bigint
}

const words = ({ times = [], head, length, count }: Books) =>
  restatedWords((slots, id) => {
    for (const [index, time] of times) {
      const slot = slotsOf.checkpoint(id, index)[1]
      const word = slots.get(slot) ?? 0n
      slots.set(slot, wordOf([BigInt.asUintN(40, word), 40], [BigInt(time), 40]) | ((word >> 80n) << 80n))
    }
    const [headSlot, submission] = slotsOf.checkpoint(id, LAST)
    if (head !== undefined) slots.set(headSlot, head)
    const last = slots.get(submission) ?? 0n
    if (length !== undefined) slots.set(submission, ((last >> 40n) << 40n) | length)
    const counters = slots.get(slotsOf.ledger(id)) ?? 0n
    const [runs, others] = [BigInt.asUintN(40, counters), counters >> 80n]
    if (count !== undefined) slots.set(slotsOf.ledger(id), wordOf([runs, 40], [count, 40], [others, 176]))
  })

type Change = (slots: Map<Hex, bigint>, ledger: Hex) => void

const restatedWords =
  (change: Change) =>
  (beside: Parameters<typeof restated>[1] = {}): PresentationCase =>
    restated(({ ledger, slots }) => {
      const changed = new Map(slots)
      change(changed, ledgerIdFrom(ledger))
      return changed
    }, beside)

const END_CASES: readonly Case[] = [
  presented(
    "start-just-after-a-submission",
    "The submission before the period is of the second before it, the next one of its first.",
    valid,
    words({
      times: [
        [BEFORE, from - 1],
        [WITHIN, from],
      ],
    })(),
  ),
  presented(
    "start-at-a-submission",
    "The submission before the period is of its first second.",
    otherPeriod,
    words({ times: [[BEFORE, from]] })(),
  ),
  presented(
    "submission-before-start",
    "A submission that was folded is of the second before the period.",
    otherPeriod,
    words({
      times: [
        [BEFORE, from - 1],
        [WITHIN, from - 1],
      ],
    })(),
  ),
  presented(
    "taken-just-after-a-submission",
    "The last submission that was folded is of the second before the tally was taken, the next one of that second.",
    valid,
    words({
      times: [
        [LAST, asOf - 1],
        [AFTER, asOf],
      ],
    })(),
  ),
  presented(
    "taken-at-a-submission",
    "The last submission that was folded is of the second in which the tally was taken.",
    otherPeriod,
    words({ times: [[LAST, asOf]] })(),
  ),
  presented(
    "submission-left-out",
    "A submission of the second before the tally was taken was not folded.",
    otherPeriod,
    words({
      times: [
        [LAST, asOf - 1],
        [AFTER, asOf - 1],
      ],
    })(),
  ),
  presented(
    "taken-just-after-its-end",
    "The tally was taken a second after the period's end.",
    valid,
    words({ times: [[LAST, to]] })({ said: { asOf: to + 1 } }),
  ),
  presented(
    "taken-at-its-end",
    "The tally was taken at the period's end, after the last submission that was folded.",
    otherPeriod,
    words({ times: [[LAST, to - 1]] })({ said: { asOf: to } }),
  ),
  presented(
    "no-submission-after",
    "The registry has no submission after those that were folded.",
    valid,
    words({ count: LAST + 1n })(),
  ),
  presented(
    "submission-too-many",
    "The tally folds a submission more than the registry has.",
    otherPeriod,
    words({ count: LAST })(),
  ),
  presented("end-other-head", "The registry has another head at the end.", otherPeriod, words({ head: 7n })()),
  presented(
    "end-longer",
    "The registry has a run more at the end.",
    otherPeriod,
    words({ length: ledger.asOf.length + 1n })(),
  ),
  presented(
    "state-of-that-second",
    "The storage is of the second as of which the tally was taken.",
    valid,
    words({})({ timestamp: asOf }),
  ),
  presented(
    "state-before-that-second",
    "The storage is of the second before the tally was taken.",
    otherPeriod,
    words({})({ timestamp: asOf - 1 }),
  ),
]

/* Segments and periods. */

const withEnd = (change: Partial<PeriodTally["ledgers"][number]["asOf"]>) =>
  withLedger((given) => ({ ...given, asOf: { ...given.asOf, ...change } }))
const withoutKey = (name: string): Presentation => ({
  ...honest,
  keys: Object.fromEntries(Object.entries(honest.keys).filter(([own]) => own !== name)),
})

const CHAIN_CASES: readonly Case[] = [
  of(
    "period-backwards",
    "The period ends the second before it begins.",
    otherPeriod,
    withTally((given) => ({ ...given, to: given.from - 1 })),
  ),
  of(
    "period-of-a-second",
    "The period is a second long, and more was proved.",
    unproved,
    withTally((given) => ({ ...given, to: given.from + 1 })),
  ),
  of(
    "period-earlier",
    "The period begins a second earlier than was proved.",
    unproved,
    withTally((given) => ({ ...given, from: given.from - 1 })),
  ),
  of(
    "taken-a-second-before",
    "The tally was taken the second before the period's end.",
    otherPeriod,
    withTally((given) => ({ ...given, asOf: given.to - 1 })),
  ),
  of(
    "end-a-run-more",
    "The ledger's end is a run longer than its segments.",
    broken,
    withEnd({ length: ledger.asOf.length + 1n }),
  ),
  of(
    "end-a-run-less",
    "The ledger's end is a run shorter than its segments.",
    broken,
    withEnd({ length: ledger.asOf.length - 1n }),
  ),
  of(
    "end-of-other-head",
    "The ledger's end is another head than that of its last segment.",
    broken,
    withEnd({ head: otherHex(ledger.asOf.head) as Hex }),
  ),
  of(
    "segment-of-other-head",
    "The first segment does not begin at the head before the period.",
    broken,
    withFirst(({ headFrom }) => ({ headFrom: otherHex(headFrom) as Hex })),
  ),
  of(
    "segment-of-other-start",
    "The first segment does not begin at nothing counted.",
    broken,
    withFirst(({ cFrom }) => ({ cFrom: otherHex(cFrom) as Hex })),
  ),
  of(
    "segment-a-void-less",
    "A segment says that none of its runs is void, where one was proved.",
    unproved,
    withFirst(() => ({ voids: 0 })),
  ),
  of(
    "fold-key-absent",
    "The document has no key of its segments' circuit.",
    invalid("FIELD_MISSING"),
    withoutKey("fold"),
  ),
  of(
    "bound-key-absent",
    "The document has no key of its bounds' circuit.",
    invalid("FIELD_MISSING"),
    withoutKey("bound"),
  ),
]

/* Ledgers of one operator, by ascending id. */

const empty = { checkpoints: 0n, head: `0x${"00".repeat(32)}` as Hex, length: 0n }
const accounts = Array.from({ length: 16 }, (_, i) => accountOf(`voucher ${i}`))
const ownId = ledgerIdOf(ledger.operator, ledger.voucher)

/** A voucher whose ledger of this operator stands before or after the recorded one. */
const voucherOf = (operator: Hex, isAfter: boolean): Hex =>
  accounts.find((voucher) => ledgerIdOf(operator, voucher) > ownId === isAfter) as Hex

/** A second ledger in which nothing was anchored, behind the recorded one or before it. */
function withSecond({ operator = ledger?.operator as Hex, isAfter = true, isBehind = true }): PresentationCase {
  const second: Owner = { operator, voucher: voucherOf(operator, isAfter) }
  const slot = slotsOf.ledger(ledgerIdOf(second.operator, second.voucher))
  const given = restatedWords((slots) => slots.set(slot, wordOf([0n, 120], [1n, 40])))()
  const tallies = given.document.tallies.map((own) => {
    if (own.kind !== "period") return own
    const [recorded] = own.ledgers
    if (recorded === undefined) return own
    const added = { ...recorded, ...second, from: empty, asOf: empty, segments: [] }
    return { ...own, ledgers: isBehind ? [recorded, added] : [added, recorded] }
  })
  const vouchers = [...given.policy.vouchers, second.voucher]
  return { document: { ...given.document, tallies }, policy: { ...given.policy, vouchers } }
}

/** The policy expects these ledgers. */
const expecting = (...ledgers: readonly Owner[]) => ({ ...policy, ledgers })
const own: Owner = { operator: ledger.operator, voucher: ledger.voucher }

const LEDGER_CASES: readonly Case[] = [
  presented("two-ledgers", "A second ledger of the operator, in which nothing was anchored.", valid, withSecond({})),
  presented(
    "two-ledgers-second-first",
    "A second ledger of the operator, whose id is the lower one, stands first.",
    valid,
    withSecond({ isAfter: false, isBehind: false }),
  ),
  presented(
    "ledgers-unordered",
    "The ledger with the lower id stands behind.",
    invalid("CLAIM_LEDGERS_UNORDERED"),
    withSecond({ isAfter: false }),
  ),
  presented(
    "of-two-operators",
    "The second ledger is another operator's.",
    invalid("CLAIM_PARTS_MISMATCH"),
    withSecond({ operator: accountOf("another operator") }),
  ),
  of("expected-ledger", "The policy expects just this ledger.", valid, honest, expecting(own)),
  of(
    "expected-ledger-of-another",
    "The policy expects a ledger of another operator too, of whom nothing is said.",
    valid,
    honest,
    expecting(own, { ...own, operator: accountOf("another operator") }),
  ),
  of(
    "ledger-not-expected",
    "The policy expects another ledger.",
    unaccepted("LEDGER_NOT_ACCEPTED"),
    honest,
    expecting({ ...own, operator: accountOf("another operator") }),
  ),
]

/* What the policy demands of runs. */

const graded = (grades: Partial<typeof policy.grades>) => ({ ...policy, grades: { ...policy.grades, ...grades } })
const seeing = (books: Partial<typeof policy.books>) => ({ ...policy, books: { ...policy.books, ...books } })
const unopening = (unopenedRuns: number) => ({ ...policy, claims: { ...policy.claims, unopenedRuns } })
const leaving = (unopened: number) => withFirst(() => ({ unopened }))

const TERM_CASES: readonly Case[] = [
  of(
    "energy-grade-better",
    "The runs' energy is measured, and the policy takes allocated too.",
    valid,
    honest,
    graded({ energy: "allocated" }),
  ),
  of(
    "energy-grade-worse",
    "The runs' energy is measured, and the policy takes calibrated alone.",
    unaccepted("GRADE_NOT_ACCEPTED"),
    honest,
    graded({ energy: "calibrated" }),
  ),
  of(
    "work-grade-better",
    "The runs' work is declared, and the policy takes simulated too.",
    valid,
    honest,
    graded({ work: "simulated" }),
  ),
  of(
    "work-grade-worse",
    "The runs' work is declared, and the policy takes estimated at worst.",
    unaccepted("GRADE_NOT_ACCEPTED"),
    honest,
    graded({ work: "estimated" }),
  ),
  of(
    "origin-of-none",
    "The policy takes runs of no origin.",
    unaccepted("ORIGIN_NOT_ACCEPTED"),
    honest,
    seeing({ origins: [] }),
  ),
  of(
    "recorded-accepted",
    "The tally takes recorded runs, as the policy does, and live ones were proved.",
    unproved,
    withConditions({ origin: "recorded" }),
    seeing({ origins: ["live", "recorded"] }),
  ),
  of(
    "blind-above",
    "Up to a tenth of the time was blind, and the policy accepts a percent less.",
    unaccepted("BLIND_NOT_ACCEPTED"),
    honest,
    seeing({ blindPercent: 9 }),
  ),
  of(
    "unopened-within",
    "Two runs are left unopened as the policy allows, and none was proved to be.",
    unproved,
    leaving(2),
    unopening(2),
  ),
  of(
    "unopened-above",
    "Two runs are left unopened, and the policy allows one.",
    invalid("CLAIM_UNOPENED"),
    leaving(2),
    unopening(1),
  ),
]

/* Bounds and their sides. */

const oneRatio: NonNullable<Bound["ratio"]> = { numerator: ["energyMillijoules"], denominator: ["workUnits"] }
const over = (bound: Partial<Bound>, other: Partial<PeriodTally>): Presentation => ({
  ...honest,
  tallies: [tally, { ...tally, ...other }],
  bounds: withBound(() => ({ over: 1, ...bound })).bounds,
})
const ratio: Partial<Bound> = { metric: "ratio", ratio: oneRatio }
const others = (change: Partial<Owner>) => ({ ledgers: tally.ledgers.map((given) => ({ ...given, ...change })) })

const BOUND_CASES: readonly Case[] = [
  of(
    "bound-of-one-number",
    "Both ends of the bound are the same, and more was proved.",
    unproved,
    withBound(({ hi }) => ({ lo: hi })),
  ),
  of(
    "bound-backwards",
    "The bound's lower end is above its upper one by one.",
    mismatch,
    withBound(({ hi }) => ({ lo: hi + 1n })),
  ),
  of(
    "of-no-tally",
    "A bound is of the tally behind the last.",
    mismatch,
    withBound(() => ({ tally: 1 })),
  ),
  of(
    "over-the-next-tally",
    "A bound is over the tally behind the last.",
    mismatch,
    withBound(() => ({ over: 1 })),
  ),
  of(
    "quotient-of-no-ratio",
    "A metric that is no ratio says what it divides.",
    mismatch,
    withBound(() => ({ ratio: oneRatio })),
  ),
  of("metric-over-two", "A metric that is no ratio is over two tallies.", mismatch, over({}, {})),
  of(
    "ratio-over-earlier",
    "A ratio is over a tally that begins a second earlier.",
    mismatch,
    over(ratio, { from: from - 1 }),
  ),
  of("ratio-over-later", "A ratio is over a tally that ends a second later.", mismatch, over(ratio, { to: to + 1 })),
  of(
    "ratio-over-another-chain",
    "A ratio is over a tally of another chain.",
    mismatch,
    over(ratio, { chainId: tally.chainId + 1 }),
  ),
  of(
    "ratio-over-another-registry",
    "A ratio is over a tally of another registry.",
    mismatch,
    over(ratio, { registry: accountOf("another registry") }),
  ),
  of(
    "ratio-over-another-operator",
    "A ratio is over a tally of another operator.",
    mismatch,
    over(ratio, others({ operator: accountOf("another operator") })),
  ),
  of(
    "metric-of-any-unit",
    "The metric counts work, of runs of any unit.",
    mismatch,
    withTally((given) => ({ ...given, filters: { ...given.filters, unit: null } })),
  ),
  of(
    "bound-both",
    "A bound has a proof, and a place on the chain.",
    mismatch,
    withBound(() => ({ published: 0 })),
  ),
  of("bound-on-no-chain", "A bound has a place on the chain, and its tally is folded.", mismatch, {
    ...honest,
    bounds: honest.bounds.map(({ proof: _, ...bound }) => ({ ...bound, published: 0 })),
  }),
]

/* Expected time, to the second. */

const ACTIVE: Member = { nextRun: 62n, latest: AFTER }
const second = (member: Partial<Member>, missingPercent: number) =>
  activity({ members: [ACTIVE, { nextRun: 0n, ...member }] }, { missingPercent })

const TIME_CASES: readonly Case[] = [
  presented(
    "coverage-joined-at-the-end",
    "The second device enrolled at the period's end, and nothing may be missing.",
    valid,
    second({ enrolledAfter: to - from }, 0),
  ),
  presented(
    "coverage-joined-just-before",
    "The second device enrolled a second before the period's end, and nothing may be missing.",
    unaccepted("TIME_MISSING"),
    second({ enrolledAfter: to - from - 1 }, 0),
  ),
  presented(
    "coverage-withdrawn-just-within",
    "The second device's vouch was withdrawn a second after the period's start, and nothing may be missing.",
    unaccepted("TIME_MISSING"),
    second({ withdrawnAfter: 1 }, 0),
  ),
  presented(
    "coverage-none-expected",
    "No device meters at the boundary, and nothing may be missing.",
    valid,
    activity({ members: [{ ...ACTIVE, boundary: 1n }] }, { missingPercent: 0 }),
  ),
  presented(
    "coverage-unproven-nearly-any",
    "Nothing is proved of a device, and the policy allows all time but a percent to be missing.",
    undetermined("PROOF_ABSENT"),
    activity({ members: [ACTIVE], unproven: 1n }, { missingPercent: 99 }),
  ),
  presented(
    "coverage-unproven-any",
    "Nothing is proved of a device, and the policy allows all time to be missing.",
    valid,
    activity({ members: [ACTIVE], unproven: 1n }, { missingPercent: 100 }),
  ),
]

export const CLAIM_EDGE_CASES: readonly Case[] = [
  ...END_CASES,
  ...CHAIN_CASES,
  ...LEDGER_CASES,
  ...TERM_CASES,
  ...BOUND_CASES,
  ...TIME_CASES,
]
