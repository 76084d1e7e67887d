import {
  BOUNDARIES,
  type Bounds,
  type Conditions,
  countsWork,
  FED,
  type Filters,
  findMetric,
  formatQuantity,
  GRADES,
  instant,
  METRIC_NAMES,
  METRICS,
  type Measure,
  type MetricName,
  NO_UPPER_BOUND,
  ORIGINS,
  type Period,
  parseQuantity,
  TOTALS,
  type TotalName,
} from "@wattest/protocol"
import { Refusal } from "../refusal.ts"

/** Which runs a tally counts and what it demands of them, in the operator's own words. */
export type WrittenFilters = {
  /** Absent, whatever a run has. The empty text: runs without that label. */
  readonly model?: string | undefined
  readonly unit?: string | undefined
  readonly zone?: string | undefined
  readonly site?: string | undefined
  readonly party?: string | undefined
  readonly boundary?: string | undefined
  readonly energyGrade?: string | undefined
  readonly workGrade?: string | undefined
  readonly origin?: string | undefined
  /** What every counted run must feed: idle, work, inventory … */
  readonly require?: readonly string[] | undefined
}

/** The same over a period, in Unix seconds. */
export type WrittenTerms = WrittenFilters & {
  readonly from: number
  readonly to: number
  /** Runs anchored before it are in; absent: all that are final. */
  readonly asOf?: number | undefined
}

/** A bound in the operator's own words. */
export type WrittenBound = {
  /** A metric's name, or a spoken one such as `joules-per-token`. */
  readonly metric: string
  readonly atLeast?: string | undefined
  readonly atMost?: string | undefined
  /** Of a ratio: names of totals. */
  readonly numerator?: readonly string[] | undefined
  readonly denominator?: readonly string[] | undefined
}

/** What a tally asks, in the protocol's terms. */
export type TallySubject = { readonly filters: Filters; readonly conditions: Conditions }

/** What a tally over a period is about; Unix seconds, `asOf` null: all that is final. */
export type TallyTerms = TallySubject & Period & { readonly asOf: number | null }

/** What a bound says. */
export type BoundSubject = Bounds & { readonly metric: MetricName; readonly measure: Measure }

function refuse(detail: string, hint: string): never {
  throw new Refusal("TERMS_INVALID", detail, hint)
}

function oneOf<T extends string>(text: string, names: readonly T[], option: string): T {
  const found = names.find((name) => name === text)
  return found ?? refuse(`--${option}: "${text}"`, `one of ${names.join(", ")}`)
}

const tag = (text: string | undefined) => (text === undefined ? null : text.normalize("NFC"))

function readRequired(names: readonly string[]) {
  for (const name of names) oneOf(name, FED, "require")
  return FED.filter((name) => names.includes(name))
}

/** Reads which runs an operator means; nothing is guessed. Throws TERMS_INVALID. */
export function readSubject(written: WrittenFilters): TallySubject {
  const { boundary, energyGrade = "measured", workGrade = "declared", origin = "live", require = [] } = written
  if (boundary === undefined)
    refuse("no boundary", `say where energy is metered, with --boundary ${BOUNDARIES.join("|")}`)
  const { model, unit, zone, site, party } = written
  const tags = { model: tag(model), unit: tag(unit), zone: tag(zone), site: tag(site), party: tag(party) }
  return {
    filters: { ...tags, boundary: oneOf(boundary, BOUNDARIES, "boundary") },
    conditions: {
      energyGrade: oneOf(energyGrade, GRADES, "energy-grade"),
      workGrade: oneOf(workGrade, GRADES, "work-grade"),
      origin: oneOf(origin, ORIGINS, "origin"),
      required: readRequired(require),
    },
  }
}

/** As {@link readSubject}, with its period. */
export function readTerms(written: WrittenTerms): TallyTerms {
  const subject = readSubject(written)
  const { from, to, asOf = null } = written
  if (from >= to)
    refuse(`the period from ${instant(from)} to ${instant(to)} is empty`, "runs end after --from and not after --to")
  if (asOf !== null && asOf <= to)
    refuse(`--as-of ${instant(asOf)} is not after --to`, "leave it out, or name a later time")
  return { ...subject, from, to, asOf }
}

function readTotals(names: readonly string[] | undefined, option: string): readonly TotalName[] {
  if (names === undefined || names.length === 0) refuse(`a ratio has no ${option}`, `name totals with --${option}`)
  for (const name of names) oneOf(name, TOTALS, option)
  return TOTALS.filter((name) => names.includes(name))
}

function readMeasure(metric: MetricName, { numerator, denominator }: WrittenBound): Measure {
  if (metric === "ratio") {
    const sides = { numerator: readTotals(numerator, "numerator"), denominator: readTotals(denominator, "denominator") }
    return { ...METRICS.ratio, ...sides }
  }
  if (numerator?.length || denominator?.length) refuse(`${metric} has its own numerator`, "only a ratio names totals")
  return METRICS[metric]
}

function readLimit(text: string | undefined, otherwise: bigint, metric: MetricName, unit: string): bigint {
  if (text === undefined) return otherwise
  const value = parseQuantity(text, metric, unit)
  return typeof value === "bigint" ? value : refuse(value.fault, `for example "0.07", in the metric's usual unit`)
}

/** Reads a bound on a tally with these filters; nothing is rounded. Throws TERMS_INVALID. */
export function readBound(written: WrittenBound, { filters: { unit } }: TallySubject): BoundSubject {
  const found = findMetric(written.metric)
  if (found === null) refuse(`--metric: "${written.metric}"`, `one of ${METRIC_NAMES.join(", ")}, or joules-per-UNIT`)
  const { metric } = found
  if (found.unit !== null && found.unit !== unit)
    refuse(
      `--metric ${written.metric} is not of the tally, which counts ${unit ?? "any unit"}`,
      "tally with that --unit",
    )
  const measure = readMeasure(metric, written)
  if (countsWork(measure) && (unit === null || unit === ""))
    refuse(`${metric} counts work`, "tally with its unit: --unit token")
  const { atLeast, atMost } = written
  if (atLeast === undefined && atMost === undefined) refuse("no bound", "give --at-most, --at-least, or both")
  const lo = readLimit(atLeast, 0n, metric, unit ?? "")
  const hi = readLimit(atMost, NO_UPPER_BOUND, metric, unit ?? "")
  if (lo > hi) refuse(`--at-least ${atLeast} is above --at-most ${atMost}`, "exchange them")
  return { metric, measure, lo, hi }
}

/** The bounds that close a tally, in the operator's own words; absent ones follow the true values, on a coarse grid. */
export type WrittenClosing = {
  readonly meteredAtLeast?: string | undefined
  readonly blindAtMost?: string | undefined
  readonly brokenAtMost?: string | undefined
}

export type Closing = { readonly meteredAtLeast: bigint; readonly blindAtMost: bigint; readonly brokenAtMost: bigint }

const MINUTE_MS = 60_000n
/** Steps of the blind share, in millionths: none, 0.1, 1, 5, 10, 25, 50, 100 %. */
const BLIND_STEPS = [0n, 1_000n, 10_000n, 50_000n, 100_000n, 250_000n, 500_000n, 1_000_000n]

/** The closing bounds that are written, else such as hold: whole minutes, a step of the blind share, the broken runs. */
export function readClosing(
  written: WrittenClosing,
  truth: { readonly timeMs: bigint; readonly blindMs: bigint; readonly broken: bigint },
): Closing {
  const blind = truth.timeMs === 0n ? 0n : (truth.blindMs * 1_000_000n + truth.timeMs - 1n) / truth.timeMs
  const step = BLIND_STEPS.find((candidate) => candidate >= blind) ?? 1_000_000n
  return {
    meteredAtLeast: readLimit(written.meteredAtLeast, truth.timeMs - (truth.timeMs % MINUTE_MS), "metered-time", ""),
    blindAtMost: readLimit(written.blindAtMost, step, "blind-share", ""),
    brokenAtMost: readLimit(written.brokenAtMost, truth.broken, "broken", ""),
  }
}

/** A value of a bound in words. */
export const say = (value: bigint, { metric }: BoundSubject, unit: string | null): string =>
  formatQuantity(value, metric, unit ?? "")
