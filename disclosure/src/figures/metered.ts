import type { Fed, Grade, Registers } from "@wattest/protocol"
import { plural, worseGrade } from "@wattest/protocol"
import { type Coverage, coverageOf, type Gap } from "../books/coverage.ts"
import { type Entry, evidenceOf } from "../books/entry.ts"
import type { Placed } from "../books/place.ts"
import { exact, toDecimal } from "../exact/exact.ts"
import type { CellCoverage } from "../filing.ts"
import { type Amount, merged, noted, nothing, type Piece } from "./amount.ts"
import type { Bounded } from "./claimed.ts"
import { expectedTime, isBounded } from "./profile-time.ts"
import { sayDays, sayKwh } from "./spoken.ts"
import { energyUncertainty } from "./uncertain.ts"
import type { World } from "./world.ts"

/** A register that adds up, what must feed it, and the grade of its numbers. */
export type Register = {
  readonly name: Exclude<keyof Registers, "uncertaintyMillijoules" | "blindMilliseconds">
  readonly needs: readonly Fed[]
  readonly grade: (entry: Entry) => Grade
  /** The sum into which claims may put a part beside it; null: none. */
  readonly bounds: Bounded | null
}

const byEnergy = ({ energyGrade }: Entry) => energyGrade
export const ENERGY: Register = { name: "energyMillijoules", needs: [], grade: byEnergy, bounds: "energy" }
/** Energy of devices that meter IT alone: what claims bound is all energy. */
export const INNER: Register = { ...ENERGY, bounds: null }
export const IT: Register = { name: "itMillijoules", needs: ["it"], grade: byEnergy, bounds: null }
export const REUSED: Register = { name: "reusedMillijoules", needs: ["reused"], grade: byEnergy, bounds: null }
export const WATER: Register = {
  ...{ name: "waterMillilitres", needs: ["water"], bounds: "water" },
  // Where it is by a factor or a meter, the device's statement does not say apart from energy.
  grade: ({ energyGrade }) => worseGrade(energyGrade, "estimated"),
}

/** A piece of an entry, which gives so much. */
export function pieceOf(entry: Entry, quantity: Piece["quantity"], grade: Grade): Piece {
  const { document, block } = entry
  const evidence = evidenceOf(entry)
  const kind = document.kind === "job" ? "job" : "certificate"
  const { name, digest } = document
  return { document: name, digest, kind, evidence, verdict: "valid", block, quantity, grade }
}

type Weaknesses = { readonly needs: readonly string[]; readonly notes: readonly string[] }

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

/** What weakens the numbers of entries, whoever metered them. */
export function weaknessesOf(world: World, entries: readonly Entry[], { blindMs, broken }: Coverage): Weaknesses {
  const told = entries.filter((entry) => evidenceOf(entry) === "declared").length
  return {
    needs: contradicted(world, entries),
    notes: [
      ...(told > 0
        ? [`${plural(told, "run")} of recorded traces, which no device metered: the entity's own word`]
        : []),
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

const NOT_EXPECTED = { expected: null, missing: 0n, hint: "" }

type Covered = Weaknesses & { readonly coverage: CellCoverage }

/** How whole the time behind entries is, and what is missing in it. `isTimed`: of a job or a model nobody expects a time. */
function coveredBy(world: World, entries: readonly Entry[], site: string, bounds: Bounded | null): Covered {
  const covered = coverageOf(entries, world.span, world)
  const { gaps, meteredMs, blindMs, behind } = covered
  const weaknesses = weaknessesOf(world, entries, covered)
  const isTimed = world.subject.kind === "entity" || world.subject.kind === "site"
  const { expected, missing, hint } = (isTimed ? expectedTime(world, entries, site, bounds) : null) ?? NOT_EXPECTED
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
      ...weaknesses.needs,
      ...(isTimed ? hidden.map(sayGap) : []),
      ...(isMissing
        ? [
            `certificates of the missing time${site && ` at ${site}`}: ${sayDays(missing)} of ${sayDays(expected)}${hint}`,
          ]
        : []),
      ...(isTimed
        ? strangers.map(
            (device) => `the device ${device} among the profile's meters: how long it stood there is not known`,
          )
        : []),
    ],
    notes: weaknesses.notes,
  }
}

/** What a register adds up to over entries, of which each joule lies in one only. */
export function meteredBy(world: World, entries: readonly Entry[], register: Register, site: string): Amount {
  const { name, needs, grade, bounds } = register
  // A bound of the whole counts what is there.
  if (entries.length === 0 && isBounded(world, site, bounds)) return nothing()
  const fed = entries.filter((entry) => needs.every((one) => entry.fed.has(one)))
  const unfed = entries.length - fed.length
  const missing = `runs whose devices meter ${needs.join(" and ")}${site && ` at ${site}`}`
  if (fed.length === 0)
    return nothing(entries.length === 0 ? `certificates of the devices${site && ` at ${site}`}` : missing)
  const { coverage, needs: gaps, notes } = coveredBy(world, entries, site, bounds)
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
