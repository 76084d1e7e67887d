import type { Boundary, Hex } from "@wattest/protocol"
import { type Coverage, coverageOf } from "../books/coverage.ts"
import { byRun, type Entry } from "../books/entry.ts"
import { type Exact, exact, over, toDecimal } from "../exact/exact.ts"
import { emissionsOf, locationBased } from "../figures/carbon.ts"
import { electricity } from "../figures/energy.ts"
import { sayGap } from "../figures/metered.ts"
import { outermostOfBoundary } from "../figures/nesting.ts"
import { energyUncertainty } from "../figures/uncertain.ts"
import { type Material, type World, worldOf } from "../figures/world.ts"
import { worldNotes } from "../figures/world-notes.ts"
import type { Days, Filing, GradeShare, RefusedDocument } from "../filing.ts"
import { hoursOf } from "../instruments/hours.ts"
import type { Listed } from "./listed.ts"

const KWH = exact(3_600_000_000n)
const KILOGRAM = exact(1_000_000n)

/** What was metered at one boundary under one label, each joule once. Numbers are decimal; energies of different boundaries are never added. */
export type Row = {
  readonly boundary: Boundary
  readonly key: string
  readonly runs: number
  readonly energyKwh: string
  /** Expanded (k = 2): linear within a device, as squares across devices. Null by hours. */
  readonly uncertaintyKwh: string | null
  /** Null: no run has a factor. */
  readonly carbonKg: string | null
  /** Energy of runs without a factor: it is in no carbon number. */
  readonly noFactorKwh: string
  readonly grades: readonly GradeShare[]
}

/** What valid documents say of a period, before any standard. */
export type Inventory = {
  readonly period: Days
  readonly asOf: number | null
  readonly policyDigest: Hex
  readonly by: Listed
  readonly rows: readonly Row[]
  readonly coverage: Omit<Coverage, "gaps"> & { readonly voids: string; readonly notShown: string }
  /** What would make it whole: its energy and emissions as a filing counts them, and the runs of every device. */
  readonly needs: readonly string[]
  /** On whose word it is, what is left out, and how far the number of devices is known. */
  readonly notes: readonly string[]
  readonly claims: readonly { readonly document: string; readonly sentence: string }[]
  readonly refused: readonly RefusedDocument[]
}

const kwh = (value: Exact) => toDecimal(over(value, KWH), 6)

const energyIn = (entries: readonly Entry[]) =>
  exact(entries.reduce((all, { registers }) => all + registers.energyMillijoules, 0n))

function gradesOf(entries: readonly Entry[]): readonly GradeShare[] {
  const all = entries.reduce((total, { registers }) => total + registers.energyMillijoules, 0n)
  return [...Map.groupBy(entries, ({ energyGrade }) => energyGrade)].map(([grade, own]) => {
    const part = own.reduce((total, { registers }) => total + registers.energyMillijoules, 0n)
    return { grade, share: all === 0n ? "0" : toDecimal(exact(part, all), 6) }
  })
}

/** A run, or as much of it as lies in one hour. */
type Part = { readonly entry: Entry; readonly key: string }

const hourName = (hour: number) => `${new Date(hour * 3_600_000).toISOString().slice(0, 13)}Z`

/** The hours of a run, each with its energy and the same part of its carbon: whole mJ and mg that add up to exactly the run. */
function hoursIn(entry: Entry): readonly Part[] {
  const { energyMillijoules: whole, carbonMilligrams: carbon } = entry.registers
  let until = 0n
  return hoursOf(entry).map(([hour, energyMillijoules]) => {
    const before = until
    until += energyMillijoules
    const carbonMilligrams = whole === 0n ? 0n : (carbon * until) / whole - (carbon * before) / whole
    return {
      key: hourName(hour),
      entry: { ...entry, registers: { ...entry.registers, energyMillijoules, carbonMilligrams } },
    }
  })
}

function rowOf(world: World, parts: readonly Part[], by: Listed): Row {
  const [first] = parts
  if (first === undefined) throw new RangeError("a row has at least one run")
  const entries = parts.map(({ entry }) => entry)
  const carbon = emissionsOf(world, entries)
  const lacking = entries.filter((entry) => emissionsOf(world, [entry]).value === null)
  return {
    ...{ boundary: first.entry.boundary, key: first.key },
    runs: new Set(entries.map(({ device, run }) => `${device}/${run}`)).size,
    energyKwh: kwh(energyIn(entries)),
    uncertaintyKwh: by === "hour" ? null : kwh(energyUncertainty(entries)),
    carbonKg: carbon.value && toDecimal(over(carbon.value, KILOGRAM), 6),
    noFactorKwh: kwh(energyIn(lacking)),
    grades: gradesOf(entries),
  }
}

const byText = (a: string, b: string) => (a < b ? -1 : Number(a > b))

/** All that one's own devices metered in the period, at each boundary apart, listed by a label or by hours. Pure. */
export function inventoryOf(
  material: Material,
  by: Listed,
  policyDigest: Hex,
  signer: Filing["profileSigner"],
): Inventory {
  const world = worldOf(material)
  const entries = world.placed
    .flatMap(({ counted, inner, unplaced }) => [...counted, ...inner, ...unplaced])
    .sort(byRun)
  const parts = world.placed
    .flatMap((place) => outermostOfBoundary(world, place))
    .sort(byRun)
    .flatMap((entry) => (by === "hour" ? hoursIn(entry) : [{ entry, key: entry[by] }]))
  const groups = Map.groupBy(parts, ({ entry, key }) => JSON.stringify([entry.boundary, key]))
  const rows = [...groups.values()].map((own) => rowOf(world, own, by))
  const { gaps, ...coverage } = coverageOf(entries, world.span, world)
  const runsIn = (isVoid: boolean) =>
    `${gaps.filter((gap) => gap.isVoid === isVoid).reduce((all, { first, last }) => all + last - first + 1n, 0n)}`
  return {
    ...{ period: material.days, asOf: material.asOf, policyDigest, by },
    rows: rows.sort((a, b) => byText(a.boundary, b.boundary) || byText(a.key, b.key)),
    coverage: { ...coverage, voids: runsIn(true), notShown: runsIn(false) },
    needs: [
      ...new Set([
        ...electricity(world).needs,
        ...locationBased(world).needs,
        ...gaps.filter(({ isVoid }) => !isVoid).map(sayGap),
      ]),
    ],
    notes: worldNotes(world, material, signer),
    claims: world.claims.map(({ document, claim }) => ({ document: document.name, sentence: claim.sentence })),
    refused: material.books.refused,
  }
}

/** Whether energy of one inventory is another in the other, row by row: what a later `asOf` corrected. */
export function correctedRows(
  now: Inventory,
  before: Inventory,
): readonly { readonly row: Row; readonly previously: string | null }[] {
  const stated = new Map(before.rows.map((row) => [JSON.stringify([row.boundary, row.key]), row]))
  return now.rows.flatMap((row) => {
    const old = stated.get(JSON.stringify([row.boundary, row.key]))
    return old?.energyKwh === row.energyKwh ? [] : [{ row, previously: old?.energyKwh ?? null }]
  })
}
