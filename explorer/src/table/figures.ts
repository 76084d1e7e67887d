import type { TableEntry } from "./entry.ts"

/** A number with its ends; without uncertainty all three are one. */
export type Figure = { readonly value: number; readonly lo: number; readonly hi: number; readonly isExact: boolean }

/** A row with what is computed of it. */
export type TableRow = {
  /** The name of its file. */
  readonly id: string
  readonly entry: TableEntry
  readonly perUnit: Figure
  /** Joules per accepted unit; null: nobody counted what was accepted. */
  readonly perAccepted: Figure | null
  /** Higher is better, whatever the measure; null: none is published. */
  readonly goodness: number | null
}

function figure(value: number, share: string | undefined): Figure {
  const half = share === undefined ? 0 : value * Number(share)
  return { value, lo: value - half, hi: value + half, isExact: share === undefined }
}

/** Joules by what they made: energy through units where both are known, else as the source gives it. */
export function rowOf(id: string, entry: TableEntry): TableRow {
  const { energyJoules, units, joulesPerUnit, uncertaintyShare, accepted, quality } = entry
  const joules = Number(energyJoules)
  const perUnit = figure(units === undefined ? Number(joulesPerUnit) : joules / Number(units), uncertaintyShare)
  const perAccepted =
    accepted === undefined ? null : figure(joules / (Number(accepted.units) * Number(accepted.share)), uncertaintyShare)
  const goodness =
    quality === undefined ? null : quality.better === "higher" ? Number(quality.value) : -Number(quality.value)
  return { id, entry, perUnit, perAccepted, goodness }
}

/** Rows that can be compared: the same task and unit at the same boundary. */
export const groupOf = ({ entry: { task, unit, boundary } }: TableRow): string => `${task} · J/${unit} · ${boundary}`

const PREFIXES = [
  [1e6, "MJ"],
  [1e3, "kJ"],
  [1, "J"],
  [1e-3, "mJ"],
  [1e-6, "µJ"],
] as const

/** Joules for people, with four significant digits. */
export function joulesText(joules: number): string {
  const [size, unit] = PREFIXES.find(([least]) => joules >= least) ?? ([1e-6, "µJ"] as const)
  return `${Number((joules / size).toPrecision(4))} ${unit}`
}

/** A figure for people: its value, and how far it may be off. */
export function figureText({ value, hi, isExact }: Figure): string {
  if (isExact) return joulesText(value)
  return `${joulesText(value)} ± ${Number((((hi - value) / value) * 100).toPrecision(2))} %`
}
