import {
  type Accumulation,
  type Bounds,
  type BoundTerms,
  boundInput,
  contractMetric,
  EMPTY_ACCUMULATION,
  joinTotals,
  METRICS,
  type Measure,
  type MetricName,
  NO_UPPER_BOUND,
  type Sides,
  type Slot,
} from "@wattest/protocol"
import { prove } from "./proofs.ts"
import {
  ASKED,
  type Asking,
  anchor,
  createWorld,
  enrolDevice,
  PERIOD,
  periodStart,
  proveSegment,
  runOf,
  type SegmentCall,
  termsOf,
  type World,
} from "./world.ts"

const work = (energyMillijoules: bigint, workUnits: bigint) => ({
  registers: { energyMillijoules, uncertaintyMillijoules: 1n, workUnits, blindMilliseconds: 1_000n },
})

/** Period 1 of the first ledger: a run, a void one, another run that begins before it, and one of another model. */
export const FIRST: readonly Slot[] = [
  { opening: runOf("a", work(100n, 10n)) },
  { root: 0n },
  { opening: runOf("b", { ...work(200n, 20n), endsAt: periodStart(1) + 30n }) },
  {
    opening: runOf("c", {
      ...work(5000n, 1n),
      model: "mistral",
      unit: "sample",
      energyGrade: "estimated",
      broken: true,
    }),
  },
]
/** Period 1 of the second ledger. */
export const SECOND: readonly Slot[] = [
  {
    opening: runOf("d", {
      registers: {
        ...{ energyMillijoules: 300n, uncertaintyMillijoules: 1n, acceleratorMillijoules: 200n, idleMillijoules: 50n },
        ...{ workUnits: 30n, acceptedUnits: 25n, carbonMilligrams: 70n, waterMillilitres: 40n },
      },
      endsAt: periodStart(2),
    }),
  },
]

/** Metered: 60 + 30 + 60 + 60 s; blind 1 s in each of the first three. */
export const CLOSING = { meteredAtLeast: 210_000n, blindAtMost: 14_286n, brokenAtMost: 1n } as const

/** A world with both ledgers anchored: one run before the period, and one of the period after it has ended. */
export async function createLedgers() {
  const world = await createWorld()
  const [first, second] = [await enrolDevice(world, world.vouchers[0]), await enrolDevice(world, world.vouchers[1])]
  const early = runOf("before", { endsAt: periodStart(1) - 60n })
  await anchor(world, first, { slots: [{ opening: early }], time: periodStart(1) - 1n })
  await anchor(world, first, { slots: FIRST, time: periodStart(1) + 3599n })
  await anchor(world, second, { slots: SECOND, time: periodStart(2) + 100n })
  await anchor(world, second, { slots: [{ opening: runOf("late") }], time: periodStart(3) })
  const operator = world.operator.account.address
  const id = await world.registry.read.ledgerId([operator, world.vouchers[0].account.address])
  const [, head] = await world.registry.read.checkpointBefore([id, PERIOD[0]])
  return { ...world, first, second, operatorAddress: operator, head: BigInt(head) }
}

export type Ledgers = Awaited<ReturnType<typeof createLedgers>>

/** Opens a tally over both ledgers and the period, or over others, and returns its number. */
export async function openTally(
  world: Ledgers,
  asking: Asking = {},
  vouchers = world.vouchers as readonly World["voucher"][],
) {
  const number = await world.claims.read.tallyCount([world.operatorAddress])
  await world.claims.write.open([termsOf(vouchers, asking)])
  return number
}

export const OPTIONS = { asked: ASKED, blindTo: 5n }

/** The honest segments of the tally: three runs, one run, and the second ledger's. */
export async function proveTally({ head }: Ledgers, options = OPTIONS) {
  const one = await proveSegment({ head, accumulation: EMPTY_ACCUMULATION }, FIRST.slice(0, 3), options)
  const two = await proveSegment({ head: one.segment.headTo, accumulation: one.segment.to }, FIRST.slice(3), options)
  const three = await proveSegment({ head: 0n, accumulation: two.segment.to }, SECOND, options)
  return { one, two, three, end: three.segment.to }
}

export type Proven = Awaited<ReturnType<typeof proveTally>>

export const callsOf = ({ one, two, three }: Proven): SegmentCall[] => [one.call, two.call, three.call]

/** Numerator and denominator from one tally. */
export const both = (end: Accumulation): Sides => ({ numerator: end, denominator: end })

export const proveBound = (sides: Sides, terms: BoundTerms) => prove("bound", boundInput(sides, terms))

export const SOME: Bounds = { lo: 0n, hi: NO_UPPER_BOUND }

/** A bound as the contract takes it, over one tally unless `sides` says otherwise, and its proof. */
export async function boundCall(
  number: bigint,
  sides: Sides,
  {
    metric,
    bounds,
    measure = METRICS[metric],
    isStrict = true,
    denominator = number,
  }: {
    readonly metric: MetricName
    readonly bounds: Bounds
    readonly measure?: Measure
    readonly isStrict?: boolean
    readonly denominator?: bigint
  },
) {
  const terms = { strict: isStrict, denominator: Number(denominator), ...bounds }
  const proof = await proveBound(sides, { measure, isStrict, bounds })
  return [number, { ...contractMetric(metric, measure), ...terms }, proof] as const
}

export type Closing = { readonly meteredAtLeast: bigint; readonly blindAtMost: bigint; readonly brokenAtMost: bigint }

/** The three bounds that close a tally, proved. */
export async function closingProofs(end: Accumulation, { meteredAtLeast, blindAtMost, brokenAtMost }: Closing) {
  const prove3 = (metric: MetricName, bounds: Bounds) =>
    proveBound(both(end), { measure: METRICS[metric], isStrict: false, bounds })
  return [
    await prove3("metered-time", { lo: meteredAtLeast, hi: NO_UPPER_BOUND }),
    await prove3("blind-share", { lo: 0n, hi: blindAtMost }),
    await prove3("broken", { lo: 0n, hi: brokenAtMost }),
  ] as const
}

/** Opens, folds and closes a tally over both ledgers. */
export async function closedTally(world: Ledgers, proven: Proven): Promise<bigint> {
  const number = await openTally(world)
  await world.claims.write.extend([number, 0n, callsOf(proven)])
  await world.claims.write.close([number, CLOSING, await closingProofs(proven.end, CLOSING)])
  return number
}

/** A proven join of accumulations. */
export async function proveJoin(parts: readonly Accumulation[], blindSum = 9n) {
  const { input, sum } = joinTotals(parts, blindSum)
  return { sum, accumulator: input.sum, proof: await prove("join", input) }
}
