import type { JudgedRun } from "../books/books.ts"
import { valuesOf } from "../books/select.ts"
import { KPIS, type Kpi, type Term } from "./kpis.ts"

/** A key figure of runs: its value, and its value at either end of the energy. */
export type KpiValue = {
  readonly id: string
  readonly title: string
  readonly unit: string
  readonly value: number
  readonly lower: number
  readonly upper: number
}

/** Sums of a term over runs, at the middle and at both ends of the energy; null where one of them does not feed it. */
type Amounts = { readonly [T in Term]: readonly [middle: number, lower: number, upper: number] | null }

const same = (value: number) => [value, value, value] as const

function amountsOf(runs: readonly JudgedRun[], quality: number | null): Amounts {
  const statements = runs.map(({ certified }) => certified.statement)
  const sum = (name: keyof (typeof statements)[number]["registers"]) =>
    Number(statements.reduce((total, { registers }) => total + registers[name], 0n))
  const isFed = (name: "work" | "accepted" | "carbon") => statements.every(({ fed }) => fed.includes(name))
  const [joules, expanded] = [sum("energyMillijoules") / 1000, sum("uncertaintyMillijoules") / 1000]
  return {
    energy: [joules, Math.max(0, joules - expanded), joules + expanded],
    work: isFed("work") ? same(sum("workUnits")) : null,
    accepted: isFed("accepted") ? same(sum("acceptedUnits")) : null,
    carbon: isFed("carbon") ? same(sum("carbonMilligrams") / 1000) : null,
    quality: quality === null ? null : same(quality),
  }
}

const factorOf = ({ scale }: Kpi) =>
  scale
    .split("/")
    .map(Number)
    .reduce((above, below) => above / below)

function figureOf(kpi: Kpi, amounts: Amounts): readonly [number, number, number] | null {
  const product = (terms: readonly Term[], at: 0 | 1 | 2) =>
    terms.reduce((sum, term) => sum * (amounts[term]?.[at] ?? Number.NaN), 1)
  const at = (above: 0 | 1 | 2) => (factorOf(kpi) * product(kpi.above, above)) / product(kpi.below, above)
  const values = [at(0), at(1), at(2)] as const
  if (!values.every(Number.isFinite)) return null
  return [values[0], Math.min(values[1], values[2]), Math.max(values[1], values[2])]
}

/** The key figures that runs have: those whose terms they feed, in the unit of work and at the boundary of its source. */
export function kpisOf(runs: readonly JudgedRun[], quality: number | null): readonly KpiValue[] {
  const amounts = amountsOf(runs, quality)
  const isOf = (kpi: Kpi) =>
    (kpi.counts === null || valuesOf(runs, "unit").join() === kpi.counts) &&
    (kpi.boundary === null || valuesOf(runs, "boundary").join() === kpi.boundary)
  return KPIS.filter(isOf).flatMap((kpi) => {
    const found = figureOf(kpi, amounts)
    if (found === null) return []
    const [value, lower, upper] = found
    return [{ id: kpi.id, title: kpi.title, unit: kpi.unit, value, lower, upper }]
  })
}
