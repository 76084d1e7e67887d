import {
  type Certificate,
  type Expectation,
  type Grade,
  hasUncertainty,
  METRICS,
  type TotalName,
} from "@wattest/protocol"
import type { CertificateClaim } from "../certificate/claim.ts"
import { MEASURES } from "../measure/catalogue.ts"
import type { Expected } from "../policy.ts"
import { accept } from "../verdict.ts"
import { decideExpectation, expectationsOf, type Known, type MetExpectation, meetEach, undecided } from "./decide.ts"
import { quotient } from "./fraction.ts"
import { acceptGradeOf, acceptLabel } from "./subject.ts"

type Interval = { readonly lo: bigint; readonly hi: bigint }

const exactly = (value: bigint): Interval => ({ lo: value, hi: value })

/** What is known of runs, of one certificate or of all of a job. */
export type KnownRuns = Pick<CertificateClaim, "totals" | "quantities"> & {
  readonly unit: string
  readonly runs: number
  /** Runs before which the device had lost its books. */
  readonly broken: number
}

/** What is known of a total; null: of other runs than these nothing is. */
function totalOf({ totals, runs, broken }: KnownRuns, name: TotalName, isCentral: boolean): Interval | null {
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

function sumOf(claim: KnownRuns, names: readonly TotalName[], isCentral: boolean): Interval | null {
  const parts = names.map((name) => totalOf(claim, name, isCentral))
  return parts.reduce<Interval | null>(
    (sum, part) => sum && part && { lo: sum.lo + part.lo, hi: sum.hi + part.hi },
    exactly(0n),
  )
}

/** Both ends of a number. Throws EXPECTATION_UNDECIDED where the certificate has no such number. */
function knownOf(claim: KnownRuns, { text, metric }: Expectation, central: boolean): Known {
  const isMissing = metric in MEASURES && !claim.quantities.some(({ id }) => id === metric)
  if (isMissing) throw undecided(text, "no meter feeds this number, or there is nothing to divide by")
  const { numerator, denominator, scale } = METRICS[metric]
  const isCentral = central || metric === "energy-central"
  const above = sumOf(claim, numerator, isCentral)
  const below = denominator.length === 0 ? exactly(1n) : sumOf(claim, denominator, isCentral)
  if (above === null || below === null)
    throw undecided(text, "a certificate does not say it, a claim over a period can")
  const range = { lo: quotient(scale * above.lo, below.hi), hi: quotient(scale * above.hi, below.lo) }
  const isSpread = above.lo !== above.hi || below.lo !== below.hi
  return { range, otherEndRefuses: false, manner: isSpread ? ", uncertainty counted" : "" }
}

function gradeOf({ quantities, totals }: KnownRuns, { metric }: Expectation): Grade {
  const found = quantities.find(({ id }) => id === metric)
  return found?.grade ?? totals.energyGrade
}

function acceptSubject({ runs }: Certificate, { model, party, from, to }: Expected): void {
  for (const { run, statement } of runs) {
    acceptLabel(`run ${run}: model`, statement.model, model)
    acceptLabel(`run ${run}: party`, statement.party, party)
    const isInside =
      (from === undefined || statement.startTimeMs >= from * 1000) &&
      (to === undefined || statement.endTimeMs <= to * 1000)
    accept(isInside, "SUBJECT_NOT_EXPECTED", `run ${run} does not lie between "from" and "to" of what is expected`)
  }
}

/** The numbers that the policy expects of runs, met. Throws as {@link meetEach} does. */
export function meetRuns(known: KnownRuns, { bounds = [], minGrade, central = false }: Expected) {
  const expectations = expectationsOf(bounds)
  acceptGradeOf("energy", known.totals.energyGrade, minGrade)
  for (const expectation of expectations) acceptGradeOf(expectation.metric, gradeOf(known, expectation), minGrade)
  return meetEach(expectations, (expectation) =>
    decideExpectation(expectation, known.unit, knownOf(known, expectation, central && hasSpread(expectation))),
  )
}

/** What the policy expects of a certificate, met. Throws as {@link meetEach} does. */
export function meetCertificate(claim: CertificateClaim, expected: Expected): readonly MetExpectation[] {
  const { certificate, totals, quantities, labels } = claim
  acceptSubject(certificate, expected)
  const broken = certificate.runs.filter(({ statement }) => statement.broken).length
  return meetRuns({ totals, quantities, unit: labels.unit, runs: certificate.runs.length, broken }, expected)
}

/** Only what is known with an uncertainty has a middle. */
const hasSpread = ({ metric }: Expectation): boolean =>
  hasUncertainty(metric) || [...METRICS[metric].numerator, ...METRICS[metric].denominator].includes("energyMillijoules")
