import { BOUNDARIES, type Hex } from "@wattest/protocol"
import type { Entry } from "../books/entry.ts"
import { endsIn, timeWithin } from "../books/period.ts"
import { type LedgerStanding, serviceIn } from "../books/standing.ts"
import { chainExpects } from "./claimed.ts"
import { daysOf, sayDays } from "./metered.ts"
import type { World } from "./world.ts"

const placedIn = ({ placed }: World): readonly Entry[] =>
  placed.flatMap(({ counted, inner, unplaced }) => [...counted, ...inner, ...unplaced])

const meteredMs = ({ span }: World, entries: readonly Entry[]): bigint =>
  entries.reduce((sum, entry) => sum + BigInt(timeWithin(span, entry)), 0n)

const isMissing = ({ missingPercent }: World, missing: bigint, expected: bigint) =>
  missing * 100n > expected * BigInt(missingPercent)

/** The time that claims say the chain expects at each boundary, held against what is shown. */
export function chainNeeds(world: World): readonly string[] {
  return BOUNDARIES.flatMap((boundary) => {
    const expected = chainExpects(world, boundary)
    if (expected === null) return []
    const metered = placedIn(world).filter((entry) => entry.boundary === boundary)
    const missing = expected.expectedMs - meteredMs(world, metered)
    if (!isMissing(world, missing, expected.expectedMs)) return []
    return [
      `certificates of ${sayDays(missing)} at the ${boundary}: the chain expects ${daysOf(expected.expectedMs)}, by ${expected.documents.join(" and ")}`,
    ]
  })
}

const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10)
const sayLedger = ({ operator, voucher }: LedgerStanding) => `the ledger of ${operator} with voucher ${voucher}`

/** Devices that the chain counts in a ledger and no document names: nobody can leave one out unsaid. */
function unnamedNeeds({ ledgers }: World["standing"], place: string): readonly string[] {
  return ledgers.flatMap((ledger) => {
    if (ledger.counted === null) return []
    const { held, document } = ledger.counted
    const unnamed = held.devices - ledger.named.size
    if (unnamed <= 0) return []
    return [
      `certificates or extracts of ${unnamed} more devices: ${sayLedger(ledger)} has ${held.devices}, by ${document}${place}`,
    ]
  })
}

/** Whether a shown device holds another one's energy by the profile, at any depth: it is in that one's number. */
function isHeld(within: ReadonlyMap<Hex, Hex | null>, { shown }: World, device: Hex): boolean {
  for (let at = within.get(device) ?? null; at !== null; at = within.get(at) ?? null) if (shown.has(at)) return true
  return false
}

/** Whether a device stands at another site than the filing is of: where its runs of the period say so, or else the profile. */
function isElsewhere({ profile, shown, span, subject }: World, device: Hex): boolean {
  if (subject.kind !== "site") return false
  const runs = (shown.get(device) ?? []).filter(({ endMs }) => endsIn(span, endMs))
  const sites = runs.length > 0 ? runs : profile.meters.filter((meter) => meter.device === device)
  return sites.length > 0 && sites.every(({ site }) => site !== subject.name)
}

/** Devices of which the chain has more time in the period than runs show. What lies within a shown one is in its number. */
function lateNeeds(world: World): readonly string[] {
  const { standing, span, profile } = world
  const within = new Map(profile.meters.map((meter) => [meter.device, meter.within]))
  const metered = Map.groupBy(placedIn(world), ({ device }) => device)
  return [...standing.devices.values()].flatMap(({ held, document }) => {
    const { device, boundary, enrolledAt, runs, through } = held
    if (isElsewhere(world, device) || isHeld(within, world, device)) return []
    const expected = BigInt(serviceIn(span, held))
    const missing = expected - meteredMs(world, metered.get(device) ?? [])
    if (!isMissing(world, missing, expected)) return []
    const told = runs === 0 ? "no run anchored" : `${runs} runs anchored, up to ${day(through)}`
    return [
      `certificates of ${sayDays(missing)} of device ${device} at the ${boundary}: enrolled on ${day(enrolledAt)}, ${told}, by ${document}`,
    ]
  })
}

/** What the chain has of the entity's books by extracts, and no document shows. */
export function standingNeeds(world: World): readonly string[] {
  const { kind, name } = world.subject
  const place = kind === "site" ? `; whether they stand at ${name} is not known` : ""
  return [...unnamedNeeds(world.standing, place), ...lateNeeds(world)]
}

const sayCounted =
  ({ toMs }: World["span"]) =>
  (ledger: LedgerStanding): readonly string[] => {
    if (ledger.counted === null) return []
    const { held, atMs, document } = ledger.counted
    const early = atMs < toMs ? ": what was enrolled after that is not known" : ""
    return [
      `${sayLedger(ledger)} has ${held.devices} devices and ${held.length} runs as of ${new Date(atMs).toISOString()}, by ${document}${early}`,
    ]
  }

/** How far the number of devices is known, in words: by the chain, or by nothing but the documents themselves. */
export function standingNotes({ standing, claims, span, vouchers, profile }: World): readonly string[] {
  const isClaimed = claims.some(({ claim: { coverage } }) => coverage !== null && coverage.expectedMs !== null)
  const counted = standing.ledgers.filter((ledger) => ledger.counted !== null)
  const known = new Set(counted.map(({ voucher }) => voucher))
  const others = vouchers.filter((voucher) => !known.has(voucher))
  if (counted.length === 0 && !isClaimed)
    return [
      "coverage is that of the documents handed in: that the entity has no other devices is its own word, unless an extract of its ledger or a claim of metered time is among them",
    ]
  return [
    ...counted.flatMap(sayCounted(span)),
    ...(counted.length > 0 && others.length > 0
      ? [
          `whether ${profile.operator} has ledgers with ${others.join(" or ")}, whom the policy believes, no extract says`,
        ]
      : []),
  ]
}
