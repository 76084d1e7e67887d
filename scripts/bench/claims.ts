import { EMPTY_ACCUMULATION } from "@wattest/protocol"
import {
  callsOf,
  createLedgers,
  type Ledgers,
  OPTIONS,
  PERIOD,
  proveBound,
  proveClaim,
  SECOND,
} from "@wattest/testkit/claims/fixture"
import { ASKED, proveSegment, termsOf } from "@wattest/testkit/claims/world"
import type { Hex } from "viem"
import { readManifest } from "../keys/development.ts"
import { releaseCurve } from "../keys/export.ts"
import type { Row } from "./rows/row.ts"

const GOALS = { segment: 320_000, constraints: 65_500 }

async function gasOf({ client }: Ledgers, transaction: Promise<Hex>): Promise<number> {
  return Number((await client.getTransactionReceipt({ hash: await transaction })).gasUsed)
}

/** A claim over two ledgers, a segment a transaction: from a ledger's first run, into the next ledger, to the end. */
async function measureClaim(world: Ledgers) {
  const { claims, vouchers } = world
  const proven = await proveClaim(world)
  const open = await gasOf(world, claims.write.open([termsOf(vouchers, PERIOD, "energy-per-work")]))
  const segments = []
  for (const [i, call] of callsOf(proven).entries())
    segments.push(await gasOf(world, claims.write.extend([0n, BigInt(i), [call]])))
  const sides = { numerator: proven.three.segment.to, denominator: proven.three.segment.to }
  const proof = await proveBound(sides, "energy-per-work", [0n, 10050n])
  return { open, segments, close: await gasOf(world, claims.write.close([0n, 0n, 10050n, proof])) }
}

/** A share over one ledger: a segment of the first chain, which begins the second one, and the second's. */
async function measureShare(world: Ledgers) {
  const { claims, vouchers } = world
  await claims.write.open([termsOf([vouchers[1]], PERIOD, "ledger-share")])
  const start = { head: 0n, accumulation: EMPTY_ACCUMULATION }
  const segments = []
  for (const asked of [ASKED, { ...ASKED, tags: [0n, 0n, 0n, 0n] }]) {
    const { call } = await proveSegment(start, SECOND, { ...OPTIONS, asked })
    segments.push(await gasOf(world, claims.write.extend([1n, BigInt(segments.length), [call]])))
  }
  return segments
}

/** Gas of whole transactions, the dearest segment of five kinds; and what the circuit of segments measures. */
export async function run(): Promise<Row[]> {
  const world = await createLedgers()
  const { open, segments, close } = await measureClaim(world)
  const dearest = Math.max(...segments, ...(await measureShare(world)))
  await releaseCurve()
  const constraints = readManifest("circuits/keys/manifest.json")?.circuits.fold?.constraints ?? Number.NaN
  return [
    { key: "segment.gas", value: dearest, unit: "gas", goal: GOALS.segment },
    { key: "claim.open", value: open, unit: "gas (two ledgers)" },
    { key: "claim.close", value: close, unit: "gas" },
    { key: "fold.constraints", value: constraints, unit: "constraints", goal: GOALS.constraints },
  ]
}
