import {
  type CertifiedRun,
  FED,
  type Fed,
  type Grade,
  REGISTERS,
  type Registers,
  type Status,
  worseGrade,
  ZERO_REGISTERS,
} from "@wattest/protocol"
import type { Extent } from "../measure/job-extent.ts"
import type { MeasureId } from "./catalogue.ts"

/** A derived number: recomputed here, never read from a document. */
export type Quantity = {
  readonly id: MeasureId
  readonly value: number
  /** Expanded (k = 2), in the same unit; null where nothing is known about it. */
  readonly uncertainty: number | null
  readonly grade: Grade
}

/** What the runs of a certificate add up to. */
export type Totals = {
  readonly registers: Registers
  readonly durationMs: number
  readonly energyGrade: Grade
  readonly workGrade: Grade
  /** That of the last run. */
  readonly status: Status
  /** What every run feeds: a register that one of them does not feed says nothing. */
  readonly fed: ReadonlySet<Fed>
}

/** What nothing adds up to. */
export const NO_TOTALS: Totals = {
  registers: ZERO_REGISTERS,
  durationMs: 0,
  energyGrade: "calibrated",
  workGrade: "calibrated",
  status: "complete",
  fed: new Set(FED),
}

/** Both together. What holds systematically adds linearly, so uncertainties do too; the status is the later one's. */
export function addTotals(sum: Totals, more: Totals): Totals {
  const entries = REGISTERS.map((name) => [name, sum.registers[name] + more.registers[name]])
  return {
    registers: Object.fromEntries(entries) as Registers,
    durationMs: sum.durationMs + more.durationMs,
    energyGrade: worseGrade(sum.energyGrade, more.energyGrade),
    workGrade: worseGrade(sum.workGrade, more.workGrade),
    status: more.status,
    fed: new Set([...more.fed].filter((name) => sum.fed.has(name))),
  }
}

/** Adds up runs. */
export function totalsOf(runs: readonly CertifiedRun[]): Totals {
  return runs.reduce<Totals>((sum, { statement: { registers, energyGrade, workGrade, status, fed, ...statement } }) => {
    const durationMs = statement.endTimeMs - statement.startTimeMs
    return addTotals(sum, { registers, durationMs, energyGrade, workGrade, status, fed: new Set(fed) })
  }, NO_TOTALS)
}

type Draft = readonly [id: MeasureId, value: number, uncertainty: number | null, grade: Grade]

/** Which registers a number rests on, beside energy and time: it exists where every run feeds them all. */
const RESTS_ON: { readonly [K in MeasureId]?: readonly Fed[] } = {
  work: ["work"],
  "energy-per-work": ["work"],
  "energy-per-accepted": ["accepted"],
  "energy-per-input": ["input"],
  pue: ["it"],
  wue: ["it", "water"],
  erf: ["reused"],
  "idle-tax": ["idle"],
  "accelerator-share": ["accelerator"],
  carbon: ["carbon"],
  "carbon-per-work": ["carbon", "work"],
  water: ["water"],
  "water-per-work": ["water", "work"],
}

const MILLIJOULES_PER_KWH = 3.6e9

/** The numbers that the totals of so much of a job give. One whose divisor is 0 is left out: there is no such number. */
export function quantitiesOf(totals: Totals, extent: Extent): readonly Quantity[] {
  const { registers: r, durationMs, energyGrade, workGrade, status, fed } = totals
  const joules = Number(r.energyMillijoules) / 1000
  const expanded = Number(r.uncertaintyMillijoules) / 1000
  const seconds = durationMs / 1000
  const per = (units: bigint) => [joules / Number(units), expanded / Number(units)] as const
  const grams = Number(r.carbonMilligrams) / 1000
  const litres = Number(r.waterMillilitres) / 1000
  const share = (part: bigint, whole: bigint) => Number(part) / Number(whole)
  const perWork = worseGrade(energyGrade, workGrade)
  const isSolved = extent === "whole" && status === "complete"
  // Carbon and water rest on factors that nobody measured at the device.
  const factored = worseGrade(energyGrade, "estimated")
  const drafts: readonly Draft[] = [
    ["energy", joules, expanded, energyGrade],
    ["duration", seconds, null, energyGrade],
    ["mean-power", joules / seconds, expanded / seconds, energyGrade],
    ["work", Number(r.workUnits), null, workGrade],
    ["energy-per-work", ...per(r.workUnits), perWork],
    ["energy-per-accepted", ...per(r.acceptedUnits), perWork],
    ["energy-per-input", ...per(r.inputUnits), perWork],
    ["energy-to-solution", isSolved ? joules : Number.NaN, expanded, energyGrade],
    ["pue", share(r.energyMillijoules, r.itMillijoules), null, energyGrade],
    ["wue", litres / (Number(r.itMillijoules) / MILLIJOULES_PER_KWH), null, factored],
    ["erf", share(r.reusedMillijoules, r.energyMillijoules), null, energyGrade],
    ["idle-tax", share(r.idleMillijoules, r.acceleratorMillijoules), null, energyGrade],
    ["accelerator-share", share(r.acceleratorMillijoules, r.energyMillijoules), null, energyGrade],
    ["carbon", grams, null, factored],
    ["carbon-per-work", grams / Number(r.workUnits), null, worseGrade(factored, workGrade)],
    ["water", litres, null, factored],
    ["water-per-work", litres / Number(r.workUnits), null, worseGrade(factored, workGrade)],
    ["blind-share", Number(r.blindMilliseconds) / durationMs, null, energyGrade],
  ]
  return drafts
    .filter(([id, value]) => Number.isFinite(value) && (RESTS_ON[id] ?? []).every((name) => fed.has(name)))
    .map(([id, value, uncertainty, grade]) => ({ id, value, uncertainty, grade }))
}
