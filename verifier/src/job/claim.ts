import type { Boundary, Hex, Origin, Tags } from "@wattest/protocol"
import { meetRuns } from "../gate/certificate.ts"
import type { MetExpectation } from "../gate/decide.ts"
import { acceptLabel } from "../gate/subject.ts"
import type { Quantity, Totals } from "../measure/totals.ts"
import type { Expected } from "../policy.ts"
import { accept } from "../verdict.ts"
import type { JobSubject } from "./checks.ts"
import { type PartClaim, partsOf, quantitiesOfJob, totalsOfJob } from "./tally.ts"

/** What a valid job proves. There is no other way to come by one than a valid verdict. */
export type JobClaim = {
  readonly job: string
  readonly workload: string
  readonly labels: Pick<Tags, "model" | "unit" | "party">
  /** Where its devices stand, each place once. */
  readonly zones: readonly string[]
  readonly sites: readonly string[]
  readonly boundary: Boundary
  readonly origin: Origin
  readonly chains: readonly { readonly chainId: number; readonly registry: Hex }[]
  readonly owners: readonly { readonly operator: Hex; readonly voucher: Hex }[]
  /** Devices that are shown in any part. */
  readonly devices: number
  readonly runs: number
  readonly broken: number
  readonly startTimeMs: number
  readonly endTimeMs: number
  readonly parts: readonly PartClaim[]
  readonly totals: Totals
  readonly quantities: readonly Quantity[]
  readonly expectations: readonly MetExpectation[]
}

/** Each value once, by how it is spelled. */
function once<T>(values: readonly T[]): readonly T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]
}

/** The claim of a job whose checks all hold. */
export function claimOfJob(subject: JobSubject): JobClaim {
  const { header, members } = subject
  const [first] = members
  if (first === undefined) throw new TypeError("a job has at least one certificate")
  const { model, unit, party } = first.tags
  const parts = partsOf(subject)
  const totals = totalsOfJob(parts)
  return {
    ...{ job: header.job, workload: first.workload, labels: { model, unit, party } },
    zones: once(members.map(({ tags }) => tags.zone)),
    sites: once(members.map(({ tags }) => tags.site)),
    ...{ boundary: first.boundary, origin: first.origin },
    chains: once(members.map(({ chainId, registry }) => ({ chainId, registry }))),
    owners: once(members.map(({ operator, voucher }) => ({ operator, voucher }))),
    devices: new Set(members.map(({ device }) => device)).size,
    runs: members.reduce((sum, { runs }) => sum + runs, 0),
    broken: members.reduce((sum, { broken }) => sum + broken, 0),
    startTimeMs: members.reduce((least, { startMs }) => Math.min(least, startMs), first.startMs),
    endTimeMs: members.reduce((most, { endMs }) => Math.max(most, endMs), first.endMs),
    ...{ parts, totals, quantities: quantitiesOfJob(parts, totals), expectations: [] },
  }
}

/** What the policy expects of a job, met. Throws as {@link meetRuns} does. */
export function meetJob(claim: JobClaim, expected: Expected): readonly MetExpectation[] {
  const { labels, startTimeMs, endTimeMs, totals, quantities, runs, broken } = claim
  acceptLabel("model", labels.model, expected.model)
  acceptLabel("party", labels.party, expected.party)
  const { from = 0, to = Number.POSITIVE_INFINITY } = expected
  const isInside = startTimeMs >= from * 1000 && endTimeMs <= to * 1000
  accept(isInside, "SUBJECT_NOT_EXPECTED", 'the job does not lie between "from" and "to" of what is expected')
  return meetRuns({ totals, quantities, unit: labels.unit, runs, broken }, expected)
}
