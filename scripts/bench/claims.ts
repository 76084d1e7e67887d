import {
  boundInput,
  boundPublic,
  contractMetric,
  EMPTY_ACCUMULATION,
  foldPublic,
  foldSegment,
  METRICS,
  type Measure,
  NO_UPPER_BOUND,
  SEGMENT_RUNS,
} from "@wattest/protocol"
import { both } from "@wattest/testkit/claims/fixture"
import {
  AS_OF,
  ASKED,
  anchor,
  callOf,
  createWorld,
  enrolDevice,
  periodStart,
  runOf,
  termsOf,
  type World,
} from "@wattest/testkit/claims/world"
import type { Hex } from "viem"
import { readManifest } from "../keys/development.ts"
import { createSimulator } from "../keys/simulate.ts"
import type { Row } from "./rows/row.ts"

const GOALS = { segment: 85_000, segment50: 75_000, bound: 300_000, constraints: 131_072, slots: 52 }
const BUILD = "build/circuits"
/** Segments of the transactions, in turn: the costliest one of each size is told. */
const BATCHES = [16, 16, 50] as const

async function gasOf({ client }: World, transaction: Promise<Hex>): Promise<number> {
  return Number((await client.getTransactionReceipt({ hash: await transaction })).gasUsed)
}

/** Gas does not know how many runs a segment has: each has one here, and is proved from the keys' public secret. */
async function measureSegments(world: World) {
  const { claims, vouchers } = world
  const device = await enrolDevice(world, vouchers[0])
  const openings = Array.from({ length: BATCHES.reduce((sum, size) => sum + size, 0) }, (_, i) => runOf(`run ${i}`))
  await anchor(world, device, { slots: openings.map((opening) => ({ opening })), time: periodStart(2) })
  await world.networkHelpers.time.increaseTo(AS_OF)
  const open = await gasOf(world, claims.write.open([termsOf([vouchers[0]])]))
  const simulate = createSimulator(BUILD, "fold")
  let from = { head: 0n, accumulation: EMPTY_ACCUMULATION }
  const calls = openings.map((opening, i) => {
    const segment = foldSegment(from, [{ opening }], { asked: ASKED, blindTo: BigInt(i) })
    from = { head: segment.headTo, accumulation: segment.to }
    return callOf(segment, simulate(foldPublic(segment.input)))
  })
  const used = new Map<number, number>()
  let at = 0
  for (const size of BATCHES) {
    const gas = await gasOf(world, claims.write.extend([0n, BigInt(at), calls.slice(at, at + size)]))
    used.set(size, Math.max(used.get(size) ?? 0, gas / size))
    at += size
  }
  return { open, used, end: from.accumulation }
}

/** A closing and two bounds over the tally that `measureSegments` folded. */
async function measureBounds(world: World, end: typeof EMPTY_ACCUMULATION) {
  const { claims } = world
  const simulate = createSimulator(BUILD, "bound")
  const prove = (measure: Measure, isStrict: boolean, bounds: { readonly lo: bigint; readonly hi: bigint }) =>
    simulate(boundPublic(boundInput(both(end), { measure, isStrict, bounds })))
  const proofs = [
    prove(METRICS["metered-time"], false, { lo: 1n, hi: NO_UPPER_BOUND }),
    prove(METRICS["blind-share"], false, { lo: 0n, hi: 50_000n }),
    prove(METRICS.broken, false, { lo: 0n, hi: 0n }),
  ] as const
  const closing = { meteredAtLeast: 1n, blindAtMost: 50_000n, brokenAtMost: 0n }
  const close = await gasOf(world, claims.write.close([0n, closing, proofs]))
  const bounds = []
  for (const hi of [10n ** 6n, 10n ** 9n]) {
    const measure = METRICS["energy-per-work"]
    const terms = { strict: true, denominator: 0, lo: 1_000n, hi }
    const proof = prove(measure, true, { lo: 1_000n, hi })
    const call = { ...contractMetric("energy-per-work", measure), ...terms }
    bounds.push(await gasOf(world, claims.write.bound([0n, call, proof])))
  }
  return { close, bound: Math.max(...bounds) }
}

/** Gas of whole transactions, and what the circuit of segments measures. */
export async function run(): Promise<Row[]> {
  const world = await createWorld()
  const { open, used, end } = await measureSegments(world)
  const { close, bound } = await measureBounds(world, end)
  const constraints = readManifest("circuits/keys/manifest.json")?.circuits.fold?.constraints ?? Number.NaN
  return [
    { key: "fold.slots", value: SEGMENT_RUNS, unit: "runs", goal: GOALS.slots, goalIsFloor: true },
    { key: "fold.constraints", value: constraints, unit: "constraints", goal: GOALS.constraints },
    ...([16, 50] as const).map((size) => ({
      ...{ key: `segment${size}.gas`, value: Math.round(used.get(size) ?? Number.NaN) },
      ...{ unit: `gas a segment, ${size} a transaction`, goal: size === 16 ? GOALS.segment : GOALS.segment50 },
    })),
    { key: "bound.gas", value: bound, unit: "gas", goal: GOALS.bound },
    { key: "tally.open", value: open, unit: "gas (one ledger)" },
    { key: "tally.close", value: close, unit: "gas" },
  ]
}
