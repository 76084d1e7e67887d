import { MEASURES, type MeasureId } from "../measure/catalogue.ts"
import type { Extent } from "../measure/job-extent.ts"
import type { ReportBlock, ReportBooks, ReportFrame, ReportQuantity, ReportSubject } from "./model.ts"

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

/** Five significant digits, or so many decimals; whole numbers in groups of three (with narrow no-break spaces). */
export function formatNumber(value: number, decimals?: number): string {
  const isWhole = Number.isInteger(value) && Math.abs(value) < 1e15
  const text = decimals ? value.toFixed(decimals) : String(isWhole ? value : Number(value.toPrecision(5)))
  // By hand: a formatter of the platform takes longer to load than everything else that a report needs.
  return /^-?\d+$/.test(text) ? text.replace(/\B(?=(?:\d{3})+$)/g, "\u202f") : text
}

function scaleOf(value: number, id: MeasureId): readonly [factor: number, prefix: string] {
  if (!PREFIXED.test(MEASURES[id].unit)) return [1, ""]
  return PREFIXES.find(([factor]) => Math.abs(value) >= factor) ?? [1, ""]
}

/** A quantity in parts, so that a page can set them apart. */
export type QuantityText = { readonly value: string; readonly unit: string; readonly uncertainty: string | null }

const decimalsOf = (text: string) => text.split(".")[1]?.length ?? 0

/** A value with no digit beyond those of its uncertainty: more of them would claim to be known. */
function roundedTo(uncertainty: string, value: number): string {
  const full = formatNumber(value)
  const isPlain = !`${full}${uncertainty}`.includes("e") && uncertainty !== "0"
  if (!isPlain || decimalsOf(full) <= decimalsOf(uncertainty)) return full
  return formatNumber(Number(value.toFixed(decimalsOf(uncertainty))), decimalsOf(uncertainty))
}

export function quantityText({ id, value, unit, uncertainty }: ReportQuantity): QuantityText {
  // By the measure and not by the unit's text: that is the operator's.
  if (MEASURES[id].unit === "1")
    return { value: String(Number((value * 100).toPrecision(4))), unit: "%", uncertainty: null }
  const [factor, prefix] = scaleOf(value, id)
  const shown = value / factor
  const named = `${prefix}${unit}`
  if (uncertainty === null) return { value: formatNumber(shown), unit: named, uncertainty: null }
  const expanded = formatNumber(Number((uncertainty / factor).toPrecision(2)))
  return { value: roundedTo(expanded, shown), unit: named, uncertainty: expanded }
}

/** A quantity as a person reads it: `12.115 MJ ± 0.06 MJ`, `83.2 %`, `1694.5 s`. */
export function formatQuantity(quantity: ReportQuantity): string {
  const { value, unit, uncertainty } = quantityText(quantity)
  return uncertainty === null ? `${value} ${unit}` : `${value} ${unit} ± ${uncertainty} ${unit}`
}

/** What a number or a certificate is of: nothing less than all runs of a job is called the whole. */
export const EXTENT_NAMES: { readonly [E in Extent]: string } = {
  whole: "whole job",
  part: "part of a job",
  unknown: "not known to be a whole job",
}

/** Which runs a number is of, as it stands beside the number. */
export function ownerText({ run, extent }: ReportQuantity): string {
  return extent === null ? `run ${run}` : EXTENT_NAMES[extent]
}

/** `whole job, begun with run 3`, `part of a job: the job goes on after run 4`. */
export function extentText({ extent, start, missing }: ReportSubject["jobExtent"]): string {
  return `${EXTENT_NAMES[extent]}${missing === "" ? `, begun with run ${start}` : `: ${missing}`}`
}

const INVENTORY_TEXT: { readonly [I in ReportBooks["inventory"]]: string } = {
  shown: "sensors exactly as vouched",
  claimed: "sensors said to be as vouched, not shown",
  none: "sensors not said to be as vouched",
}

/** `live, sensors exactly as vouched, beacons at both ends, never blind`. */
export function booksText({ origin, inventory, beacons, blindMs, durationMs, broken }: ReportBooks): string {
  const percent = formatNumber(Number(((blindMs / durationMs) * 100).toPrecision(3)))
  return [
    origin,
    INVENTORY_TEXT[inventory],
    beacons ? "beacons at both ends" : "without a beacon at both ends",
    blindMs === 0 ? "never blind" : `blind for ${percent} % of the time`,
    ...(broken === 0 ? [] : [`books lost before ${broken} run${broken === 1 ? "" : "s"}`]),
  ].join(", ")
}

function trustText({ by, nodes }: ReportBlock): string {
  if (by === "list") return "listed in the policy"
  if (by === "checkpoint") return "under a checkpoint in a trusted block of the parent chain"
  const names = nodes.join(", ")
  return nodes.length === 1
    ? `on the word of one node alone (${names})`
    : `on the word of ${nodes.length} nodes that agree (${names})`
}

/** Under what, by what and when it was judged, a line for each. */
export function frameLines({ policyDigest, verifier, time }: ReportFrame): readonly string[] {
  const when = time === null ? "no time was given" : `at ${formatTime(time * 1000)}, as the caller says`
  return [`judged under policy ${policyDigest}`, `by verifier ${verifier}, ${when}`]
}

/** Why blocks were trusted, those of one reason together: `chain 137, blocks 98, 99: listed in the policy`. */
export function trustLines(blocks: readonly ReportBlock[]): readonly string[] {
  const reasons = new Map<string, ReportBlock[]>()
  for (const block of blocks) {
    const reason = `${block.chainId} ${trustText(block)}`
    reasons.set(reason, [...(reasons.get(reason) ?? []), block])
  }
  return [...reasons.values()].map((same) => {
    const [first] = same as [ReportBlock]
    const numbers = same.map(({ number }) => number).join(", ")
    return `chain ${first.chainId}, block${same.length === 1 ? "" : "s"} ${numbers}: ${trustText(first)}`
  })
}

/** Seconds as `45s`, `12:30` or `3:05:00`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (value: number) => String(value).padStart(2, "0")
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  if (hours > 0) return `${hours}:${two(minutes)}:${two(rest)}`
  return minutes > 0 ? `${minutes}:${two(rest)}` : `${rest}s`
}

/** The ends of an address or a digest, for a place in which it is only recognised. */
export const shortened = (hex: string): string => `${hex.slice(0, 6)}…${hex.slice(-4)}`

/** A moment in UTC, `2026-09-21 14:13:20 UTC`. */
export function formatTime(ms: number): string {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return `${ms} ms`
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`
}
