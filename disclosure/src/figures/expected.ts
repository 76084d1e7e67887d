import { BOUNDARIES, type Hex, instant, plural } from "@wattest/protocol"
import type { Entry } from "../books/entry.ts"
import { endsIn, lengthOf, type Span, timeIn } from "../books/period.ts"
import { type LedgerStanding, ledgerOf, serviceIn } from "../books/standing.ts"
import { type Bounded, boundedDevices, chainExpects, ledgersOf } from "./claimed.ts"
import { daysOf, sayDays } from "./spoken.ts"
import type { World } from "./world.ts"

const placedIn = ({ placed }: World): readonly Entry[] =>
  placed.flatMap(({ counted, inner, unplaced }) => [...counted, ...inner, ...unplaced])

const meteredMs = (span: Span, entries: readonly Entry[]): bigint =>
  entries.reduce((sum, entry) => sum + BigInt(timeIn(span, entry)), 0n)

/** Metered time while the chain has the devices in service, as far as extracts say since when: what came before fills none of it. */
function servedMs({ span, standing }: World, entries: readonly Entry[]): bigint {
  return [...Map.groupBy(entries, ({ device }) => device)].reduce((sum, [device, own]) => {
    const stood = standing.devices.get(device)
    return sum + meteredMs(stood === undefined ? span : serviceIn(span, stood.held), own)
  }, 0n)
}

const isMissing = ({ missingPercent }: World, missing: bigint, expected: bigint) =>
  missing * 100n > expected * BigInt(missingPercent)

/** The time that claims say the chain expects at each boundary, held against what is shown. */
export function chainNeeds(world: World, bounded: ReadonlySet<string>): readonly string[] {
  return BOUNDARIES.flatMap((boundary) => {
    const expected = chainExpects(world, boundary, bounded)
    if (expected === null) return []
    const metered = placedIn(world).filter(
      // Time of one ledger fills none of another's.
      (entry) => entry.boundary === boundary && expected.ledgers.has(ledgerOf(entry)),
    )
    const missing = expected.expectedMs - servedMs(world, metered)
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
    const { held, atMs, document } = ledger.counted
    const unnamed = held.devices - ledger.named.size
    if (unnamed <= 0) return []
    return [
      `certificates or extracts of ${plural(unnamed, "more device")}: ${sayLedger(ledger)} has ${held.devices} as of ${instant(atMs / 1000)}, by ${document}${place}`,
    ]
  })
}

type Metered = ReadonlyMap<Hex, readonly Entry[]>
type Within = ReadonlyMap<Hex, Hex | null>

/** Whether a device with runs in the period holds another one's energy by the profile, at any depth: it is in that one's number. */
function isHeld(within: Within, metered: Metered, device: Hex): boolean {
  for (let at = within.get(device) ?? null; at !== null; at = within.get(at) ?? null) if (metered.has(at)) return true
  return false
}

/** Whether a device stands at another site than the filing is of: where its runs of the period say so, or else the profile. */
function isElsewhere({ profile, shown, span, subject }: World, device: Hex): boolean {
  if (subject.kind !== "site") return false
  const runs = (shown.get(device) ?? []).filter(({ endMs }) => endsIn(span, endMs))
  const sites = runs.length > 0 ? runs : profile.meters.filter((meter) => meter.device === device)
  return sites.length > 0 && sites.every(({ site }) => site !== subject.name)
}

type Late = { readonly device: Hex; readonly need: string; readonly isExcused: boolean }

/** Devices of which the chain has more time in the period than runs show; excused are those that are in another number by the profile. */
function lateDevices(world: World): readonly Late[] {
  const { standing, span, profile } = world
  const within = new Map(profile.meters.map((meter) => [meter.device, meter.within]))
  const metered = Map.groupBy(placedIn(world), ({ device }) => device)
  return [...standing.devices.values()].flatMap(({ held, document }) => {
    const { device, boundary, enrolledAt, runs, through } = held
    const service = serviceIn(span, held)
    const expected = BigInt(lengthOf(service))
    const missing = expected - meteredMs(service, metered.get(device) ?? [])
    if (!isMissing(world, missing, expected)) return []
    const told = runs === 0 ? "no run anchored" : `${plural(runs, "run")} anchored, up to ${day(through)}`
    const need = `certificates of ${sayDays(missing)} of device ${device} at the ${boundary}: enrolled on ${day(enrolledAt)}, ${told}, by ${document}`
    return [{ device, need, isExcused: isElsewhere(world, device) || isHeld(within, metered, device) }]
  })
}

/** On the entity's word alone a device that shows nothing is in another number: that is said, and which one. */
function excusedNotes(world: World): readonly string[] {
  const excused = lateDevices(world).filter(({ isExcused }) => isExcused)
  if (excused.length === 0) return []
  const [first, ...more] = excused.map(({ device }) => device)
  return [
    `by the profile's word alone the energy of ${first}${more.length > 0 ? ` and ${more.length} more` : ""}, whose time no run shows whole, is in the number of a device around it, or of another site`,
  ]
}

/** Runs of these operators that a withdrawal made void, device by device. */
export function withdrawnNeeds({ withdrawn }: World, isOf: (entry: Entry) => boolean): readonly string[] {
  const own = withdrawn.filter(({ entry }) => isOf(entry))
  return [...Map.groupBy(own, ({ entry }) => entry.device)].flatMap(([device, same]) => {
    const [first] = same
    if (first === undefined) return []
    const { since, document } = first
    return [
      `certificates that stand: the voucher of ${device} withdrew its word from ${instant(since)} on, by ${document}; ${plural(same.length, "run")} anchored since then ${same.length === 1 ? "is" : "are"} void, and not counted`,
    ]
  })
}

/** What the chain has of the entity's books by extracts, and neither a document nor a bound of the number shows. */
export function standingNeeds(world: World, what: Bounded | null): readonly string[] {
  const { kind, name } = world.subject
  const place = kind === "site" ? `; whether they stand at ${name} is not known` : ""
  const bounded = what === null ? new Map() : boundedDevices(world, what)
  const late = lateDevices(world).filter(({ device, isExcused }) => !isExcused && !bounded.has(device))
  return [...unnamedNeeds(world.standing, place), ...late.map(({ need }) => need)]
}

const sayCounted =
  ({ toMs }: World["span"]) =>
  (ledger: LedgerStanding): readonly string[] => {
    if (ledger.counted === null) return []
    const { held, atMs, document } = ledger.counted
    const early = atMs < toMs ? ": what was enrolled after that is not known" : ""
    return [
      `${sayLedger(ledger)} has ${plural(held.devices, "device")} and ${plural(held.length, "run")} as of ${instant(atMs / 1000)}, by ${document}${early}`,
    ]
  }

/** How far the number of devices is known, in words: by the chain, or by nothing but the documents themselves. */
export function standingNotes(world: World): readonly string[] {
  return [...elsewhereNotes(world), ...countedNotes(world)]
}

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)

/** A wrong year gives an empty table: the runs that were handed in say which one they are of. */
function elsewhereNotes({ shown, span, days }: World): readonly string[] {
  const ends = [...shown.values()].flat().map(({ endMs }) => endMs)
  if (ends.length === 0 || ends.some((endMs) => endsIn(span, endMs))) return []
  const [first, last] = [ends.reduce((a, b) => Math.min(a, b)), ends.reduce((a, b) => Math.max(a, b))]
  return [
    `no run of the documents ends from ${days.from} to ${days.to}: the ${ends.length} handed in end from ${dayOf(first)} to ${dayOf(last)}`,
  ]
}

/** Ledgers of which claims prove how much time the chain expects. */
const timedLedgers = ({ claims }: World): ReadonlySet<string> =>
  new Set(
    claims.filter(({ claim: { coverage } }) => coverage !== null && coverage.expectedMs !== null).flatMap(ledgersOf),
  )

function countedNotes(world: World): readonly string[] {
  const { standing, claims, span, vouchers, profile } = world
  const timed = timedLedgers(world)
  const counted = standing.ledgers.filter((ledger) => ledger.counted !== null)
  if (counted.length === 0 && timed.size === 0)
    return [
      "coverage is that of the documents handed in: that the entity has no other devices is its own word, unless an extract of its ledger or a claim of metered time is among them",
      ...excusedNotes(world),
    ]
  const open = standing.ledgers
    .filter(({ key, counted: held }) => held === null && !timed.has(key))
    .map(({ key }) => key)
  const known = new Set([
    ...standing.ledgers.map(({ voucher }) => voucher),
    ...claims.flatMap(({ claim: { scope } }) => scope.owners.map(({ voucher }) => voucher)),
  ])
  const others = vouchers.filter((voucher) => !known.has(voucher))
  return [
    ...counted.flatMap(sayCounted(span)),
    ...excusedNotes(world),
    ...open
      .toSorted()
      .map(
        (key) =>
          `that the ledger ${key} has no other devices is the entity's own word: no extract counts them, and no claim their time`,
      ),
    ...(others.length > 0
      ? [
          `whether ${profile.operator} has ledgers with ${others.join(" or ")}, whom the policy believes, no document says`,
        ]
      : []),
  ]
}
