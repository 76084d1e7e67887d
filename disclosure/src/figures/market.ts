import type { Instrument } from "@wattest/protocol"
import type { Entry } from "../books/entry.ts"
import { type Factor, factorAt } from "../books/factor.ts"
import { type Exact, exact, isZero, parseExact, sum, times, ZERO } from "../exact/exact.ts"
import { EVIDENCE, type Evidence } from "../filing.ts"
import { type Sorted, sayInstruments, sortInstruments } from "../instruments/grade.ts"
import { hourly, spread } from "../instruments/hours.ts"
import { type Matching, type Spent, spend, type Unspent } from "../instruments/match.ts"
import { type Amount, lacking, merged, noted, nothing, type Piece, quotient, scaled, total } from "./amount.ts"
import { electricity, placesOf } from "./energy.ts"
import { once } from "./once.ts"
import { sayKwh, sayPercent } from "./spoken.ts"
import type { World } from "./world.ts"

/** mg of CO2e for a mJ at one gram for a kWh, which is a kilogram for a MWh. */
const MILLIGRAMS = exact(1000n, 3_600_000_000n)

const energyOf = (spent: readonly Spent[]): bigint => spent.reduce((all, { millijoules }) => all + millijoules, 0n)

const entriesOf = (world: World): readonly Entry[] => placesOf(world).flatMap(({ counted }) => counted)

/** Each attestation is a signature to recover: once for all lines. */
const sorted = once(({ profile, span, issuers, witnesses }: World): Sorted => {
  const { name, lei } = profile.entity
  return sortInstruments(profile.instruments, { issuers, witnesses }, { beneficiary: { name, lei }, span })
})

/** What met no consumption, reason by reason: nobody should think that it counts. */
function sayUnspent(unspent: readonly Unspent[]): readonly string[] {
  return [...Map.groupBy(unspent, ({ reason }) => reason)].map(([reason, own]) => {
    const left = own.reduce((all, { millijoules }) => all + millijoules, 0n)
    return `${sayInstruments(own.map(({ instrument }) => instrument))} not spent whole: ${reason}; ${sayKwh(left)} are left`
  })
}

/** Sites that may take their part of what a site's filing spends, and show nothing. */
function silentNeeds({ subject, profile, everywhere }: World, spent: readonly Spent[]): readonly string[] {
  if (subject.kind !== "site") return []
  const [zones, shown] = [
    new Set(spent.map(({ instrument }) => instrument.zone)),
    new Set(everywhere.map(({ site }) => site)),
  ]
  return profile.sites
    .filter(({ id, zone }) => zones.has(zone) && !shown.has(id))
    .map(
      ({ id, zone }) =>
        `certificates of ${id}: it lies in zone "${zone}" too, and instruments are spent on all sites together`,
    )
}

type Met = { readonly spent: readonly Spent[]; readonly unmet: readonly string[]; readonly needs: readonly string[] }

const spentWithin = (matching: Matching) =>
  once((world): Met => {
    const { spendable, refused } = sorted(world)
    if (spendable.length === 0) return { spent: [], unmet: refused, needs: [] }
    const consumed = { all: hourly(world.everywhere), own: hourly(entriesOf(world)) }
    const { spent, unspent } = spend(consumed, spendable, matching)
    return { spent, unmet: [...refused, ...sayUnspent(unspent)], needs: silentNeeds(world, spent) }
  })
const SPENT = { hour: spentWithin("hour"), day: spentWithin("day"), year: spentWithin("year") }

/** What was spent on the metered consumption, and what does not count and why. */
const spentBy = (world: World, matching: Matching): Met => SPENT[matching](world)

/** The instruments that back consumption of the period: others in the profile give nothing. */
export const backing = (world: World): readonly Instrument[] =>
  spentBy(world, "year").spent.map(({ instrument }) => instrument)

/** The entity's list of instruments, by which there are no others: what stands behind a number to which none gives anything. */
const LIST: Piece = {
  ...{ document: "profile: instruments", digest: null, kind: "profile", evidence: "declared", verdict: null },
  ...{ block: null, quantity: ZERO, grade: null },
}

/** An amount with the certificates of the consumption beside its sources, which give nothing of their own. */
function withConsumption(world: World, amount: Amount): Amount {
  const beside = electricity(world).pieces.map((piece) => ({ ...piece, quantity: ZERO }))
  return { ...amount, pieces: [...amount.pieces, ...beside] }
}

function pieceOf({ instrument, evidence }: Spent, quantity: Piece["quantity"]): Piece {
  const { id, kind, document } = instrument
  return {
    ...{ document: `${kind} ${id}`, digest: document, kind: "instrument", evidence, verdict: null, block: null },
    ...{ quantity, grade: evidence === "declared" ? "declared" : null },
  }
}

/** What the production behind an instrument emitted, by its own rate. */
function emittedBy(one: Spent): Piece {
  const factor = parseExact(one.instrument.kilogramsPerMegawattHour) ?? ZERO
  return pieceOf(one, times(times(exact(one.millijoules), factor), MILLIGRAMS))
}

/** On whose word instruments rest: nothing that is only declared is added up without saying so. */
function saySpent(spent: readonly Spent[]): readonly string[] {
  const all = energyOf(spent)
  return EVIDENCE.flatMap((evidence: Evidence) => {
    const part = energyOf(spent.filter((one) => one.evidence === evidence))
    return part === 0n ? [] : [`${sayPercent(part, all)} of the instruments' energy is ${evidence}: ${sayKwh(part)}`]
  })
}

/** Energy that instruments back: of those that a condition picks. */
export function backed(world: World, isOne: (instrument: Instrument) => boolean, matching: Matching = "year"): Amount {
  const { spent, unmet, needs } = spentBy(world, matching)
  const own = spent.filter(({ instrument }) => isOne(instrument))
  const value = exact(energyOf(own))
  const pieces = own.length === 0 ? [LIST] : merged(own.map((one) => pieceOf(one, exact(one.millijoules))))
  return { ...nothing(...needs), value, pieces, notes: [...saySpent(own), ...unmet] }
}

/** Market-based emissions of what was bought together with its instruments. */
export function bundledEmissions(world: World): Amount {
  const { spent, needs } = spentBy(world, "year")
  const own = spent.filter(({ instrument }) => instrument.bundled)
  const pieces = own.length === 0 ? [LIST] : merged(own.map(emittedBy))
  return { ...nothing(...needs), value: sum(pieces.map(({ quantity }) => quantity)), pieces, notes: saySpent(own) }
}

/** The part of consumption that instruments back in the same zone and hour, day or year. */
export function matched(world: World, matching: Matching): Amount {
  const entries = entriesOf(world)
  const all = electricity(world)
  const share = quotient(
    backed(world, () => true, matching),
    all,
    "metered consumption",
  )
  const assumed = spread(entries)
  if (matching !== "hour" || assumed === 0n) return share
  return noted(
    share,
    `${sayKwh(assumed)} were metered in runs that are longer than an hour, and are spread over its hours evenly`,
  )
}

/** Energy that no instrument backs, by zone and factor: of each run of a zone the same part, since instruments meet the zone. */
function unbacked({ factors }: World, entries: readonly Entry[], spent: readonly Spent[]) {
  return [...Map.groupBy(entries, ({ zone }) => zone)].flatMap(([zone, own]) => {
    const all = own.reduce((sumOf, { registers }) => sumOf + registers.energyMillijoules, 0n)
    const part = all - energyOf(spent.filter(({ instrument }) => instrument.zone === zone))
    if (part <= 0n) return []
    return [...Map.groupBy(own, ({ endMs }) => factorAt(factors, "residual", zone, endMs))].map(([factor, runs]) => {
      const energy = runs.reduce((sumOf, { registers }) => sumOf + registers.energyMillijoules, 0n)
      return { zone, factor, millijoules: exact(energy * part, all) }
    })
  })
}

/** What the residual mix gives for a mJ, and what is missing where it does not say it. */
type OfMix = { readonly per: (factor: Factor) => Exact | null; readonly lacks: (zone: string) => string }

/** A number by the residual mix for what no instrument backs; null where everything is backed. */
function residual(world: World, spent: readonly Spent[], { per, lacks }: OfMix): Amount | null {
  const { factors } = world
  const parts = unbacked(world, entriesOf(world), spent).map(({ zone, factor, millijoules }): Amount => {
    const each = factor && per(factor)
    const energy = sayKwh(millijoules.top / millijoules.bottom)
    if (each === null || factors === null) return nothing(`${lacks(zone)}: there is none for ${energy}`)
    const value = times(millijoules, each)
    const { name, digest, source } = factors
    const piece: Piece = {
      ...{ document: `residual mix of ${zone}, ${name}`, digest, kind: "factor", evidence: "declared" },
      ...{ verdict: null, block: null, quantity: value, grade: "estimated" },
    }
    return { ...nothing(), value, pieces: [piece], notes: [`residual mix by ${name} (${source})`] }
  })
  return parts.length === 0 ? null : total(parts)
}

/** Scope 2 by market: instruments spent once, by zone within the period, and the residual mix for the rest. */
export const marketBased = once((world: World): Amount => {
  const { needs, coverage, value, bound } = electricity(world)
  if (value === null || bound === "at-most")
    return nothing(...needs, "certificates of the devices: a bound has no zones and hours that instruments could meet")
  const { spent, unmet, needs: silent } = spentBy(world, "year")
  const pieces = merged(spent.map(emittedBy))
  const backedBy: Amount = { ...nothing(), value: sum(pieces.map(({ quantity }) => quantity)), pieces }
  const rest = residual(world, spent, {
    per: ({ gramsPerKilowattHour }) => times(gramsPerKilowattHour, MILLIGRAMS),
    lacks: (zone) => `a residual mix for zone "${zone}"`,
  })
  const whole = total(rest === null ? [backedBy] : [backedBy, rest])
  // Without the residual mix of a zone the number would be a part that looks like the whole.
  const shown = rest?.value === null && spent.length === 0 ? nothing(...whole.needs) : whole
  return noted(
    lacking({ ...withConsumption(world, shown), coverage }, ...needs, ...silent),
    ...saySpent(spent),
    ...unmet,
  )
})

/** The parts of purchased electricity by what it is made of: instruments by their source, the rest by the residual mix. */
export function mixOf(world: World, kind: "fossil" | "nuclear" | "renewable"): Amount {
  const kindOf = ({ source }: Instrument) =>
    source === "nuclear" ? "nuclear" : ["coal", "oil", "gas", "other-fossil"].includes(source) ? "fossil" : "renewable"
  const all = electricity(world)
  if (all.value === null || all.bound === "at-most")
    return nothing(...all.needs, "certificates, by which electricity has zones")
  const rest = residual(world, spentBy(world, "year").spent, {
    per: ({ mix }) => mix?.[kind] ?? null,
    lacks: (zone) => `what the residual mix of zone "${zone}" is made of`,
  })
  const parts = backed(world, (one) => kindOf(one) === kind)
  const whole = total(rest === null ? [parts] : [parts, rest])
  // No instrument of the kind, and nothing known of the rest: that is no zero.
  const isUnknown = rest?.value === null && (parts.value === null || isZero(parts.value))
  return lacking(isUnknown ? nothing(...whole.needs) : withConsumption(world, whole), ...all.needs)
}

/** As {@link scaled}, for the share of the whole that an entity consolidates; a site, a job or a model is filed whole. */
export const consolidated = (world: World, amount: Amount): Amount => {
  const share = parseExact(world.profile.entity.share)
  if (share === null || world.profile.entity.consolidation !== "equity-share") return amount
  if (world.subject.kind !== "entity") return amount
  return noted(scaled(amount, share), `an equity share of ${world.profile.entity.share}`)
}
