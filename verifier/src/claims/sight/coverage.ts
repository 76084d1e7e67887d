import { boundaryNumber, type Coverage, type DeviceService, expectedSeconds, servicesIn } from "@wattest/protocol"
import type { Walk } from "../proof/chains.ts"
import type { SightedLedger } from "./sight.ts"

/** How complete a tally is that something is said of. */
export type TallyCoverage = { readonly walk: Walk; readonly coverage: Coverage }

type Devices = ReturnType<typeof servicesIn>

/** The latest word on each ledger: a join's later periods show later storage. */
function devicesOf(sighted: readonly SightedLedger[]): readonly Devices[] {
  const latest = new Map<string, SightedLedger>()
  for (const sight of sighted) {
    const before = latest.get(sight.id)
    if (before === undefined || before.storage.header.number < sight.storage.header.number) latest.set(sight.id, sight)
  }
  return [...latest.values()].map(({ id, voucher, storage }) =>
    servicesIn((slot) => storage.slots.get(slot) ?? null, id, voucher),
  )
}

const within = (time: number | null, { from, to }: { readonly from: number; readonly to: number }) =>
  time !== null && time > from && time <= to

/** Of devices at the boundary; null where the tally is of chosen runs. */
export function coverageOf(walk: Walk, sighted: readonly SightedLedger[]): Coverage | null {
  const { scope, closing } = walk
  if (closing === null) return null
  const devices = devicesOf(sighted)
  const boundary = boundaryNumber(scope.filters.boundary)
  const known: readonly DeviceService[] = devices.flatMap((ledger) => ledger.known)
  const here = known.filter((service) => service.boundary === boundary && service.enrolledAt < scope.to)
  const sum = (count: (ledger: Devices) => bigint) => devices.reduce((total, ledger) => total + count(ledger), 0n)
  const unproven = sum((ledger) => ledger.devices - BigInt(ledger.known.length))
  return {
    expectedMs: unproven === 0n ? BigInt(expectedSeconds(known, boundary, scope)) * 1000n : null,
    meteredMs: closing.meteredAtLeast,
    blindPpm: closing.blindAtMost,
    broken: closing.brokenAtMost,
    devices: here.length,
    joined: here.filter(({ enrolledAt }) => within(enrolledAt, scope)).length,
    retired: here.filter(({ endedAt }) => within(endedAt, scope)).length,
    withdrawn: here.filter(({ since }) => within(since, scope)).length,
    neverEnrolled: sum((ledger) => ledger.vouched - ledger.devices),
    unproven,
  }
}
