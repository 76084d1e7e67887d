import { type Certificate, type Expectation, type Grade, hasUncertainty, METRICS } from "@wattest/protocol"
import type { CertificateClaim } from "../certificate/claim.ts"
import { MEASURES } from "../measure/catalogue.ts"
import type { Expected } from "../policy.ts"
import { accept } from "../verdict.ts"
import { decideExpectation, expectationsOf, type Known, type MetExpectation, meetEach, undecided } from "./decide.ts"
import { brokenIn, type Summed, spreadOf } from "./range.ts"
import { acceptGradeOf, acceptLabel } from "./subject.ts"

/** What is known of runs, of one certificate or of all of a job. */
export type KnownRuns = Summed & Pick<CertificateClaim, "quantities"> & { readonly unit: string }

/** Both ends of a number. Throws EXPECTATION_UNDECIDED where the certificate has no such number. */
function knownOf(claim: KnownRuns, { text, metric }: Expectation, central: boolean): Known {
  const isMissing = metric in MEASURES && !claim.quantities.some(({ id }) => id === metric)
  if (isMissing) throw undecided(text, "no meter feeds this number, or there is nothing to divide by")
  const spread = spreadOf(claim, metric, central || metric === "energy-central")
  if (spread === null) throw undecided(text, "a certificate does not say it, a claim over a period can")
  return { range: spread.range, otherEndRefuses: false, manner: spread.isSpread ? ", uncertainty counted" : "" }
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
  const { runs } = certificate
  const known = { totals, quantities, unit: labels.unit, runs: runs.length, broken: brokenIn(runs) }
  return meetRuns(known, expected)
}

/** Only what is known with an uncertainty has a middle. */
const hasSpread = ({ metric }: Expectation): boolean =>
  hasUncertainty(metric) || [...METRICS[metric].numerator, ...METRICS[metric].denominator].includes("energyMillijoules")
