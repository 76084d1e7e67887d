import type { Fed, Grade, Registers } from "@wattest/protocol"
import { plural, worseGrade } from "@wattest/protocol"
import { coverageOf, type Gap, standingMs } from "../books/coverage.ts"
import type { Entry } from "../books/entry.ts"
import { timeWithin } from "../books/period.ts"
import type { Placed } from "../books/place.ts"
import { exact, over, toDecimal } from "../exact/exact.ts"
import type { CellCoverage } from "../filing.ts"
import { type Amount, merged, noted, nothing, type Piece } from "./amount.ts"
import { energyUncertainty } from "./uncertain.ts"
import type { World } from "./world.ts"

const MILLIJOULES_PER_KWH = 3_600_000_000n
const DAY_MS = 86_400_000n

/** A register that adds up, what must feed it, and the grade of its numbers. */
export type Register = {
  readonly name: Exclude<keyof Registers, "uncertaintyMillijoules" | "blindMilliseconds">
  readonly needs: readonly Fed[]
  readonly grade: (entry: Entry) => Grade
}

export const ENERGY: Register = { name: "energyMillijoules", needs: [], grade: ({ energyGrade }) => energyGrade }
export const IT: Register = { name: "itMillijoules", needs: ["it"], grade: ({ energyGrade }) => energyGrade }
export const REUSED: Register = {
  name: "reusedMillijoules",
  needs: ["reused"],
  grade: ({ energyGrade }) => energyGrade,
}
export const WATER: Register = {
  ...{ name: "waterMillilitres", needs: ["water"] },
  // Where it is by a factor or a meter, the device's statement does not say apart from energy.
  grade: ({ energyGrade }) => worseGrade(energyGrade, "estimated"),
}

export const sayKwh = (millijoules: bigint): string => `${toDecimal(exact(millijoules, MILLIJOULES_PER_KWH), 2)} kWh`
export const daysOf = (ms: bigint): string => toDecimal(exact(ms, DAY_MS), 1)
export const sayDays = (ms: bigint): string => `${daysOf(ms)} device-days`

/** A piece of an entry, which gives so much. */
export function pieceOf(entry: Entry, quantity: Piece["quantity"], grade: Grade): Piece {
  const { document, block } = entry
  const kind = document.kind === "job" ? "job" : "certificate"
  const { name, digest } = document
  return { document: name, digest, kind, evidence: "proved", verdict: "valid", block, quantity, grade }
}

/** Where documents behind the entries contradict each other or others: which of them is right, no number says. */
function contradicted({ contradictions }: World, entries: readonly Entry[]): readonly string[] {
  const behind = new Set(entries.map(({ document }) => document.name))
  return contradictions
    .filter(({ documents }) => documents.some((name) => behind.has(name)))
    .map(
      ({ code, sentence, detail, documents }) =>
        `documents that agree: ${code}, ${sentence}: ${detail} (${documents.join(" and ")})`,
    )
}

export function sayGap({ device, first, last, millijoules }: Gap): string {
  const runs = first === last ? `run ${first}` : `runs ${first} to ${last}`
  const took = millijoules === null ? "what they took, nothing here says" : `${sayKwh(millijoules)} in them`
  return `certificates of ${runs} of device ${device}: ${took}`
}

type Expected = { readonly expected: bigint; readonly missing: bigint }

/**
 * The time that the profile expects of the devices that count at a place, and what is missing of it: each device's alone, since
 * none meters for another. Null where the profile does not know one of them.
 */
function expectedOf({ profile, span }: World, entries: readonly Entry[], site: string): Expected | null {
  const meters = new Map(profile.meters.map((meter) => [meter.device, meter]))
  const shown = new Set(entries.map(({ device }) => device))
  if ([...shown].some((device) => !meters.has(device))) return null
  // A device of the site that shows nothing is missing for all of its time, unless another one holds its energy.
  const counted = profile.meters.filter(
    ({ device, site: at, within }) => shown.has(device) || (at === site && within === null),
  )
  const runs = Map.groupBy(entries, ({ device }) => device)
  const times = counted.map((meter) => {
    const expected = standingMs(span, meter)
    const metered = (runs.get(meter.device) ?? []).reduce((all, entry) => all + timeWithin(span, entry), 0)
    return { expected, missing: Math.max(0, expected - metered) }
  })
  const added = (field: keyof Expected) => times.reduce((all, one) => all + BigInt(one[field]), 0n)
  return { expected: added("expected"), missing: added("missing") }
}

type Covered = { readonly coverage: CellCoverage; readonly needs: readonly string[]; readonly notes: readonly string[] }

/** How whole the time behind entries is, and what is missing in it. `isTimed`: of a job or a model nobody expects a time. */
function coveredBy(world: World, entries: readonly Entry[], site: string): Covered {
  const { gaps, meteredMs, blindMs, behind, broken } = coverageOf(entries, world.span, world)
  const isTimed = world.subject.kind === "entity" || world.subject.kind === "site"
  const { expected, missing } = (isTimed ? expectedOf(world, entries, site) : null) ?? { expected: null, missing: 0n }
  const hidden = gaps.filter(({ isVoid }) => !isVoid)
  const runsIn = (some: readonly Gap[]) => `${some.reduce((all, { first, last }) => all + last - first + 1n, 0n)}`
  const isMissing = expected !== null && missing * 100n > expected * BigInt(world.missingPercent)
  const listed = new Set(world.profile.meters.map(({ device }) => device))
  const strangers = [...new Set(entries.map(({ device }) => device))].filter((device) => !listed.has(device))
  return {
    coverage: {
      ...{ meteredMs: `${meteredMs}`, expectedMs: expected === null ? null : `${expected}`, blindMs: `${blindMs}` },
      voids: runsIn(gaps.filter(({ isVoid }) => isVoid)),
      notShown: isTimed ? runsIn(hidden) : "0",
      behind: isTimed ? behind.map(({ device }) => device) : [],
    },
    needs: [
      ...contradicted(world, entries),
      ...(isTimed ? hidden.map(sayGap) : []),
      ...(isMissing
        ? [`certificates of the missing time${site && ` at ${site}`}: ${sayDays(missing)} of ${sayDays(expected)}`]
        : []),
      ...(isTimed
        ? strangers.map(
            (device) => `the device ${device} among the profile's meters: how long it stood there is not known`,
          )
        : []),
    ],
    notes: [
      ...(broken > 0
        ? [
            `${plural(broken, "run")} before which the device had lost its books: what it metered until then is not known`,
          ]
        : []),
      ...(blindMs > 0
        ? [
            `sensors were blind for ${toDecimal(exact(BigInt(blindMs), 3_600_000n), 2)} h: their energy is an estimate within the uncertainty`,
          ]
        : []),
    ],
  }
}

/** What a register adds up to over entries, of which each joule lies in one only. */
export function meteredBy(world: World, entries: readonly Entry[], register: Register, site: string): Amount {
  const { name, needs, grade } = register
  const fed = entries.filter((entry) => needs.every((one) => entry.fed.has(one)))
  const unfed = entries.length - fed.length
  const missing = `runs whose devices meter ${needs.join(" and ")}${site && ` at ${site}`}`
  if (fed.length === 0)
    return nothing(entries.length === 0 ? `certificates of the devices${site && ` at ${site}`}` : missing)
  const { coverage, needs: gaps, notes } = coveredBy(world, entries, site)
  const [early, ...more] = entries.filter(({ startMs }) => startMs < world.span.fromMs)
  const straddling = `${early?.run} of ${early?.device}${more.length > 0 ? ` and ${more.length} more` : ""}`
  const amount: Amount = {
    value: exact(fed.reduce((all, { registers }) => all + registers[name], 0n)),
    uncertainty: name === "energyMillijoules" ? energyUncertainty(fed) : null,
    bound: "exact",
    pieces: merged(fed.map((entry) => pieceOf(entry, exact(entry.registers[name]), grade(entry)))),
    coverage,
    needs: [...(unfed > 0 ? [`${missing}: ${unfed} of ${entries.length} do not`] : []), ...gaps],
    notes,
  }
  if (early === undefined) return amount
  return noted(amount, `a run belongs to the period in which it ends; it began before this one: run ${straddling}`)
}

/** Devices whose place is not known: their energy is in no number. */
export function unplacedNeeds({ site, unplaced }: Placed): readonly string[] {
  return [...Map.groupBy(unplaced, ({ device }) => device)].map(([device, own]) => {
    const energy = own.reduce((all, { registers }) => all + registers.energyMillijoules, 0n)
    return `device ${device} among the profile's meters, and what it lies within: ${sayKwh(energy)} at the ${own[0]?.boundary}${site && ` of ${site}`} are not counted`
  })
}

/** Shares for people, in percent. */
export const sayPercent = (part: bigint, whole: bigint): string =>
  whole === 0n ? "0 %" : `${toDecimal(over(exact(part * 100n), exact(whole)), 1)} %`
