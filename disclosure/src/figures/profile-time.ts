import type { DeviceExtract, Hex } from "@wattest/protocol"
import { standingIn } from "../books/coverage.ts"
import type { Entry } from "../books/entry.ts"
import { lengthOf, timeIn } from "../books/period.ts"
import { serviceIn } from "../books/standing.ts"
import { type Bounded, boundedDevices, boundedLedgers } from "./claimed.ts"
import type { World } from "./world.ts"

type Meter = World["profile"]["meters"][number]
type Expected = {
  /** ms of all its devices. */
  readonly expected: bigint
  readonly missing: bigint
  /** What would say that a bound counts the devices that are missing, as a clause; empty where none could. */
  readonly hint: string
}

/**
 * The time of a device at its place that a bound of the number proves: of one that an extract puts into the claim's ledger, at its
 * boundary, while the chain expects it to meter. How much of that is missing, the claim says of all its devices together.
 */
function boundMs({ span }: World, meter: Meter, held: DeviceExtract | undefined): number {
  if (held === undefined) return 0
  const { fromMs, toMs } = serviceIn(standingIn(span, meter), held)
  return lengthOf({ fromMs, toMs: Math.min(toMs, (held.withdrawnSince ?? Number.POSITIVE_INFINITY) * 1000) })
}

/** Devices of a site whose time is expected there: another one holds the energy of all others. */
const outerAt = ({ profile }: World, site: string): readonly Meter[] =>
  profile.meters.filter((meter) => meter.site === site && meter.within === null)

const servicesOf = (world: World, bounds: Bounded | null): ReadonlyMap<Hex, DeviceExtract> =>
  bounds === null ? new Map() : boundedDevices(world, bounds)

/** Whether a bound of the number counts all that the profile expects at a site. */
export function isBounded(world: World, site: string, bounds: Bounded | null): boolean {
  const [outer, services] = [outerAt(world, site), servicesOf(world, bounds)]
  const isCounted = outer.length > 0 && outer.every(({ device }) => services.has(device))
  return isCounted && expectedTime(world, [], site, bounds)?.missing === 0n
}

/**
 * The time that the profile expects of the devices that count at a place, and what is missing of it: each device's alone, since
 * none meters for another, and only by time in which it stands there. Null where the profile does not know one of them.
 */
export function expectedTime(
  world: World,
  entries: readonly Entry[],
  site: string,
  bounds: Bounded | null,
): Expected | null {
  const { profile, span } = world
  const known = new Set(profile.meters.map(({ device }) => device))
  const runs = Map.groupBy(entries, ({ device }) => device)
  if ([...runs.keys()].some((device) => !known.has(device))) return null
  const outer = new Set(outerAt(world, site))
  const services = servicesOf(world, bounds)
  const times = profile.meters
    // A device of the site that shows nothing is missing for all of its time.
    .filter((meter) => runs.has(meter.device) || outer.has(meter))
    .map((meter) => {
      const standing = standingIn(span, meter)
      const own = runs.get(meter.device) ?? []
      const bound = own.length > 0 ? 0 : boundMs(world, meter, services.get(meter.device))
      const expected = lengthOf(standing) - bound
      const metered = own.reduce((all, entry) => all + timeIn(standing, entry), 0)
      return { expected, missing: Math.max(0, expected - metered) }
    })
  const added = (field: "expected" | "missing") => times.reduce((all, one) => all + BigInt(one[field]), 0n)
  const isUnnamed = bounds !== null && world.subject.kind === "entity" && boundedLedgers(world, bounds).size > 0
  return {
    ...{ expected: added("expected"), missing: added("missing") },
    hint: isUnnamed ? ", or extracts of devices that a claim counts: it names none" : "",
  }
}
