import { boundInput, EMPTY_ACCUMULATION, METRICS, type MetricName, type Sides, type Slot } from "@wattest/protocol"
import { prove } from "./proofs.ts"
import {
  ASKED,
  anchor,
  createWorld,
  enrolDevice,
  periodStart,
  proveSegment,
  runOf,
  type SegmentCall,
  termsOf,
  type World,
} from "./world.ts"

const work = (energyMillijoules: bigint, workUnits: bigint) => ({
  registers: { energyMillijoules, uncertaintyMillijoules: 1n, workUnits },
})

/** Period 1 of the first ledger: a run, a void one, another run, and one of another model, unit and grade. */
export const FIRST: readonly Slot[] = [
  { opening: runOf("a", work(100n, 10n)) },
  { root: 0n },
  { opening: runOf("b", work(200n, 20n)) },
  { opening: runOf("c", { ...work(5000n, 1n), model: "mistral", unit: "sample", energyGrade: "estimated" }) },
]
/** Period 1 of the second ledger. */
export const SECOND: readonly Slot[] = [
  {
    opening: runOf("d", {
      registers: {
        ...{ energyMillijoules: 300n, uncertaintyMillijoules: 1n, acceleratorMillijoules: 200n, idleMillijoules: 50n },
        ...{ workUnits: 30n, acceptedUnits: 25n, carbonMilligrams: 70n, waterMillilitres: 40n },
      },
    }),
  },
]

export const PERIOD = [periodStart(1), periodStart(2)] as const

/** A world with both ledgers anchored: one run before the period, one after it. */
export async function createLedgers() {
  const world = await createWorld()
  const [first, second] = [await enrolDevice(world, world.vouchers[0]), await enrolDevice(world, world.vouchers[1])]
  await anchor(world, first, { slots: [{ opening: runOf("before") }], time: periodStart(1) - 1n })
  await anchor(world, first, { slots: FIRST, time: periodStart(1) })
  await anchor(world, second, { slots: SECOND, time: periodStart(2) - 1n })
  await anchor(world, second, { slots: [{ opening: runOf("after") }], time: periodStart(2) })
  const operator = world.operator.account.address
  const { headFrom } = await spanOf(world, 0)
  return { ...world, first, second, operatorAddress: operator, head: BigInt(headFrom) }
}

export type Ledgers = Awaited<ReturnType<typeof createLedgers>>

async function spanOf(world: World, voucher: 0 | 1) {
  const id = await world.registry.read.ledgerId([
    world.operator.account.address,
    world.vouchers[voucher].account.address,
  ])
  const [, headFrom] = await world.registry.read.checkpointBefore([id, PERIOD[0]])
  return { headFrom }
}

/** Opens a claim over both ledgers and the period, and returns its number. */
export async function openClaim(
  { claims, vouchers, operatorAddress }: Ledgers,
  metric: MetricName = "energy-per-work",
) {
  const number = await claims.read.claimCount([operatorAddress])
  await claims.write.open([termsOf(vouchers, PERIOD, metric)])
  return number
}

export const OPTIONS = { asked: ASKED, blindTo: 5n }

/** The honest segments of the claim: three runs, one run, and the second ledger's. */
export async function proveClaim({ head }: Ledgers) {
  const one = await proveSegment({ head, accumulation: EMPTY_ACCUMULATION }, FIRST.slice(0, 3), OPTIONS)
  const two = await proveSegment({ head: one.segment.headTo, accumulation: one.segment.to }, FIRST.slice(3), OPTIONS)
  const three = await proveSegment({ head: 0n, accumulation: two.segment.to }, SECOND, OPTIONS)
  return { one, two, three }
}

export type Proven = Awaited<ReturnType<typeof proveClaim>>

export const callsOf = ({ one, two, three }: Proven): SegmentCall[] => [one.call, two.call, three.call]

export const proveBound = (sides: Sides, metric: MetricName, [lo, hi]: readonly [bigint, bigint]) =>
  prove("bound", boundInput(sides, METRICS[metric], lo, hi))
