import { type CertifiedRun, METRICS, type MetricName, type TotalName } from "@wattest/protocol"
import { quantitiesOf, type Totals, totalsOf } from "../measure/totals.ts"
import { quotient, type Range } from "./fraction.ts"

type Interval = { readonly lo: bigint; readonly hi: bigint }

/** What runs add up to: how many they are, and before how many of them the books were broken. */
export type Summed = { readonly runs: number; readonly broken: number; readonly totals: Totals }

const exactly = (value: bigint): Interval => ({ lo: value, hi: value })

/** What runs know of a total; null: of other runs than themselves they know nothing. */
function totalOf({ totals, runs, broken }: Summed, name: TotalName, isCentral: boolean): Interval | null {
  const { registers, durationMs } = totals
  const { energyMillijoules: energy, uncertaintyMillijoules: expanded, blindMilliseconds } = registers
  if (name === "energyMillijoules") {
    if (isCentral) return exactly(energy)
    return { lo: energy > expanded ? energy - expanded : 0n, hi: energy + expanded }
  }
  // It stands in the ends of the energy.
  if (name === "uncertaintyMillijoules") return exactly(0n)
  if (name === "timeMs" || name === "allTimeMs") return exactly(BigInt(durationMs))
  if (name === "allBlindMs") return exactly(blindMilliseconds)
  if (name === "runs") return exactly(BigInt(runs))
  if (name === "allBroken") return exactly(BigInt(broken))
  return name === "allEnergyMillijoules" ? null : exactly(registers[name])
}

function sumOf(summed: Summed, names: readonly TotalName[], isCentral: boolean): Interval | null {
  const parts = names.map((name) => totalOf(summed, name, isCentral))
  return parts.reduce<Interval | null>(
    (sum, part) => sum && part && { lo: sum.lo + part.lo, hi: sum.hi + part.hi },
    exactly(0n),
  )
}

/** Before how many runs the books were broken. */
export const brokenIn = (runs: readonly CertifiedRun[]): number =>
  runs.filter(({ statement }) => statement.broken).length

/** Both ends of a number, and whether they lie apart. */
export type Spread = { readonly range: Range; readonly isSpread: boolean }

/** Both ends of a number of what was summed, in the unit of a proof; null where such runs cannot say it. */
export function spreadOf(summed: Summed, metric: MetricName, isCentral: boolean): Spread | null {
  const { numerator, denominator, scale } = METRICS[metric]
  const above = sumOf(summed, numerator, isCentral)
  const below = denominator.length === 0 ? exactly(1n) : sumOf(summed, denominator, isCentral)
  if (above === null || below === null) return null
  return {
    range: { lo: quotient(scale * above.lo, below.hi), hi: quotient(scale * above.hi, below.lo) },
    isSpread: above.lo !== above.hi || below.lo !== below.hi,
  }
}

/**
 * Both ends of a number of runs of whatever devices, whose certificates were judged before: uncertainties add linearly, as
 * nothing says that their meters err apart. Null: a run feeds no register that the number rests on, or there is nothing
 * to divide by.
 */
export function rangeOf(runs: readonly CertifiedRun[], metric: MetricName): Range | null {
  const totals = totalsOf(runs)
  const isThere = quantitiesOf(totals, "unknown").some(({ id }) => id === metric)
  const summed = { runs: runs.length, broken: brokenIn(runs), totals }
  return isThere ? (spreadOf(summed, metric, false)?.range ?? null) : null
}
