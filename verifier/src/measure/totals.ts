import {
  type CertifiedRun,
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
  readonly sources: Sources
}

/** Which registers have a sensor in every run's metering plan: one that nothing feeds stays at 0 and says nothing. */
export type Sources = {
  readonly accelerator: boolean
  /** The occupancy of each accelerator that is metered. */
  readonly idle: boolean
}

function sourcesOf({ context: { metering } }: CertifiedRun["statement"]): Sources {
  const accelerators = metering.filter(({ role }) => role === "accelerator")
  const occupancies = metering.filter(({ role }) => role === "occupancy")
  const isSeen = (part: string | undefined) => occupancies.some((o) => o.part === undefined || o.part === part)
  return {
    accelerator: accelerators.length > 0,
    idle: accelerators.length > 0 && accelerators.every(({ part }) => isSeen(part)),
  }
}

/** Adds up runs; gain errors add linearly, so uncertainties do too. */
export function totalsOf(runs: readonly CertifiedRun[]): Totals {
  const start: Totals = {
    registers: ZERO_REGISTERS,
    durationMs: 0,
    energyGrade: "calibrated",
    workGrade: "calibrated",
    status: "complete",
    sources: { accelerator: true, idle: true },
  }
  return runs.reduce<Totals>((sum, { statement }) => {
    const entries = REGISTERS.map((name) => [name, sum.registers[name] + statement.registers[name]])
    const { accelerator, idle } = sourcesOf(statement)
    return {
      registers: Object.fromEntries(entries) as Registers,
      durationMs: sum.durationMs + statement.endTimeMs - statement.startTimeMs,
      energyGrade: worseGrade(sum.energyGrade, statement.energyGrade),
      workGrade: worseGrade(sum.workGrade, statement.workGrade),
      status: statement.status,
      sources: { accelerator: sum.sources.accelerator && accelerator, idle: sum.sources.idle && idle },
    }
  }, start)
}

type Draft = readonly [id: MeasureId, value: number, uncertainty: number | null, grade: Grade]

/** Registers that stay at 0 where nobody gave a factor: a zero there says nothing, and would read as a boast. */
const NOTHING_AT_ZERO: readonly MeasureId[] = ["carbon", "carbon-per-work", "water", "water-per-work", "work"]

/** The numbers that the totals of so much of a job give. One whose divisor is 0 is left out: there is no such number. */
export function quantitiesOf(totals: Totals, extent: Extent): readonly Quantity[] {
  const { registers, durationMs, energyGrade, workGrade, status, sources } = totals
  const joules = Number(registers.energyMillijoules) / 1000
  const expanded = Number(registers.uncertaintyMillijoules) / 1000
  const seconds = durationMs / 1000
  const work = Number(registers.workUnits)
  const accepted = Number(registers.acceptedUnits)
  const accelerator = Number(registers.acceleratorMillijoules) / 1000
  const idle = Number(registers.idleMillijoules) / 1000
  const grams = Number(registers.carbonMilligrams) / 1000
  const litres = Number(registers.waterMillilitres) / 1000
  const perWork = worseGrade(energyGrade, workGrade)
  const isSolved = extent === "whole" && status === "complete"
  // Carbon and water rest on factors that nobody measured at the device.
  const factored = worseGrade(energyGrade, "estimated")
  const drafts: readonly Draft[] = [
    ["energy", joules, expanded, energyGrade],
    ["duration", seconds, null, energyGrade],
    ["mean-power", joules / seconds, expanded / seconds, energyGrade],
    ["work", work, null, workGrade],
    ["energy-per-work", joules / work, expanded / work, perWork],
    ["energy-per-accepted", joules / accepted, expanded / accepted, perWork],
    ["energy-to-solution", isSolved ? joules : Number.NaN, expanded, energyGrade],
    ["idle-tax", sources.idle ? idle / accelerator : Number.NaN, null, energyGrade],
    ["accelerator-share", sources.accelerator ? accelerator / joules : Number.NaN, null, energyGrade],
    ["carbon", grams, null, factored],
    ["carbon-per-work", grams / work, null, worseGrade(factored, workGrade)],
    ["water", litres, null, factored],
    ["water-per-work", litres / work, null, worseGrade(factored, workGrade)],
  ]
  return drafts
    .filter(([id, value]) => Number.isFinite(value) && (value !== 0 || !NOTHING_AT_ZERO.includes(id)))
    .map(([id, value, uncertainty, grade]) => ({ id, value, uncertainty, grade }))
}
