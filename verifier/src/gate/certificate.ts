import { type Certificate, type Expectation, type Grade, hasUncertainty, METRICS } from "@wattest/protocol"
import type { CertificateClaim } from "../certificate/claim.ts"
import { MEASURES } from "../measure/catalogue.ts"
import type { Expected } from "../policy.ts"
import { accept } from "../verdict.ts"
import { decideExpectation, expectationsOf, type Known, type MetExpectation, meetEach, undecided } from "./decide.ts"
import { spreadOf } from "./range.ts"
import { acceptGradeOf, acceptLabel } from "./subject.ts"

/** Both ends of a number. Throws EXPECTATION_UNDECIDED where the certificate has no such number. */
function knownOf(claim: CertificateClaim, { text, metric }: Expectation, central: boolean): Known {
  const isMissing = metric in MEASURES && !claim.quantities.some(({ id }) => id === metric)
  if (isMissing) throw undecided(text, "no meter feeds this number, or there is nothing to divide by")
  const summed = { runs: claim.certificate.runs, totals: claim.totals }
  const spread = spreadOf(summed, metric, central || metric === "energy-central")
  if (spread === null) throw undecided(text, "a certificate does not say it, a claim over a period can")
  return { range: spread.range, otherEndRefuses: false, manner: spread.isSpread ? ", uncertainty counted" : "" }
}

function gradeOf({ quantities, totals }: CertificateClaim, { metric }: Expectation): Grade {
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

/** What the policy expects of a certificate, met. Throws as {@link meetEach} does. */
export function meetCertificate(claim: CertificateClaim, expected: Expected): readonly MetExpectation[] {
  acceptSubject(claim.certificate, expected)
  const expectations = expectationsOf(expected.bounds ?? [])
  acceptGradeOf("energy", claim.totals.energyGrade, expected.minGrade)
  for (const expectation of expectations)
    acceptGradeOf(expectation.metric, gradeOf(claim, expectation), expected.minGrade)
  const { central = false } = expected
  return meetEach(expectations, (expectation) =>
    decideExpectation(expectation, claim.labels.unit, knownOf(claim, expectation, central && hasSpread(expectation))),
  )
}

/** Only what is known with an uncertainty has a middle. */
const hasSpread = ({ metric }: Expectation): boolean =>
  hasUncertainty(metric) || [...METRICS[metric].numerator, ...METRICS[metric].denominator].includes("energyMillijoules")
