import type { ReportQuantity } from "./model.ts"

const PREFIXES: readonly (readonly [factor: number, prefix: string])[] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
  [1, ""],
  [1e-3, "m"],
  [1e-6, "µ"],
  [1e-9, "n"],
]

/** Units that take SI prefixes; the others are written as they are. */
const PREFIXED = /^(?:J|W|L|g)(?:$|[ /])/

function digits(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en-US").replaceAll(",", " ")
  return Number(value.toPrecision(5)).toString()
}

function scaleOf(value: number, unit: string): readonly [factor: number, prefix: string] {
  if (!PREFIXED.test(unit)) return [1, ""]
  return PREFIXES.find(([factor]) => Math.abs(value) >= factor) ?? [1, ""]
}

/** A quantity as a person reads it: `12.115 MJ ± 0.06 MJ`, `83.2 %`, `1694.5 s`. */
export function formatQuantity({ value, unit, uncertainty }: ReportQuantity): string {
  if (unit === "1") return `${Number((value * 100).toPrecision(4))} %`
  const [factor, prefix] = scaleOf(value, unit)
  const main = `${digits(value / factor)} ${prefix}${unit}`
  return uncertainty === null ? main : `${main} ± ${Number((uncertainty / factor).toPrecision(2))} ${prefix}${unit}`
}
