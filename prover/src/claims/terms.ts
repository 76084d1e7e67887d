import {
  BOUNDARIES,
  type Boundary,
  type Filters,
  findMetric,
  GRADES,
  type Grade,
  METRIC_NAMES,
  METRICS,
  type MetricName,
  parseQuantity,
  U64_MAX,
} from "@wattest/protocol"
import { Refusal } from "../refusal.ts"

/** What an operator asks for, in his own words. */
export type WrittenSubject = {
  /** A metric's name, or a spoken one such as `joules-per-token`. */
  readonly metric: string
  readonly model?: string | undefined
  readonly unit?: string | undefined
  readonly zone?: string | undefined
  readonly party?: string | undefined
  readonly boundary?: string | undefined
  readonly energyGrade?: string | undefined
  readonly workGrade?: string | undefined
  readonly atLeast?: string | undefined
  readonly atMost?: string | undefined
}

/** The same over a period [from, to), in Unix seconds. */
export type WrittenTerms = WrittenSubject & { readonly from: number; readonly to: number }

/** What a claim says of runs, in the protocol's terms. */
export type ClaimSubject = {
  readonly metric: MetricName
  readonly filters: Filters & { readonly boundary: Boundary }
  readonly lo: bigint
  readonly hi: bigint
}

/** What a claim over a period is about: Unix seconds, half-open [from, to). */
export type ClaimTerms = ClaimSubject & { readonly from: number; readonly to: number }

function refuse(detail: string, hint: string): never {
  throw new Refusal("TERMS_INVALID", detail, hint)
}

function oneOf<T extends string>(text: string, names: readonly T[], option: string): T {
  const found = names.find((name) => name === text)
  return found ?? refuse(`--${option}: "${text}"`, `one of ${names.join(", ")}`)
}

function readMetric({ metric: name, unit }: WrittenSubject): { readonly metric: MetricName; readonly unit: string } {
  const found = findMetric(name)
  if (found === null) refuse(`--metric: "${name}"`, `one of ${METRIC_NAMES.join(", ")}, or joules-per-UNIT`)
  const { metric } = found
  if (found.unit !== null && unit !== undefined && unit !== found.unit)
    refuse(`--metric ${name} and --unit ${unit} name two units`, "leave --unit out")
  const work = found.unit ?? unit ?? ""
  if (METRICS[metric].countsWork && work === "")
    refuse(`${metric} counts work`, "name its unit with --unit, such as token")
  return { metric, unit: work }
}

function readBound(text: string | undefined, otherwise: bigint, metric: MetricName, unit: string): bigint {
  if (text === undefined) return otherwise
  const value = parseQuantity(text, metric, unit)
  return typeof value === "bigint" ? value : refuse(value.fault, `for example "0.07", in the metric's usual unit`)
}

const tag = (text = "") => text.normalize("NFC")

/** Reads an operator's request; nothing is guessed and nothing rounded. Throws TERMS_INVALID. */
export function readSubject(written: WrittenSubject): ClaimSubject {
  const { metric, unit } = readMetric(written)
  const { boundary, atLeast, atMost, energyGrade = "measured", workGrade = "declared" } = written
  if (boundary === undefined)
    refuse("no boundary", `say where energy is metered, with --boundary ${BOUNDARIES.join("|")}`)
  if (atLeast === undefined && atMost === undefined) refuse("no bound", "give --at-most, --at-least, or both")
  const [lo, hi] = [readBound(atLeast, 0n, metric, unit), readBound(atMost, U64_MAX, metric, unit)]
  if (lo > hi) refuse(`--at-least ${atLeast} is above --at-most ${atMost}`, "exchange them")
  const tags = { model: tag(written.model), unit: tag(unit), zone: tag(written.zone), party: tag(written.party) }
  const grades = {
    energyGrade: oneOf<Grade>(energyGrade, GRADES, "energy-grade"),
    workGrade: oneOf<Grade>(workGrade, GRADES, "work-grade"),
  }
  return {
    metric,
    filters: { ...tags, ...grades, boundary: oneOf(boundary, BOUNDARIES, "boundary") },
    lo,
    hi,
  }
}

/** As {@link readSubject}, with its period. */
export function readTerms({ from, to, ...written }: WrittenTerms): ClaimTerms {
  const subject = readSubject(written)
  if (from >= to) refuse(`the period from ${from} to ${to} is empty`, "--from is included, --to is not")
  return { ...subject, from, to }
}
