import { UsageError } from "@wattest/command"
import type { MetricName, Sized } from "@wattest/protocol"
import { amountFor, readAmount, unitText } from "@wattest/protocol"
import type { Fraction } from "@wattest/verifier"
import { knownOf } from "../books/amount.ts"
import type { JudgedRun } from "../books/books.ts"
import { valuesOf } from "../books/select.ts"
import { type KpiValue, kpisOf } from "../kpi/compute.ts"
import { COMPARED, type Compared } from "./by.ts"

/** How good results are: a share that the runs count, or a value that somebody says. */
export type Quality = { readonly value: number; readonly origin: "counted" | "declared" }

/** One that is compared: its energy for a unit of work with both ends, its quality and its key figures. */
export type Contestant = {
  readonly name: string
  readonly runs: number
  readonly model: string
  readonly unit: string
  readonly boundary: string
  /** Joules for a unit. */
  readonly lower: number
  readonly upper: number
  readonly ends: { readonly lo: Fraction; readonly hi: Fraction }
  readonly quality: Quality | null
  readonly kpis: readonly KpiValue[]
}

/** accepted / work where every run counts both. */
function countedQuality(runs: readonly JudgedRun[]): Quality | null {
  const statements = runs.map(({ certified }) => certified.statement)
  if (!statements.every(({ fed }) => fed.includes("work") && fed.includes("accepted"))) return null
  const sum = (name: "workUnits" | "acceptedUnits") =>
    statements.reduce((total, { registers }) => total + registers[name], 0n)
  const work = sum("workUnits")
  return work === 0n ? null : { value: Number(sum("acceptedUnits")) / Number(work), origin: "counted" }
}

const inJoules = ({ value, divisor }: Fraction, { unit }: Sized) =>
  Number(value) / Number(divisor) / (Number(unit.value) / Number(unit.divisor))

/** A joule for a unit, in the unit of a proof. */
function jouleOf(metric: MetricName, unit: string): Sized {
  const amount = readAmount(`1 J/${unit}`, metric)
  const sized = "fault" in amount ? amount : amountFor(amount, metric, unit)
  if ("fault" in sized) throw new UsageError(sized.fault, "name the unit of work plainly")
  return sized
}

/** A contestant of the valid runs of one path. Throws a UsageError where they have no such number. */
export function contestantOf(
  name: string,
  runs: readonly JudgedRun[],
  { by, declared }: { readonly by: Compared; readonly declared: number | undefined },
): Contestant {
  const { range, why } = knownOf(runs, by)
  const { lo, hi } = range
  if (lo === null || hi === null)
    throw new UsageError(`${name} has no ${by}: ${why}`, `compare by another number: --by ${COMPARED.join("|")}`)
  const [unit = ""] = valuesOf(runs, "unit")
  const quality: Quality | null =
    declared === undefined ? countedQuality(runs) : { value: declared, origin: "declared" }
  const joule = jouleOf(by, unit)
  return {
    ...{ name, runs: runs.length, model: valuesOf(runs, "model").join(", "), unit },
    boundary: valuesOf(runs, "boundary").join(),
    ...{ lower: inJoules(lo, joule), upper: inJoules(hi, joule), ends: { lo, hi } },
    ...{ quality, kpis: kpisOf(runs, quality?.value ?? null) },
  }
}

/** Throws a UsageError where contestants count unlike units or are metered at unlike boundaries. */
export function refuseUnlike(contestants: readonly Contestant[]): void {
  const [first] = contestants
  for (const other of contestants) {
    if (first === undefined) return
    if (other.unit !== first.unit)
      throw new UsageError(
        `${first.name} counts ${unitText(first.unit)}, ${other.name} ${unitText(other.unit)}: their joules for a unit are not comparable`,
        "compare what counts the same unit of work",
      )
    if (other.boundary !== first.boundary)
      throw new UsageError(
        `${first.name} is metered at ${first.boundary}, ${other.name} at ${other.boundary}: their energies are not comparable`,
        "compare what is metered at the same boundary",
      )
  }
}
